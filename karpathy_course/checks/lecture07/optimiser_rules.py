"""Adam and AdamW, right and wrong: what each step makes of parameters, for each usual mistake too; for 07.3 and 07.4.

Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2, in the form of torch: the decay comes first.
"""

import math

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import expect_bool, expect_dict, expect_list
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong

DEFAULTS = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}
TOLERANCE = {"float64": 1e-10, "float32": 2e-5}
USUAL = {"from_iterator": False, "reuses_memory": False, "in_order": False, "zero_grads": False, "made_anew": None}
SIZES = (1e-9, 1e-8, 1e-7, 1e-4, 1.0, 30.0, 1e5)  # of slopes: eps shows in small ones


def drawn_run(rng, shapes, steps, dtype="float64", options=None, missing=0, rates=False, **how):
    """A described run: parameters of these shapes, and the slopes of each step.

    missing: in how many steps a parameter has no slope. Each place of a parameter has slopes of a size of its own: all
    of one sign, of changing sign, or 0 throughout, where there is room for all three.
    """
    data, per_parameter = [], []
    for shape in shapes:
        size = math.prod(shape)
        numbers = [rng.choice((-1, 1)) * rng.uniform(0.2, 3) for _ in range(size)]
        if size >= 5:
            for place, number in zip(rng.sample(range(size), 4), (0.0, 1.0, -1.0, numbers[0])):
                numbers[place] = number
        data.append({"shape": list(shape), "dtype": dtype, "numbers": numbers})
        slopes = drawn_slopes(rng, size, steps)
        for step in rng.sample(
            range(1, max(2, steps - 1)), missing if len(data) < len(shapes) or len(shapes) == 1 else 0
        ):
            slopes[step] = None
        per_parameter.append(slopes)
    run = {"data": data, "grads": [list(row) for row in zip(*per_parameter)], "options": options or {}}
    run["rates"] = [rng.choice((0.0, 1.0, 0.1)) * rng.uniform(0.5, 1.5) for _ in range(steps)] if rates else []
    run["rates"][:1] = [rng.uniform(0.3, 0.6)] if rates else []
    for array in data:
        array["layout"] = how.get("layout", "plain")
    return run | {name: how.get(name, usual) for name, usual in USUAL.items()}


def pausing(run):
    """The run, with slopes of 0 everywhere in its fourth and fifth step: m still moves what has none."""
    run["grads"][3:5] = [[[0.0] * len(slopes) for slopes in row] for row in run["grads"][3:5]]
    return run


def drawn_slopes(rng, size, steps):
    """The slopes of each step, a list of size numbers each."""
    sizes = [SIZES[(k + rng.randrange(2)) % len(SIZES)] if size > 1 else 10 ** rng.uniform(-2, 1) for k in range(size)]
    signs = [(1, 0, 0, None, -1)[k % 5] for k in range(size)]  # always one, or drawn anew; None: a slope of 0

    def slope(k):
        if signs[k] is None:
            return 0.0
        return sizes[k] * rng.uniform(0.5, 1.5) * (signs[k] or rng.choice((-1, 1)))

    return [[slope(k) for k in range(size)] for _ in range(steps)]


def adam(p, g, s, o, *, mean=lambda m, b, x: b * m + (1 - b) * x, square=lambda g, s: g * g, first=lambda m, s, o, g: m,
         betas=lambda betas: betas, corrects=(True, True), count=lambda s: s["t"], under=lambda v, eps, c: np.sqrt(v / c) + eps, move=lambda p, d, o: p - d):  # fmt: skip
    """The parameter after one step; the keywords are mistakes to be made. s: its state. o: the options.

    s["t"]: how many steps this parameter has made, with this one; s["steps"]: how many there have been; s["all"]: how many
    steps all parameters have made, with this one.
    """
    b1, b2 = betas(o["betas"])
    s["m"] = mean(s["m"], b1, g)
    s["v"] = mean(s["v"], b2, square(g, s))
    t = count(s)
    c1, c2 = (1 - b**t if correct else 1.0 for b, correct in zip((b1, b2), corrects))
    return move(p, o["lr"] * first(s["m"], s, o, g) / c1 / under(s["v"], o["eps"], c2), o)


