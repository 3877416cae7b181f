"""Exercise 08.1: first weights that keep the size of what goes through a layer, for relu and its relatives, and Xavier's.

The probe hands back weights alone. The judge measures their mean and variance, whatever distribution they come from, and
sends inputs of its own through fifty layers. Sizes and slopes are drawn until the usual mistakes give variances that are
well apart. Each array has so many numbers that a right one lies within the bounds on every seed (six deviations).
"""

import math
from itertools import combinations

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import TRIES, Wrong, result_of

HE, XAVIER, DRAWN, FIFTY = "He's variance", "Xavier's variance", "drawn from the generator", "after fifty layers"
NUMBERS, WITHIN, APART = 5_000, 0.13, 0.28  # of an array, at least; of a variance; between two mistakes
LAYERS, WIDTH, LEAST, MOST = 50, 38, 2.0**-12, 2.0**8  # RMS; calibrated: -6.3 to +4.0 on 600 seeds, -22 if halved
CLOSELY = 0.05  # of the variance of all weights of the fifty layers together: nine deviations of normal ones
AS_LIMIT = "The deviation was taken for the limits of a uniform distribution. Numbers between -a and a have deviation "
AS_LIMIT += "a / √3, so the limits have to be √3 times as large."
AS_DEVIATION = (
    "The variance was taken for the deviation. `rng.normal` and a factor before `rng.standard_normal` take the "
)
AS_DEVIATION += "deviation, which is the square root of the variance."


def he(fan_in, fan_out, slope):
    return 2 / ((1 + slope**2) * fan_in)


def xavier(fan_in, fan_out, slope=None):
    return 2 / (fan_in + fan_out)


def models(right, *others):
    """The usual mistakes as `Wrong`, whose models give a variance; right first of all, as limits and as a deviation."""
    return [
        *(Wrong(id, model, message, hint) for id, model, message, hint in others),
        Wrong("limits-not-deviation", lambda *given: right(*given) / 3, AS_LIMIT, 3),
        Wrong("variance-as-deviation", lambda *given: right(*given) ** 2, AS_DEVIATION, 2),
        Wrong("standard-deviation-1", lambda *given: 1.0, "The weights have variance 1, whatever the sizes. A sum of "
              "fan_in products then is √fan_in times as large as its inputs.", 1),
    ]  # fmt: skip


