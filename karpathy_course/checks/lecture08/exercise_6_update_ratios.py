"""Exercise 08.6: how large a step is beside the parameters that it changes, and the rate that makes it a thousandth.

Parameters have means that are not 0, so that a norm is no deviation, and biases that have a spread, so that it matters to
leave them out. The judge takes the step with the returned rate itself.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_number
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong, draw_telling, name_mistake

RATIOS, ODD, RATE = "the ratios", "parameters without a ratio", "the rate"
NEAR = {"float64": 1e-8, "float32": 2e-4}  # of a log10
NAN, INF = float("nan"), float("inf")


def ratio(before, after):
    """log10 of the deviation of the update over that of the data; nan where the data have none."""
    data, update = deviation(before), deviation(after - before)
    if not data > 0:
        return NAN
    return math.log10(update / data) if update > 0 else -INF


def deviation(x):
    """The standard deviation, 0 where all numbers are equal."""
    return 0.0 if x.size == 0 or (x == x.ravel()[0]).all() else float(x.std())


def ratios(before, after, one=ratio, axes=lambda x: x.ndim > 1):
    return {name: one(before[name], after[name]) for name in before if axes(before[name])}


def each(one):
    """A model of the ratios in which a mistake is made in each; parameters without a ratio are right."""

    def model(before, after):
        right = ratios(before, after)
        with np.errstate(all="ignore"):
            return {k: one(before[k], after[k]) if math.isfinite(v) else v for k, v in right.items()}

    return model


def log(x):
    return NAN if x != x else math.log10(x) if x > 0 else -INF


WRONG_RATIOS = [
    Wrong("no-logarithm", each(lambda b, a: deviation(a - b) / deviation(b)), "This is the ratio itself. Return its log10: -3 for "
          "a thousandth.", 1),
    Wrong("natural-logarithm", each(lambda b, a: math.log(deviation(a - b) / deviation(b))), "This is the natural logarithm. "
          "Take log10, in which a thousandth is -3.", 1),
    Wrong("natural-logarithm", each(lambda b, a: math.log2(deviation(a - b) / deviation(b))), "This is the logarithm to the "
          "base 2. Take log10, in which a thousandth is -3.", 1),
    Wrong("upside-down", each(lambda b, a: -ratio(b, a)), "This is data to update. Divide the update's deviation by that of the "
          "data.", 1),
    Wrong("update-not-subtracted", each(lambda b, a: log(deviation(a) / deviation(b))), "The deviation of the new values was "
          "taken. The update is the difference: after - before.", 1),
    Wrong("relative-to-after", each(lambda b, a: log(deviation(a - b) / deviation(a))), "The update was divided by the deviation "
          "of the new values. Take that of the values before the step.", 1),
    Wrong("size-not-spread", each(lambda b, a: log(math.sqrt(((a - b) ** 2).mean() / (b**2).mean()))), "Norms, or root mean "
          "squares, were compared. The standard deviation takes the mean out first.", 1),
    Wrong("size-not-spread", each(lambda b, a: log(np.abs(a - b).mean() / np.abs(b).mean())), "Mean sizes were compared. Take "
          "standard deviations.", 1),
    Wrong("deviation-of-the-quotient", each(lambda b, a: log(deviation((a - b) / b))), "Each update was divided by its own number "
          "first. Divide deviation by deviation.", 1),
    Wrong("change-of-the-deviation", each(lambda b, a: log(abs(deviation(a) - deviation(b)) / deviation(b))), "The deviations of "
          "after and before were subtracted. Subtract the arrays, and take the deviation of that.", 1),
    Wrong("variances", each(lambda b, a: 2 * ratio(b, a)), "These are variances: the logarithm is twice what it has to be. "
          "Take deviations.", 1),
]  # fmt: skip


def logs_of(parameters, gradients, axes=lambda x: x.ndim > 1, one=lambda w, g: (deviation(g), deviation(w))):
    """log10 of the ratio that a step with rate 1 has, for each matrix that has one."""
    pairs = [one(parameters[k], gradients[k]) for k in parameters if axes(parameters[k])]
    return [math.log10(g / w) for g, w in pairs if g > 0 and w > 0]


def right_rate(parameters, gradients, target):
    return target / 10 ** float(np.mean(logs_of(parameters, gradients)))


WRONG_RATES = [
    Wrong("mean-of-ratios", lambda p, g, t: t / float(np.mean([10**x for x in logs_of(p, g)])), "The mean of the ratios themselves "
          "is the target now. One large ratio then decides alone: it is the mean of their log10 that has to be log10 of the "
          "target.", 2),
    Wrong("mean-of-rates", lambda p, g, t: float(np.mean([t / 10**x for x in logs_of(p, g)])), "This is the mean of the rates that "
          "each matrix would need. Take the mean of the log10 of the ratios.", 2),
    Wrong("median", lambda p, g, t: t / 10 ** float(np.median(logs_of(p, g))), "The median of the ratios is the target now. The "
          "mean of their log10 was asked for.", 2),
    Wrong("largest", lambda p, g, t: t / 10 ** max(logs_of(p, g)), "The largest ratio is the target now. The mean of their log10 "
          "was asked for.", 2),
    Wrong("first-alone", lambda p, g, t: t / 10 ** logs_of(p, g)[0], "The ratio of the first matrix is the target now. All "
          "matrices count.", 2),
    Wrong("counts-vectors", lambda p, g, t: t / 10 ** float(np.mean(logs_of(p, g, axes=lambda x: True))), "Biases were counted too. "
          "Only parameters with two or more axes count.", 2),
    Wrong("size-not-spread", lambda p, g, t: t / 10 ** float(np.mean(logs_of(p, g, one=lambda w, g: (
          math.sqrt((g**2).mean()) * (deviation(g) > 0), math.sqrt((w**2).mean()) * (deviation(w) > 0))))), "Norms, or root mean "
          "squares, were compared. Take standard deviations.", 1),
    Wrong("upside-down", lambda p, g, t: t * 10 ** float(np.mean(logs_of(p, g))), "The rate is upside down: where the gradients are "
          "large, it has to be small.", 3),
    Wrong("wrong-exponential", lambda p, g, t: t / math.exp(float(np.mean(logs_of(p, g)))), "log10 and exp do not belong together: "
          "10 ** undoes log10.", 3),
    Wrong("sign", lambda p, g, t: -right_rate(p, g, t), "The rate is negative. The step is parameter - rate · gradient, so a "
          "positive rate goes downhill.", 3),
    Wrong("target-ignored", lambda p, g, t: right_rate(p, g, 1e-3) if t != 1e-3 else None, "The target is 0.001 here, whatever was "
          "asked for.", 1),
    Wrong("target-missing", lambda p, g, t: right_rate(p, g, 1.0), "With this rate the update is as large as the data. Multiply by "
          "the target.", 3),
    Wrong("everything-in-one", lambda p, g, t: t / 10 ** math.log10(
          deviation(np.concatenate([g[k].ravel() for k in p if p[k].ndim > 1]))
          / deviation(np.concatenate([p[k].ravel() for k in p if p[k].ndim > 1]))), "All matrices were thrown together. Each has a "
          "ratio of its own; take the mean of their log10.", 2),
]  # fmt: skip
ROUNDED = (0.12, -0.12, 0.24, 0.45, -0.9)  # nine of them have a deviation of about 1e-17, which is not 0
SHAPES = [[4, 3], [3, 3], [1, 6], [5, 1], [2, 3, 2, 2], [2, 2, 3]]


class UpdateRatios(Exercise):
    id = "08.6"
    title = "How large is a step?"
    section = "Update against data"
    why = "A loss may show a wrong rate after an hour; the ratio of update to data shows it in the first steps."
    difficulty, importance, minutes, points = 2, 4, 25, 3
    needs = ("update_ratios", "rate_for_ratio")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {RATIOS: 0.4, ODD: 0.2, RATE: 0.4}
    leaves_out = {
        "an axis of size 0": "a parameter without numbers learns nothing",
        "whole number": "parameters are floats",
    }
    allows = {"appends to the lists that it was given": "its arguments are dicts, which this slip leaves as they are"}
    task = """\