def states(run, step=adam, defaults=DEFAULTS, of_missing=lambda p, s, o, step: p, first_rate=False,
           starts=lambda k, run: k == run["made_anew"], lost=("m", "v", "t")):  # fmt: skip
    """The numbers of each parameter after each step: [[[…], …], …]. step, defaults, of_missing: mistakes to be made."""
    o = {**defaults, **run["options"]}
    o["first lr"] = o["lr"]
    arrays = [np.array(x["numbers"], dtype=x["dtype"]).astype("float64") for x in run["data"]]
    kept, found, made = [], [], 0
    with np.errstate(all="ignore"):
        for k, slopes in enumerate(run["grads"]):
            if k == 0 or starts(k, run):
                anew, made, first = [{"m": np.zeros_like(p), "v": np.zeros_like(p), "t": 0} for p in arrays], 0, k
                whole = k in (0, run["made_anew"])
                kept = anew if whole else [s | {name: a[name] for name in lost} for s, a in zip(kept, anew)]
            if run["rates"] and not first_rate:
                o["lr"] = run["rates"][k]
            for place, (p, s, g) in enumerate(zip(arrays, kept, slopes)):
                s["steps"], s["all"] = k + 1 - first, made + 1
                if g is None:
                    arrays[place] = of_missing(p, s, o, step)
                    continue
                s["t"], made = s["t"] + 1, made + 1
                g = np.array(g, dtype=run["data"][place]["dtype"]).astype("float64")
                arrays[place] = step(p, g, s, o)
            found.append([p.tolist() for p in arrays])
    return found


def changed(id, message, hint, of=adam, defaults=DEFAULTS, **change):
    """A Wrong: a step with something of it changed."""
    step = lambda p, g, s, o: of(p, g, s, o, **change)
    return Wrong(id, lambda run: states(run, step, defaults), message, hint)


def otherwise(id, message, hint, **how):
    """A Wrong: the rule is right, and something around it is not."""
    return Wrong(id, lambda run: states(run, **how), message, hint)


def zero_slope(p, s, o, step):
    """A missing slope taken for one of zeros."""
    s["t"] += 1
    return step(p, np.zeros_like(p), s, o)