OF_HE = models(
    he,
    ("slope-ignored", lambda i, o, s: 2 / i if s else None,
     "This is right for relu, whose slope below 0 is 0. With another slope more comes through: the mean of f(z)² is "
     "(1 + slope²) / 2 of that of z², so the weights have to be smaller.", 1),
    ("half-the-variance", lambda i, o, s: he(i, o, s) / 2,
     "The variance is half of what it has to be. Relu sets half of the numbers to 0, and so halves the mean square at each "
     "layer: the 2 in He's rule makes up for that.", 1),
    ("fan-out", lambda i, o, s: he(o, i, s), "The variance was divided by fan_out. Each unit sums fan_in products, so "
     "fan_in decides how large the sum is.", 1),
    ("both-fans", lambda i, o, s: 4 / ((1 + s**2) * (i + o)), "The mean of fan_in and fan_out was taken, as in Xavier's "
     "rule. He's rule divides by fan_in alone.", 1),
    ("xavier-for-he", lambda i, o, s: xavier(i, o), "This is Xavier's rule. He's rule counts fan_in alone, and makes up "
     "for what the relu takes away.", 1),
    ("slope-not-squared", lambda i, o, s: 2 / ((1 + abs(s)) * i), "The slope was not squared. Numbers "
     "below 0 are multiplied by the slope, so their squares are by slope².", 2),
    ("slope-the-wrong-way", lambda i, o, s: 2 * (1 + s**2) / i, "The factor 1 + slope² is in the wrong place. If more comes "
     "through below 0, the weights have to be smaller: divide by it.", 2),
    ("limits-of-one-over-root", lambda i, o, s: 1 / (3 * i), "The weights lie between ±1/√fan_in, as torch's nn.Linear "
     "draws them. Their variance is 1 / (3 fan_in), a sixth of what relu needs.", 3),
)  # fmt: skip
OF_XAVIER = models(
    xavier,
    ("he-for-xavier", lambda i, o, s: 2 / i, "This is He's rule for relu. Xavier's counts fan_in and fan_out.", 1),
    ("mean-of-the-inverses", lambda i, o, s: (1 / i + 1 / o) / 2, "This is the mean of 1 / fan_in and "
     "1 / fan_out. Xavier's rule is one over the mean: 2 / (fan_in + fan_out).", 2),
    ("only-fan-in", lambda i, o, s: 1 / i, "This counts fan_in alone. It keeps the numbers' size on the way forwards; "
     "backwards fan_out decides. Xavier's rule takes the mean of both.", 1),
    ("only-fan-out", lambda i, o, s: 1 / o, "This counts fan_out alone. It keeps the gradients' size; forwards fan_in "
     "decides. Xavier's rule takes the mean of both.", 1),
    ("sum-not-mean", lambda i, o, s: 1 / (i + o), "This is 1 / (fan_in + fan_out). The mean of the two is half their sum, so "
     "the variance is 2 / (fan_in + fan_out).", 2),
    ("deviation-of-the-limits", lambda i, o, s: 6 / (i + o), "√(6 / (fan_in + fan_out)) is the limit of a uniform "
     "distribution. As a deviation it is √3 times too large.", 3),
    ("product-of-fans", lambda i, o, s: 1 / math.sqrt(i * o) if max(i, o) > 20 * min(i, o) else None, "The variance goes "
     "with the root of fan_in · fan_out. Xavier's rule has their arithmetic mean, (fan_in + fan_out) / 2.", 2),
)  # fmt: skip
OF_THE_SLOPE = {"slope-ignored", "slope-not-squared", "slope-the-wrong-way"}  # right for relu
FUNCTIONS = {"he_weights": (he, OF_HE), "xavier_weights": (xavier, OF_XAVIER)}


def told_apart(function, fan_in, fan_out, slope):
    """Whether with these sizes no mistake gives nearly the right variance, and no two that matter nearly the same.

    What is wrong for relu is named by the first case, and other slopes have to name what is right for relu alone.
    """
    right, wrongs = FUNCTIONS[function]
    given = (fan_in, fan_out, slope)
    found = [("right", right(*given))]
    found += [(wrong.id, v) for wrong in wrongs if (v := result_of(wrong.model, given))]
    for (one, a), (other, b) in combinations(found, 2):
        near_it = abs(math.log(a / b)) < APART and {one, other} != {
            "right",
            "mean-of-the-inverses",
        }  # of the third case
        of_the_slope = {one, other} & OF_THE_SLOPE
        if near_it and slope and (of_the_slope or one == "right") and not {one, other} <= OF_THE_SLOPE | {"right"}:
            return False
        if near_it and not slope and not of_the_slope:
            return False
    return True