**A.** Write `update_ratios(before, after)`. Both are dicts of arrays by name: the parameters of a network before and after
one step of training. For each name return log10 of the standard deviation of the update (after - before) divided by that of
the data (before), in a dict of floats. A rule of thumb is about -3: one step changes the weights by a thousandth.

* Only weights count, parameters with two or more axes. Leave biases and gains, with one axis or none, out of the dict.
* If nothing has changed, the ratio is 0, and its log10 is `-inf`.
* If the data are all equal (all 0 for example, or one single number), there is no ratio: `nan`, whatever the update is.

**B.** Write `rate_for_ratio(parameters, gradients, target=1e-3)`: the learning rate with which a step of plain gradient
descent, parameter - rate · gradient, has that ratio. Both are dicts of arrays with the same names, maybe in another order. One
rate cannot give every weight the same ratio. So choose it such that the **mean of the log10 ratios** is log10 of `target`.
Weights without a ratio, and those whose gradient is all equal (their update has no spread), do not count. If none is left, raise
a `ValueError`.

The deviation takes the mean out: `x.std()`. Arrays are float32 or float64; leave them and the dicts as they are."""
    hints = (
        "A. update = after[name] - before[name]; ratio = update.std() / before[name].std(). math.log10(0) raises an error, and "
        "NumPy's gives -inf with a warning: ask for these cases first. np.ptp(x) is 0 where all numbers are equal; x.std() may be "
        "1e-17 there, by rounding. x.ndim counts axes.",
        "B. The update of a step with rate r is -r · gradient, and its deviation r times that of the gradient. So every log10 "
        "ratio is log10 r + log10(gradient.std() / parameter.std()). What must log10 r be for their mean to be log10 target?",
        "B. logs = [log10(g.std() / w.std()) for each weight where np.ptp(w) and np.ptp(g) are above 0]; if not logs: raise "
        "ValueError; return target / 10 ** (sum(logs) / len(logs)).",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, first, second, shapes, kinds=("float64",), **more):
            case = {"property": property, "dtype": kinds[0] if len(kinds) == 1 else "float32", **more}
            for k, name in enumerate(shapes):
                kind = {
                    "dtype": kinds[k % len(kinds)],
                    "layout": LAYOUTS[(k + len(cases)) % 4 if first[name]["shape"] else 0],
                }
                first[name], second[name] = first[name] | kind, second[name] | kind
            cases.append(case | {"first": first, "second": second})

        def telling(shapes, wrongs, right, make, **more):
            made = []

            def draw():
                made.append(make(rng, shapes))
                return (*({k: exact(x) for k, x in side.items()} for side in made[-1]), *more.values())

            draw_telling(draw, right, wrongs, 1e-3, more.get("forgiven", ()))
            return made[-1]

        sizes = lambda n: dict(zip(rng.sample(NAMES, n + 3), [*rng.sample(SHAPES, n), [4], [3], []]))
        as_list = lambda model: lambda *given: [*model(*given).values()]
        listed = [Wrong(w.id, as_list(w.model), w.message) for w in WRONG_RATIOS]
        for n, kinds in ((3, ("float64",)), (4, ("float32",)), (2, ("float64", "float32"))):
            shapes = sizes(n)
            first, second = telling(shapes, listed, as_list(ratios), step)
            names = [*second]
            if n == 3:
                for side in (first, second):  # tiny numbers: whoever adds a small one to be safe has another ratio
                    side[names[1]]["numbers"] = [x * 2.0**-20 for x in side[names[1]]["numbers"]]
            second = {name: second[name] for name in (*names[1:n], names[0], *names[: n - 1 : -1])}  # in another order
            add(RATIOS, first, second, shapes, kinds)
        for kinds in (("float64",), ("float32",)):
            shapes = {
                "same": [3, 2],
                "zeros": [2, 4],
                "equal": [3, 3],
                "one": [1, 1],
                "usual": [3, 3],
                "bias": [3],
                "zeros.still": [2, 3],
            }
            first, second = step(rng, shapes)
            second["same"] = dict(first["same"])
            first["zeros"]["numbers"], first["equal"]["numbers"] = [0.0] * 8, [rng.choice(ROUNDED)] * 9
            first["zeros.still"]["numbers"] = second["zeros.still"]["numbers"] = [0.0] * 6
            add(ODD, first, second, shapes, kinds)
        add(ODD, *step(rng, {"bias": [4]}), {"bias": [4]})
        add(ODD, {}, {}, {})
        for place, target in enumerate((None, rng.choice((1e-2, 3e-4)), None, 1e-3)):
            shapes, more = sizes(5 if place < 2 else 3), {} if target is None else {"target": target}
            models = [Wrong(w.id, log_of(w.model), w.message) for w in WRONG_RATES]
            first, second = telling(shapes, models, log_of(right_rate), gradients, target=target or 1e-3)
            if place == 0:  # tiny numbers and tiny gradients
                tiny = next(name for name, x in first.items() if len(x["shape"]) > 1)
                for side in (first, second):
                    side[tiny]["numbers"] = [x * 2.0**-20 for x in side[tiny]["numbers"]]
            shuffled = dict(rng.sample([*second.items()], len(second)))
            if place == 2:
                still, equal = drawn(rng, [2, 3]), drawn(rng, [3, 3])
                level, alike = drawn(rng, [3, 3]), [rng.choice(ROUNDED)] * 9
                of_all_sizes = [rng.choice((1, -1)) * rng.uniform(1, 1.9) * 2.0**k for k in range(9)]
                level["numbers"] = rng.sample(of_all_sizes, 9)  # a step from here rounds the same gradient otherwise
                first |= {"still": still, "equal": equal | {"numbers": alike}, "level": level}
                shuffled |= {
                    "level": level | {"numbers": alike},
                    "equal": drawn(rng, [3, 3]),
                    "still": still | {"numbers": [0.0] * 6},
                }
            add(RATE, first, shuffled, [*first], ("float64", "float32")[place % 2 :][:1], **more)
        zeros = {"shape": [2, 3], "dtype": "float64", "numbers": [0.0] * 6}
        add(RATE, {"w": drawn(rng, [2, 3]), "b": drawn(rng, [3])}, {"w": zeros, "b": drawn(rng, [3])}, ["w", "b"])
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.runner.plain_data import describe
        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot

        function = namespace["rate_for_ratio" if case["property"] == "the rate" else "update_ratios"]
        more = {"target": case["target"]} if "target" in case else {}

        def asked():
            sides = [{name: array_of(x) for name, x in case[side].items()} for side in ("first", "second")]
            look = lambda: [[(name, snapshot(array)) for name, array in side.items()] for side in sides]
            before = look()
            try:
                said = function(*sides, **more)
            except ValueError:
                spread = lambda name: all(len(set(case[side][name]["numbers"])) > 1 for side in ("first", "second"))
                if any(len(x["shape"]) > 1 and spread(name) for name, x in case["first"].items()):
                    raise
                said = "ValueError"
            if isinstance(said, dict):
                number = lambda x: float(x) if isinstance(x, (float, int, np.floating)) else describe(x)
                said = {str(name)[:40]: number(x) for name, x in list(said.items())[:50]}
            return said, look() != before

        with np.errstate(all="ignore"):
            said, changed = asked()
            again, changed_again = asked()
        return {"said": said, "changed": changed or changed_again, "again": repr(again) == repr(said)}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("said", "changed", "again"))
        given = tuple({name: exact(x) for name, x in case[side].items()} for side in ("first", "second"))
        if answer["changed"] is not False:
            message = "An array or a dict that was handed in has changed: they belong to the caller."
            raise Mistake("changes-its-arguments", message)
        near = NEAR[case["dtype"]]
        if case["property"] == RATE:
            judge_rate(case, answer["said"], (*given, case.get("target", 1e-3)), near)
        else:
            judge_ratios(answer["said"], *given, near)
        if answer["again"] is not True:
            message = "A second call with the same arrays gave something else: is something kept between calls?"
            raise Mistake("second-call-differs", message)


NAMES = ("0.weight", "1.weight", "2.weight", "head", "filters", "tok_emb", "gain", "shift", "out.bias", "scale")


def spread(rng, shape, size, mean):
    """A described array with a mean that is not 0; where there is room 0, 1, -1 and equal numbers are among the first."""
    array = drawn(rng, shape)
    specials = (0.0, 1.0, -1.0)
    array["numbers"] = [x if x in specials else size * x + mean for x in array["numbers"]]
    return array


def step(rng, shapes):
    """Two dicts of described arrays: parameters before and after a step that is large enough to tell both apart."""
    first = {name: spread(rng, shape, 1.0, rng.choice((0.7, -0.8, 1.5))) for name, shape in shapes.items()}
    second = {}
    for name, x in first.items():
        size = rng.uniform(0.05, 0.3)
        moved = [n + size * (rng.uniform(-1, 1) + rng.choice((0.3, 0.6))) for n in x["numbers"]]
        second[name] = x | {"numbers": moved}
    return first, second


def gradients(rng, shapes):
    """Two dicts of described arrays: parameters, and gradients whose sizes differ from one parameter to the next."""
    first, second = {}, {}
    for name, shape in shapes.items():
        first[name] = spread(rng, shape, rng.uniform(0.5, 2), rng.choice((0.7, -0.8, 1.5)))
        second[name] = spread(rng, shape, 10 ** rng.uniform(-2, 1), rng.choice((0.1, -0.2)))
        second[name]["numbers"] = [x * 0.1 for x in second[name]["numbers"]]
    return first, second


def log_of(model):
    """The log10 of a rate, in which rates differ visibly; a negative one is far away."""
    return lambda *given: (lambda rate: None if rate is None else math.log10(rate) if rate > 0 else 99.0)(model(*given))


def judge_ratios(said, before, after, near):
    right = ratios(before, after)
    shown = {"got": said, "expected": right}
    expect_dict(said, what="what update_ratios returned")
    more, less = sorted(set(said) - set(right)), sorted(set(right) - set(said))
    shapes = {name: before[name].shape for name in [*more, *less] if name in before}
    if any(len(shape) < 2 for name, shape in shapes.items() if name in more):
        message = f"`{next(n for n in more if n in shapes)}` has fewer than two axes, and so has no place in the dict."
        raise Mistake("counts-vectors", message, **shown, hint=1)
    if less and all(len(shapes[name]) > 2 for name in less):
        message = f"`{less[0]}` has {len(shapes[less[0]])} axes, and is missing: two **or more** axes count."
        raise Mistake("only-two-axes", message, **shown, hint=1)
    if more or less:
        message = f"The dict has to have exactly the names of the parameters with two or more axes: {sorted(right)}."
        raise Mistake("wrong-names", message, **shown, hint=1)
    for name in right:
        if type(said[name]) is not float:
            raise Mistake(
                "not-a-number", f"The ratio of `{name}` is {said[name]!s:.40}: a float was expected.", **shown
            )
    same = lambda a, b: (
        type(b) is float
        and (a == b or (a != a and b != b) or (math.isfinite(b) and abs(a - b) <= near * max(1, abs(b))))
    )
    all_same = lambda a, b: b is not None and a.keys() == b.keys() and all(same(a[k], b[k]) for k in b)
    usual = {k: v for k, v in right.items() if math.isfinite(v)}
    if not all(same(said[k], v) for k, v in usual.items()):
        finite = lambda model: lambda *given: {k: v for k, v in model(*given).items() if k in usual}
        wrongs = [Wrong(w.id, finite(w.model), w.message, w.hint) for w in WRONG_RATIOS]
        name_mistake(wrongs, (before, after), {k: said[k] for k in usual}, "{}", all_same, **shown)
        off = [name for name, value in usual.items() if not same(said[name], value)]
        if len(off) < len(usual) and all(deviation(before[name]) < 1e-4 for name in off):
            message = f"Only the ratio of `{off[0]}` is wrong, whose numbers are tiny. Was a small number added, to be safe? It is "
            message += "not small beside these. Ask for the cases without a ratio instead."
            raise Mistake("adds-a-small-number", message, **shown, hint=1)
        raise Mistake(
            "wrong-ratio", "That is not log10 of the update's deviation over that of the data.", **shown, hint=1
        )
    for name, value in right.items():
        if same(said[name], value):
            continue
        if value != value:
            message = (
                f"The data of `{name}` are all equal: there is no ratio, so its entry is nan, whatever the update is."
            )
            if math.isfinite(said[name]) and said[name] > 3:
                message += " Their deviation is not quite 0: the mean of equal numbers is rounded, and so it may be about 1e-17. Ask "
                message += "whether the largest is the smallest."
            raise Mistake("no-spread-is-nan", message, said[name], value, 1)
        message = (
            f"`{name}` has not changed: the ratio is 0, and its log10 is -inf. No small number is added for safety."
        )
        raise Mistake("no-update-is-minus-infinity", message, said[name], value, 1)


def judge_rate(case, said, given, near):
    """Return when a step with the returned rate has the ratio that was asked for."""
    if not logs_of(*given[:2]):
        if said != "ValueError":
            message = "No weight has a ratio here, so no rate can be right: raise a ValueError."
            raise Mistake("no-refusal", message, said, "ValueError", 3)
        return
    if type(said) is float and not math.isfinite(said):
        message = f"The rate is {said}: a weight whose gradient is all 0, or whose data are all equal, has no ratio. Leave it out."
        raise Mistake("counts-weights-without-ratio", message, said, right_rate(*given), 3)
    rate, (parameters, gradients, target) = expect_number(said, "the rate"), given
    shown = {"got": rate, "expected": right_rate(*given)}
    counted = [
        k for k in parameters if parameters[k].ndim > 1 and min(deviation(parameters[k]), deviation(gradients[k])) > 0
    ]
    after = {k: parameters[k] - rate * gradients[k] for k in counted}
    found = [ratio(parameters[k], after[k]) for k in counted]
    mean = float(np.mean(found)) if rate > 0 else NAN
    if rate > 0 and abs(mean - math.log10(target)) <= max(near, 1e-6):
        return
    wrongs = [Wrong(w.id, log_of(w.model), w.message, w.hint) for w in WRONG_RATES]
    got = math.log10(rate) if rate > 0 else (99.0 if rate < 0 else -INF)
    name_mistake(wrongs, given, got, "{}", lambda a, b: b is not None and abs(a - b) <= max(near, 1e-6), **shown)
    left_out = [k for k in parameters if parameters[k].ndim > 1 and k not in counted]
    if left_out and rate > 0 and abs(mean - math.log10(target)) > 1:
        message = (
            "This rate is far off. Was a weight counted whose numbers, or whose gradient, are all equal, as those of "
        )
        message += f"`{left_out[0]}`? Its deviation is not quite 0: the mean of equal numbers is rounded, and so it may be about 1e-17. "
        message += "Ask whether the largest is the smallest."
        raise Mistake("counts-weights-without-ratio", message, **shown, hint=3)
    message = f"A step with this rate has a mean log10 ratio of {mean:.4g}, and {math.log10(target):.4g} was asked for."
    raise Mistake("wrong-rate", message, **shown, hint=2)