def rules_of_adam(step, defaults):
    """The usual mistakes in Adam's rule, whatever step is: adam, or adam with a decay before it."""
    make = lambda id, message, hint, **change: changed(id, message, hint, step, defaults, **change)
    around = lambda id, message, hint, **how: otherwise(
        id, message, hint, **({"step": step, "defaults": defaults} | how)
    )
    return [
        make("uphill", "The parameters climb: the step has to be subtracted.", 1, move=lambda p, d, o: p + d),
        make("no-bias-correction", "The two means were not corrected. They begin at 0 and are too small at first: divide m by "
             "1 - β₁ᵗ, and v by 1 - β₂ᵗ.", 2, corrects=(False, False)),
        make("one-correction-missing", "m was not corrected: divide it by 1 - β₁ᵗ.", 2, corrects=(False, True)),
        make("one-correction-missing", "v was not corrected: divide it by 1 - β₂ᵗ.", 2, corrects=(True, False)),
        make("counts-from-zero", "t was 1 too small: it is 1 in a parameter's first step. With t = 0 the first correction "
             "divides by 0.", 2, count=lambda s: s["t"] - 1),
        make("counts-from-two", "t was 1 too large: it is 1 in a parameter's first step. Count before you correct, and once.",
             2, count=lambda s: s["t"] + 1),
        make("t-stays-at-one", "t stayed at 1: it has to grow with each step.", 2, count=lambda s: 1),
        make("one-t-for-all", "t counted steps in which this parameter had no gradient. Each parameter has a count of its own, "
             "and a step without a gradient does not count.", 2, count=lambda s: s["steps"]),
        make("one-t-for-all", "t grew with each parameter. Each has a count of its own, which grows by 1 in a step.", 2,
             count=lambda s: s["all"]),
        make("eps-inside-the-root", "eps stands inside the root: √(v + eps). It is added to the root: √v + eps. For small "
             "gradients that is another number.", 3, under=lambda v, eps, c: np.sqrt(v / c + eps)),
        make("eps-before-the-correction", "eps was added before v was corrected. Correct v, take the root, then add eps.", 3,
             under=lambda v, eps, c: (np.sqrt(v) + eps) / np.sqrt(c)),
        make("eps-missing", "eps is missing in the denominator. It is added: where all gradients are tiny it counts, and where all are 0 it "
             "keeps 0/0 away.", 3, under=lambda v, eps, c: np.maximum(np.sqrt(v / c), 1e-300)),
        make("eps-missing", "eps is only the least that the denominator can be. It is added: √v + eps.", 3,
             under=lambda v, eps, c: np.maximum(np.sqrt(v / c), eps)),
        make("root-missing", "The root of v is missing.", 1, under=lambda v, eps, c: v / c + eps),
        make("square-missing", "v is a mean of the gradients' squares, not of their absolute values.", 1,
             square=lambda g, s: np.abs(g), under=lambda v, eps, c: v / c + eps),
        make("square-missing", "v is a mean of the gradients' squares, not of their absolute values.", 1,
             square=lambda g, s: np.abs(g)),
        make("square-of-the-mean", "v was made of m². It is a mean of the squares of the gradients themselves.", 1,
             square=lambda g, s: s["m"] ** 2),
        make("square-of-the-difference", "v was made of (g - m)². It is a mean of the squares of the gradients themselves.", 1,
             square=lambda g, s: (g - s["m"]) ** 2),
        make("mean-missing", "The step uses the gradient, not its running mean m.", 1,
             first=lambda m, s, o, g: g, corrects=(False, True)),
        make("mean-missing", "The step uses the gradient, not its running mean m.", 1, first=lambda m, s, o, g: g),
        make("not-a-mean", "m and v are sums: the new part was not multiplied by 1 - β.", 1, mean=lambda m, b, x: b * m + x),
        make("mean-the-other-way", "β and 1 - β are exchanged: β is what stays of the old mean.", 1,
             mean=lambda m, b, x: (1 - b) * m + b * x),
        make("betas-exchanged", "The betas are exchanged: the first belongs to m, the second to v.", 1,
             betas=lambda betas: betas[::-1]),
        around("missing-as-zero", "A parameter without a gradient was treated as if its gradient were 0: m and v shrank, and it "
               "moved. Leave it and all that is kept for it as it is.", 2, of_missing=zero_slope),
        around("goes-on-from-another", "A second optimiser for the same parameters went on with what the first one had kept. What "
               "an optimiser remembers belongs on `self`, not on the class or on the parameter.", 1,
               starts=lambda k, run: False),
        *(around("zero-grad-forgets", f"After zero_grad() the optimiser had forgotten {' and '.join(lost)}. It sets each `grad` to "
                 "None, and leaves all else.", 1, starts=lambda k, run: run["zero_grads"] or k == run["made_anew"], lost=lost)
          for lost in (("m", "v", "t"), ("m", "v"), ("m",))),
        around("first-rate-kept", "`lr` was read when the optimiser was made. Use self.lr in each step: a schedule changes it.",
               2, first_rate=True),
    ]  # fmt: skip


def judge_runs(runs, answer, wrongs, right=states):
    """Return when each run of a case ended as it should, or raise the Mistake."""
    expect_list(answer, len(runs), "the list of runs")
    for k, (run, found) in enumerate(zip(runs, answer)):
        again = k > 0 and run == runs[0]  # the first was right, so this one found something that the first had left
        try:
            judge_run(run, found, [] if again else wrongs, right)
        except Mistake as error:
            if again:
                message = (
                    "A second optimiser, for parameters of its own, did not begin from nothing, as the first did: "
                )
            elif len(runs) > 1 and error.id in ("wrong-step", "does-not-move", "wrong-shape"):
                message = "Two optimisers that are stepped in turn are not what each is alone: "
            else:
                raise
            message += f"what they keep belongs on `self`, not on the class. {error.message}"
            raise Mistake("shared-between-optimisers", message, error.got, error.expected, 1) from None