class FirstWeights(Exercise):
    id = "08.1"
    title = "First weights that keep numbers alive"
    section = "What a layer does to the size of a number"
    why = "Fifty factors of 0.7 make 0.00000002, and gradients as small as that hardly change a weight."
    difficulty, importance, minutes, points = 2, 5, 25, 4
    needs = ("he_weights", "xavier_weights")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "packed_arrays"))
    properties = {HE: 0.4, XAVIER: 0.2, DRAWN: 0.2, FIFTY: 0.2}
    allows = {"rounds its arrays to 4 digits": "random numbers with four digits are as random as others"}
    task = """\
A layer computes `f(h @ W)`, and `W` has shape `(fan_in, fan_out)`. Draw the first weights so that numbers neither die out
nor explode, however many layers follow one another. Write two functions that return such a `W`, a new array of floats:

* `he_weights(fan_in, fan_out, rng, slope=0.0)`, for the activation f(z) = z where z > 0 and f(z) = slope · z elsewhere.
  `slope=0.0` is relu, 0.2 a leaky relu, 1.0 no activation at all, and -1.0 is |z|. If the numbers `z` that go into f are
  symmetric around 0, then the next layer's `z` has to have **the same mean square**. For relu this is He's rule: the
  variance of the weights is 2 / fan_in. Find the rule for every slope.
* `xavier_weights(fan_in, fan_out, rng)`, for an activation that is close to the identity near 0, such as tanh. To keep the
  size of the numbers on the way forwards, the variance has to be 1 / fan_in; to keep that of the gradients on the way
  back, 1 / fan_out. Xavier's rule is a compromise: one over the mean of fan_in and fan_out.

All weights have mean 0; the distribution is up to you: normal and uniform ones are usual. `rng` is a generator of NumPy's,
as `np.random.default_rng(0)` makes it, and all random numbers come from it: the same generator gives the same weights,
and a second call with the same `rng` other ones.

The check measures mean and variance of your weights. Then it sends numbers of size 1 through fifty layers with 38 units
and relu, made by `he_weights`: their root mean square has to stay between 2⁻¹² and 2⁸. (With variance 1 / fan_in it falls
to about 2⁻²⁵.)"""
    hints = (
        "z_next is a sum of fan_in products w · f(z). Their variances add up: mean of z_next² = fan_in · var(w) · mean of "
        "f(z)². Half of the z are above 0 and keep their squares; what becomes of the squares of the others?",
        "mean of f(z)² = (1 + slope²) / 2 · mean of z². So var(w) = 2 / ((1 + slope²) · fan_in). The second argument of "
        "rng.normal is the deviation: take the square root.",
        "he: rng.normal(0, np.sqrt(2 / ((1 + slope**2) * fan_in)), (fan_in, fan_out)). xavier: the same with np.sqrt(2 / "
        "(fan_in + fan_out)). With rng.uniform(-a, a, shape) the deviation is a / √3.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, function, *sizes, slope=None, seeds=None, layers=1):
            case = {"property": property, "function": function, "sizes": list(sizes), "layers": layers}
            case |= {} if slope is None else {"slope": slope}
            hidden = {"judge": {"seed": rng.randrange(10**9)}}
            cases.append(case | {"seeds": seeds or [rng.randrange(10_000)]} | hidden)

        def telling(function, slope):
            for _ in range(TRIES):
                fan_in = rng.randrange(20, 200)
                fan_out = rng.randrange(NUMBERS, 2 * NUMBERS) // fan_in + 1
                if told_apart(function, fan_in, fan_out, slope or 0.0):
                    return fan_in, fan_out
            raise ValueError(f"in {TRIES:,} draws no sizes told the mistakes of {function} apart")

        for slope in (None, rng.uniform(0.7, 0.85), -1.0, 1.0, None, rng.choice((3.0, -3.0))):
            add(HE, "he_weights", *telling("he_weights", slope), slope=slope)
        add(HE, "he_weights", 1, NUMBERS, slope=0.0)
        add(HE, "he_weights", NUMBERS, 1, slope=1)
        for _ in range(2):
            add(XAVIER, "xavier_weights", *telling("xavier_weights", None))
        few = rng.randrange(4, 8)
        add(XAVIER, "xavier_weights", *rng.choice(((few, NUMBERS // 4), (NUMBERS // 4, few))))
        for function in FUNCTIONS:
            seed = rng.randrange(10_000)
            for sizes in ((rng.randrange(2, 6), rng.randrange(6, 9)), (5, 5), (1, 1)):
                add(DRAWN, function, *sizes, seeds=[seed, seed + 1, seed], layers=2)
        add(FIFTY, "he_weights", WIDTH, WIDTH, layers=LAYERS)
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.packed_arrays import packed

        function, more = namespace[case["function"]], {"slope": case["slope"]} if "slope" in case else {}
        kept, drawn, untouched = np.random.get_state(), [], True
        try:
            for k, seed in enumerate(case["seeds"]):
                np.random.seed(k)
                generator, before = np.random.default_rng(seed), np.random.get_state()
                drawn.append([function(*case["sizes"], generator, **more) for _ in range(case["layers"])])
                untouched = untouched and all(map(np.array_equal, before, np.random.get_state()))
        finally:
            np.random.set_state(kept)
        arrays = [array for layers in drawn for array in layers]
        kind = "f2" if len(arrays) > 9 else "f4"
        parts = [packed(array, arrays[:k][-3:], kind) for k, array in enumerate(arrays)]
        return {"parts": parts, "untouched": bool(untouched)}

    @staticmethod
    def judge(case, answer):
        function, sizes, slope = case["function"], case["sizes"], case.get("slope", 0.0)
        calls = len(case["seeds"]) * case["layers"]
        said = f", slope={slope:.3g}" if "slope" in case else ""
        where = f"({function}({sizes[0]}, {sizes[1]}, rng{said}).)"
        parts = expect_list(expect_dict(answer, ("parts", "untouched"))["parts"], calls, "the list of weights")
        arrays = [weights_in(part, sizes, where) for part in parts]
        if case["property"] == DRAWN:
            judge_drawn(arrays, where)
        elif case["property"] == FIFTY:
            judge_fifty(arrays, np.random.default_rng(case["judge"]["seed"]))
            judge_closely(arrays)
        else:
            judge_variance(arrays[0], function, slope, where)
        if answer["untouched"] is not True:
            message = (
                "NumPy's own random numbers were seeded or drawn from, which everybody shares. Draw from `rng` alone."
            )
            raise Mistake("global-random-numbers", f"{message} {where}", hint=3)


def weights_in(part, sizes, where):
    """The array that an answer holds, or the Mistake that says why it is no weights."""
    from karpathy_course.checks.shared.packed_arrays import unpacked  # it loads NumPy

    part, (fan_in, fan_out) = unpacked(part), sizes
    array = part["array"] if type(part) is dict and "array" in part else array_in(part, "the result", where)
    if array.shape != (fan_in, fan_out):
        if fan_in != fan_out and array.shape == (fan_out, fan_in):
            message = f"W has shape {array.shape}. `h @ W` needs (fan_in, fan_out) = {(fan_in, fan_out)}. {where}"
            raise Mistake("transposed", message, array.shape, (fan_in, fan_out), 3)
        message = f"W has shape {array.shape}; (fan_in, fan_out) = {(fan_in, fan_out)} was expected. {where}"
        raise Mistake("wrong-shape", message, array.shape, (fan_in, fan_out), 3)
    if expect_dict(part)["dtype"] not in ("float64", "float32"):
        raise Mistake("wrong-dtype", f"W is {part['dtype']}: weights that learn are floats. {where}", hint=3)
    if not np.isfinite(array).all():
        raise Mistake("not-finite", f"There is a nan or an inf in W. {where}", hint=3)
    if part["own"] is not True:
        raise Mistake(
            "shares-memory", f"W shares its memory with the W of another call: training changes both. {where}"
        )
    return array


def judge_variance(w, function, slope, where):
    right, wrongs = FUNCTIONS[function]
    given = (*w.shape, slope)
    expected, mean, variance = right(*given), float(w.mean()), float((w**2).mean())
    shown = {"got": f"variance {variance:.4g}", "expected": f"variance {expected:.4g}"}
    if not variance:
        message = f"All weights are 0. Then every unit computes the same, and learns the same. {where}"
        raise Mistake("zeros", message, **shown, hint=1)
    columns = [w[:, k] for k in range(min(4, w.shape[1]))]
    if w.shape[0] > 19 and any((a == b).all() for k, a in enumerate(columns) for b in columns[:k]):
        message = "Several units have the same weights, and will always learn the same: each number is drawn by itself."
        raise Mistake("units-alike", f"{message} {where}", hint=3)
    rows = [w[k] for k in range(min(4, w.shape[0]))]
    if w.shape[1] > 19 and any((a == b).all() for k, a in enumerate(rows) for b in rows[:k]):
        message = (
            "All inputs of a unit have the same weight, so it sees only their sum: each number is drawn by itself."
        )
        raise Mistake("inputs-alike", f"{message} {where}", hint=3)
    if abs(mean) > 6 * math.sqrt(variance / w.size):
        message = f"The weights have mean {mean:.3g}, and must have mean 0: about as many below 0 as above. {where}"
        raise Mistake("mean-not-0", message, mean, 0.0, 3)
    if near(variance, expected):
        return
    found = [(wrong, result_of(wrong.model, given)) for wrong in wrongs]
    found = [(abs(math.log(variance / v)), k, wrong) for k, (wrong, v) in enumerate(found) if v and near(variance, v)]
    if found:
        wrong = min(found)[2]
        raise Mistake(wrong.id, f"{wrong.message} {where}", **shown, hint=wrong.hint)
    message = f"The variance of the weights is {variance / expected:.3g} times what it has to be. {where}"
    raise Mistake("wrong-variance", message, **shown, hint=2)


def near(variance, expected):
    return abs(variance / expected - 1) <= WITHIN


def judge_drawn(arrays, where):
    first, second, other, _, again, once_more = arrays
    if not ((first == again).all() and (second == once_more).all()):
        message = (
            "The same generator gave other weights the second time: draw all random numbers from `rng`, none from "
        )
        raise Mistake("not-from-the-generator", f"{message}np.random or a generator of your own. {where}", hint=3)
    if first.size > 1 and (first == other).all():
        message = "Another generator gave the same weights: draw the random numbers from `rng`."
        raise Mistake("ignores-the-generator", f"{message} {where}", hint=3)
    if first.size > 1 and (first == second).all():
        message = (
            "Two calls with one generator gave the same weights, so all layers of a network would be alike. Draw from "
        )
        raise Mistake("layers-alike", f"{message}`rng` itself, which goes on, and not from a copy. {where}", hint=3)


def judge_closely(arrays):
    """Fifty arrays together tell a distribution that was cut off, which a single one does not."""
    variance, expected = float(np.mean([(w**2).mean() for w in arrays])), he(WIDTH, WIDTH, 0.0)
    if abs(variance / expected - 1) > CLOSELY:
        message = f"All weights of the fifty layers together have {variance / expected:.3g} times the variance of He's rule. Was "
        message += (
            "their distribution cut off, at two deviations for example? That makes the deviation smaller than the one "
        )
        message += "that was asked for: make up for it, or do not cut."
        shown = {"got": f"variance {variance:.4g}", "expected": f"variance {expected:.4g}"}
        raise Mistake("cut-off", message, **shown, hint=3)


def judge_fifty(arrays, data):
    h = data.normal(0, 1, (60, WIDTH))
    with np.errstate(all="ignore"):
        for w in arrays:
            z = h @ w
            h = np.maximum(z, 0)
        size = float(np.sqrt((z**2).mean()))
    if LEAST <= size <= MOST:
        return
    bits = f"2^{math.log2(size):.0f}" if 0 < size < math.inf else f"{size:g}"
    shown = {"got": size, "expected": "between 2^-12 and 2^8"}
    if size < LEAST:
        message = (
            f"After fifty relu layers the root mean square is {size:.2g}, about {bits}: the numbers have died out."
        )
        raise Mistake(
            "dies-out", f"{message} Each layer makes them smaller: what does relu take away?", **shown, hint=1
        )
    message = f"After fifty relu layers the root mean square is {size:.2g}, about {bits}: the numbers explode."
    raise Mistake(
        "explodes", f"{message} Each layer makes them larger. Are the numbers of a W independent?", **shown, hint=1
    )