def judge_run(run, found, wrongs, right):
    """Return when one run ended as it should, or raise the Mistake."""
    dtype = run["data"][0]["dtype"]
    shapes = ", ".join(str(tuple(x["shape"])) for x in run["data"])
    options = ", ".join(f"{name}={in_short(value)}" for name, value in run["options"].items()) or "the defaults"
    where = f"({options}; parameters of shape {shapes}, {dtype}.)"
    expect_dict(found, ("record", "in_place", "grads_kept", "left", "returned"))
    expected = right(run)
    got = numbers_in(found["record"], run, where)
    if not same(got, expected, dtype):
        name(run, got, expected, wrongs, dtype, where)
    if expect_bool(found["in_place"], "whether arrays were changed in place") is False:
        message = "`data` is another array than before. Change the array in place, `p.data -= …`: others hold it too."
        raise Mistake("replaces-the-array", f"{message} {where}", hint=3)
    if expect_bool(found["grads_kept"], "whether gradients were kept") is False:
        raise Mistake("changes-the-gradient", f"`grad` has changed in a step: only `data` may. {where}", hint=3)
    if expect_list(found["left"], what="the list of gradients that are left"):
        message = f"After zero_grad() a parameter's `grad` is {found['left'][0]!s:.60}: it has to be None. {where}"
        raise Mistake("zero-grad", message, hint=3)
    if expect_list(found["returned"], what="the list of what was returned"):
        message = f"`step` or `zero_grad` returned {found['returned'][0]!s:.60}: they act, and return nothing. {where}"
        raise Mistake("returns-something", message, hint=3)


def in_short(value):
    return f"({', '.join(f'{x:.4g}' for x in value)})" if isinstance(value, (list, tuple)) else f"{value:.4g}"


def numbers_in(record, run, where):
    """The numbers of each parameter after each step, or the Mistake that says why there are none."""
    for row in expect_list(record, len(run["grads"]), "the list of steps"):
        for numbers, described in zip(expect_list(row, len(run["data"]), "the list of parameters"), run["data"]):
            if type(numbers) is str:
                message = (
                    f"After a step `data` is {numbers[:80]}: it has to stay an array of {described['dtype']}. {where}"
                )
                raise Mistake("not-an-array", message, hint=3)
            if type(numbers) is not list or len(numbers) != math.prod(described["shape"]):
                raise Mistake("wrong-shape", f"The shape of a parameter has changed. {where}", hint=3)
            if not all(type(x) in (int, float) for x in numbers):
                raise Mistake("not-an-array", f"A parameter holds what is no number. {where}", hint=3)
    return record


def same(got, expected, dtype):
    if got is None or expected is None:
        return False
    return all(near(a, b, dtype) for x, y in zip(got, expected) for p, q in zip(x, y) for a, b in zip(p, q))


def near(a, b, dtype):
    if not math.isfinite(b) or not math.isfinite(a):
        return a == b or (a != a and b != b)
    return abs(a - b) <= TOLERANCE[dtype] * max(1.0, abs(b))


def name(run, got, expected, wrongs, dtype, where):
    """Raise the Mistake that fits the numbers got, which are not those expected."""
    step = next(k for k, (x, y) in enumerate(zip(got, expected)) if not same([x], [y], dtype))
    place = next(k for k, (p, q) in enumerate(zip(got[step], expected[step])) if not same([[p]], [[q]], dtype))
    shown = {"got": got[step][place], "expected": expected[step][place]}
    where = f"(After step {step + 1}, parameter {place + 1} of {len(run['data'])}; {where[1:]}"
    for wrong in wrongs:
        if same(got, wrong.model(run), dtype):
            raise Mistake(wrong.id, f"{wrong.message} {where}", **shown, hint=wrong.hint)
    if not all(math.isfinite(x) for x in got[step][place]):
        message = (
            "There is a nan or an inf. Is t 0 in the first step, or is a root that may be 0 not kept from 0 by eps?"
        )
        raise Mistake("counts-from-zero" if step == 0 else "not-finite", f"{message} {where}", **shown, hint=2)
    start = run["data"][place]["numbers"]
    if same([[got[step][place]]], [[start]], dtype):
        raise Mistake("does-not-move", f"The parameter has not moved. {where}", **shown, hint=1)
    message = "The first step is not right" if step == 0 else f"The first {step} steps are right, and this one is not"
    raise Mistake("wrong-step", f"{message}. {where}", **shown, hint=1 if step == 0 else 2)
