"""Exercise 07.1: gradient descent in a bowl, and the rate at which it is fastest.

The path is compared with the judge's own, the rate by what it does: how much of the distance to the minimum it leaves at
each step. No drawn matrix but one is diagonal, and eigenvalues come in no order.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_list, expect_number
from karpathy_course.checks.lecture05.array_answers import judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture07.bowls import (
    at_rest,
    badly_returned,
    described,
    drawn_bowl,
    drawn_eigenvalues,
    drawn_hessian,
    eigenvalues,
    exact,
    gradient_of,
    judge_numbers,
    near,
    shrinks,
)
from karpathy_course.checks.shared.wrong_models import Wrong

PATH, FACTOR, BEST = "the path", "what a rate does", "the best rate"


class Descent(Exercise):
    id = "07.1"
    title = "The fastest way down a bowl"
    section = "A bowl and a step"
    why = "Near a minimum every smooth loss is such a bowl, and its condition number decides how long plain descent takes."
    difficulty, importance, minutes, points = 2, 5, 30, 4
    needs = ("descend", "shrink_factor", "best_rate")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "plain_bowls"))
    properties = {PATH: 0.4, FACTOR: 0.3, BEST: 0.3}
    leaves_out = {
        "an axis of size 0": "there is no slope without a parameter",
        "four axes": "three are there, and a function that takes any shape sees no difference",
    }
    allows = {"sorts its entries": "it sorts lists, and these functions return an array, a number and a pair"}
    task = """\
**A.** Write `descend(gradient, start, rate, steps)`: plain gradient descent, and all points on its way. `gradient` is a
function that takes a point and returns the slope there, an array of the point's shape. `start` is an array of any
shape, also without an axis. Return one array of shape `(steps + 1, *start.shape)`: the start, then the point after each
step. If `start` is float32, so is the result; else it is float64, also if `start` holds whole numbers. `start` stays as
it is, and so does the array that `gradient` returns: it may return the same one again, with the next slope in it. Call
`gradient` exactly once for each step.

In **B** and **C** the function is a bowl: its second derivatives are the same everywhere, and `hessian` is the matrix of
them, of shape `(n, n)`, with n from 1: symmetric, and all eigenvalues are positive. It need not be diagonal.

**B.** Write `shrink_factor(hessian, rate)`. Each step multiplies the distance to the minimum along each eigenvector by a
factor of its own. Return the largest of these factors in absolute value, as a plain float: in the long run it decides
how much of the distance a step leaves. Below 1 descent converges, above 1 it diverges; `rate` may be too large, or 0.

**C.** Write `best_rate(hessian)`: the pair `(rate, factor)` of plain floats, with the rate at which `shrink_factor` is
smallest, and what it is there. Both have to be right to a millionth."""
    hints = (
        "A. A list of points, a loop, and np.stack at the end. `x -= …` changes the array that is in the list already; "
        "`x = x - …` makes a new one. B. Along an eigenvector with eigenvalue λ the slope is λ times the distance.",
        "B. A step takes rate · λ times the distance away, so 1 - rate · λ of it is left. np.linalg.eigvalsh gives the "
        "eigenvalues of a symmetric matrix, in rising order. C. Draw |1 - rate · λ| against the rate, for the smallest "
        "and for the largest λ: the larger of the two is smallest where they cross.",
        "B. float(np.abs(1 - rate * λ).max()). C. 1 - rate · λ[0] = rate · λ[-1] - 1 gives rate = 2 / (λ[0] + λ[-1]); there "
        "the factor is (κ - 1) / (κ + 1) with κ = λ[-1] / λ[0].",
    )

    @staticmethod
    def cases(rng):
        cases = []
        shapes = [(), (1,), (2,), (2, 2), (1, 2, 1)]
        for k, shape in enumerate(shapes):
            bowl = drawn_bowl(rng, shape, rng.uniform(3, 8), "float32" if k in (1, 3) else "float64")
            rate = rng.uniform(0.05, 0.2) / max(1.0, float(np.abs(bowl["hessian"]["numbers"]).max()))
            cases.append({"property": PATH, **bowl, "rate": rate, "steps": rng.randrange(2, 7)})
        whole = drawn_bowl(rng, (3,), 4.0, "int64", [rng.choice((-1, 1)) * rng.randrange(2, 9) for _ in range(3)])
        cases.append({"property": PATH, **whole, "rate": rng.uniform(0.01, 0.05), "steps": 3})
        bowl = drawn_bowl(rng, (2, 3), 4.0) | {"steps": 4, "rate": 2}
        bowl["start"]["layout"] = "turned"
        slope = [rng.choice((-1, 1)) * rng.uniform(0.2, 2) for _ in range(6)]
        cases.append({"property": PATH, **bowl, "slope": {"shape": [2, 3], "dtype": "float64", "numbers": slope}})
        bowl = drawn_bowl(rng, (4,), 4.0, start=[0.0, 1.0, -1.0, 1.0])
        cases += [{"property": PATH, **bowl, "rate": rng.uniform(0.05, 0.2), "steps": 0}]
        cases += [{"property": PATH, **bowl, "rate": 0.0, "steps": 2}]
        cases += [
            {"property": PATH, **at_rest(bowl, far), "rate": rng.uniform(0.05, 0.2), "steps": 3} for far in (0, 1e-5)
        ]
        far = drawn_bowl(rng, (3,), 4.0, start=[rng.choice((-1, 1)) * rng.uniform(1e4, 1e6) for _ in range(3)])
        rate = rng.uniform(0.05, 0.2) / float(np.abs(far["hessian"]["numbers"]).max())
        cases.append({"property": PATH, **far, "rate": rate, "steps": 4, "reuses_memory": True})
        for kind in (FACTOR, BEST):
            for hessian in hessians(rng):
                low, *_, high = sorted(eigenvalues(exact(hessian)).tolist() * 2)
                rates = [rng.uniform(0.1, 0.6) / high, 2 / (low + high), rng.uniform(1.7, 1.95) / high]
                rates += [rng.uniform(2.2, 3) / high, 0, 1, rng.uniform(1.2, 1.6) / low]
                cases.append({"property": kind, "hessian": hessian, **({"rates": rates} if kind == FACTOR else {})})
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of, snapshot
        from karpathy_course.checks.shared.plain_bowls import gradient_of

        if "steps" in case:
            asked = []
            make = lambda: [gradient_of(case, asked), array_of(case["start"]), case["rate"], case["steps"]]
            found = answer_of(namespace["descend"], make)
            return found | {"asked": len(asked)}
        hessian = array_of(case["hessian"])
        before = snapshot(hessian)
        if "rates" in case:
            out = [namespace["shrink_factor"](hessian, rate) for rate in case["rates"]]
        else:
            out = namespace["best_rate"](hessian)
            out = list(out) if isinstance(out, tuple) else out
        return {"out": out, "changed": snapshot(hessian) != before}

    @staticmethod
    def judge(case, answer):
        if case["property"] == PATH:
            return judge_path(case, answer)
        expect_dict(answer, ("out", "changed"))
        hessian = exact(case["hessian"])
        low, high = eigenvalues(hessian)[[0, -1]]
        where = f"({len(hessian)} × {len(hessian)}, eigenvalues from {low:.4g} to {high:.4g}.)"
        if answer["changed"] is not False:
            raise Mistake("changes-its-arguments", f"`hessian` has changed: it belongs to the caller. {where}")
        if case["property"] == FACTOR:
            got, rates = expect_list(answer["out"], len(case["rates"]), "the list of factors"), case["rates"]
            names = [f"the factor at rate {rate:.4g}" for rate in rates]
            judge_numbers((hessian, rates), got, [shrinks(hessian, r) for r in rates], names, WRONG_FACTORS, where)
            return
        if type(answer["out"]) is not list or len(answer["out"]) != 2:
            message = f"best_rate has to return a pair, (rate, factor). {where}"
            raise Mistake("not-a-pair", message, answer["out"], hint=3)
        rate, factor = (expect_number(x, name) for x, name in zip(answer["out"], ("the rate", "the factor")))
        right = 2 / (low + high), (high - low) / (high + low)
        shown = {"got": [rate, factor], "expected": list(map(float, right))}
        if not near(rate, right[0]):
            does = shrinks(hessian, rate)
            where = f"At your rate a step leaves {does:.6g} of the distance, at the best one {right[1]:.6g}. {where}"
        judge_numbers((hessian,), [rate, factor], right, ["the rate", "the factor"], WRONG_RATES, where, shown)


def hessians(rng):
    """Described matrices: full ones of several sizes, a diagonal one, one number, equal eigenvalues, whole numbers."""
    flat = [rng.uniform(0.02, 0.04), rng.uniform(0.1, 0.3)]  # its best rate is far above 1
    found = [drawn_hessian(rng, flat)]
    found += [drawn_hessian(rng, drawn_eigenvalues(rng, n, rng.uniform(*c)), *how)
             for n, c, how in ((2, (5, 30), ()), (3, (30, 100), ("float64", "turned")), (5, (3, 8), ("float32",)),
                               (4, (500, 1000), ("float64", "with gaps")))]  # fmt: skip
    middle, small, large = rng.uniform(1, 2), rng.uniform(0.1, 0.5), rng.uniform(3, 6)
    found.append(described(np.diag([middle, large, small])))
    found.append(described([[rng.choice((rng.uniform(0.05, 0.3), rng.uniform(2, 50)))]]))
    found.append(described(np.diag([rng.uniform(2, 3)] * 3)))
    a, b = rng.randrange(1, 4), rng.randrange(4, 9)
    found.append(described([[a + b, -a], [-a, a + 1]], "int64"))
    return found


def path_of(case, move=lambda x, g, rate, k: x - rate * g, at=lambda path: path[-1]):
    """The points of a descent, as an array; the keywords are mistakes to be made."""
    gradient, path = gradient_of(case), [exact(case["start"])]
    for k in range(case["steps"]):
        path.append(move(path[-1], gradient(at(path)), case["rate"], k))
    return np.stack(path)


@wrong("uphill", "The points climb: the slope is added. It points to where the function grows, so subtract it.", 1)
def _uphill(case):
    return path_of(case, lambda x, g, rate, k: x + rate * g)


@wrong("one-step-more", "There is one step too many: `steps` steps give steps + 1 points, with the start.", 1)
def _one_more(case):
    return path_of(case | {"steps": case["steps"] + 1})


@wrong("slope-of-the-start", "Every step uses the slope at the start. Call `gradient` at the point where you are.", 1)
def _first_slope(case):
    return path_of(case, at=lambda path: path[0])


@wrong("rate-ignored", "The slope was not multiplied by the rate.", 1)
def _no_rate(case):
    return path_of(case, lambda x, g, rate, k: x - g)


@wrong(
    "unit-steps", "Each step has length `rate`: the slope was divided by its length. A step is rate times the slope.", 1
)
def _unit(case):
    return path_of(case, lambda x, g, rate, k: x - rate * g / np.sqrt((g * g).sum()))


@wrong("sign-of-the-slope", "Only the sign of the slope was used. A step is rate times the slope itself.", 1)
def _sign(case):
    return path_of(case, lambda x, g, rate, k: x - rate * np.sign(g))


@wrong("rate-falls", "The rate became smaller from step to step. It stays the same here.", 1)
def _falls(case):
    return path_of(case, lambda x, g, rate, k: x - rate / (k + 1) * g)


@wrong("whole-numbers", "The points were cut to whole numbers: an array like `start`, if that has whole numbers, cannot "
       "hold fractions.", 1)  # fmt: skip
def _whole(case):
    return np.trunc(path_of(case, lambda x, g, rate, k: np.trunc(x - rate * g)))


@wrong("whole-numbers", "The points were cut to whole numbers at the end: an array like `start`, if that has whole numbers, "
       "cannot hold fractions.", 1)  # fmt: skip
def _whole_at_last(case):
    return np.trunc(path_of(case))


@wrong("slope-was-changed", "`gradient` returned its own array, and your code wrote into it: the next slope was another one. "
       "`rate * g` makes a new array, `g *= rate` does not.", 1)  # fmt: skip
def _wrote(case):
    if "slope" not in case:
        return None
    g = exact(case["slope"])
    return np.stack(
        [exact(case["start"]) - sum(g * case["rate"] ** (j + 1) for j in range(k)) for k in range(case["steps"] + 1)]
    )


@wrong("slope-was-kept", "`gradient` writes each slope into the array that held the last one, and your code kept that array: "
       "the earlier slopes are gone. Use a slope at once, or keep a copy.", 1)  # fmt: skip
def _kept(case):
    """All slopes so far were added up, and each was the newest."""
    if not case.get("reuses_memory"):
        return None
    start = exact(case["start"])
    gradient, path = gradient_of(case), [start]
    for k in range(case["steps"]):
        path.append(start - case["rate"] * (k + 1) * gradient(path[-1]))
    return np.stack(path)


def _clipped(limit, by_length):
    cut = lambda g: (
        g * min(1.0, limit / max(1e-300, float(np.sqrt((g * g).sum())))) if by_length else g.clip(-limit, limit)
    )
    message = f"Slopes above {limit:g} were cut. A step is rate times the slope, however large that is."
    return Wrong("clipped", lambda case: path_of(case, lambda x, g, rate, k: x - rate * cut(g)), message, 1)


WRONG_PATHS = [
    _uphill,
    *badly_returned(path_of, "steps + 1 points, with the start"),
    _one_more,
    _first_slope,
    _no_rate,
    _unit,
    _sign,
    _falls,
    _whole,
    _whole_at_last,
    _wrote,
    _kept,
]
WRONG_PATHS += [_clipped(10.0**k, by_length) for k in range(5) for by_length in (False, True)]  # fmt: skip


def judge_path(case, answer):
    expect_dict(answer, ("asked",))
    dtype = "float32" if case["start"]["dtype"] == "float32" else "float64"
    shape, steps = tuple(case["start"]["shape"]), case["steps"]
    where = f"(A start of shape {shape}, rate {case['rate']:.4g}, {steps} step{'s' * (steps != 1)}.)"
    source = f"`start` was {case['start']['dtype']}"
    names = ["gradient", "start", "rate", "steps"]
    judge_arrays(answer, path_of(case), dtype, WRONG_PATHS, (case,), where, names, "the path", source)
    if expect_integer(answer["asked"], "the number of slopes") != 2 * steps:
        message = (
            f"`gradient` was called {answer['asked'] / 2:g} times for {steps} steps: once for each is enough. {where}"
        )
        raise Mistake("asks-too-often", message, hint=1)


def of_eigenvalues(id, message, hint, model, of=eigenvalues):
    """A Wrong of numbers that are computed from the eigenvalues, in rising order, and each rate if there are some."""

    def numbers(hessian, rates=None):
        if rates is None:
            return list(map(float, model(of(hessian))))
        return [float(model(of(hessian), rate)) for rate in rates]

    return Wrong(id, numbers, message, hint)


def diagonal_of(hessian):
    return np.sort(np.diag(hessian))


def best_of(λ):
    return 2 / (λ[0] + λ[-1]), (λ[-1] - λ[0]) / (λ[-1] + λ[0])


DIAGONAL = "The diagonal of the matrix was taken for its eigenvalues. That is right for a diagonal matrix alone: use "
DIAGONAL += "np.linalg.eigvalsh."
WRONG_FACTORS = [
    of_eigenvalues("diagonal", DIAGONAL, 2, lambda d, rate: np.abs(1 - rate * d).max(), diagonal_of),
    of_eigenvalues("smallest-eigenvalue-alone", "Only the smallest eigenvalue was used. At a large rate the steepest "
                   "direction decides: take the largest factor of all.", 2, lambda λ, rate: abs(1 - rate * λ[0])),
    of_eigenvalues("largest-eigenvalue-alone", "Only the largest eigenvalue was used. At a small rate the flattest "
                   "direction decides: take the largest factor of all.", 2, lambda λ, rate: abs(1 - rate * λ[-1])),
    of_eigenvalues("no-absolute-value", "The largest of 1 - rate · λ was returned, without regard to those below 0. A factor "
                   "of -1.5 throws the point across the minimum and farther away: compare absolute values.", 2,
                   lambda λ, rate: (1 - rate * λ).max()),
    of_eigenvalues("smallest-factor", "The smallest of the factors was returned. In the long run the largest is what counts.",
                   2, lambda λ, rate: np.abs(1 - rate * λ).min()),
    of_eigenvalues("mean-factor", "The mean of the factors was returned. In the long run the largest alone counts.", 2,
                   lambda λ, rate: np.abs(1 - rate * λ).mean()),
    of_eigenvalues("what-is-taken-away", "This is rate · λ, what a step takes away from the distance. What it leaves is "
                   "1 - rate · λ.", 2, lambda λ, rate: np.abs(rate * λ).max()),
    of_eigenvalues("of-the-loss", "This is the square of the factor: the loss shrinks by that. The task asks for the distance.",
                   2, lambda λ, rate: np.abs(1 - rate * λ).max() ** 2),
    of_eigenvalues("of-the-best-rate", "This is the factor at the best rate, whatever the rate was. Use the one that is given.",
                   2, lambda λ, rate: best_of(λ)[1]),
    of_eigenvalues("cut-at-1", "A factor above 1 was returned as 1. How fast a descent diverges matters too.", 2,
                   lambda λ, rate: min(1.0, np.abs(1 - rate * λ).max())),
]  # fmt: skip
WRONG_RATES = [
    of_eigenvalues("diagonal", DIAGONAL, 2, best_of, diagonal_of),
    of_eigenvalues("edge-of-divergence", "2 / λmax is where descent begins to diverge: the steepest direction only swings to "
                   "and fro. The best rate is smaller.", 2, lambda λ: (2 / λ[-1], best_of(λ)[1])),
    of_eigenvalues("edge-of-divergence", "2 / λmax is where descent begins to diverge: the steepest direction only swings to "
                   "and fro. The best rate is smaller.", 2, lambda λ: (2 / λ[-1], np.abs(1 - 2 / λ[-1] * λ).max())),
    of_eigenvalues("steepest-direction-alone", "1 / λmax is best for the steepest direction alone. A larger rate helps the "
                   "flattest one, at first at no cost.", 2, lambda λ: (1 / λ[-1], np.abs(1 - λ / λ[-1]).max())),
    of_eigenvalues("steepest-direction-alone", "1 / λmax is best for the steepest direction alone. A larger rate helps the "
                   "flattest one, at first at no cost.", 2, lambda λ: (1 / λ[-1], best_of(λ)[1])),
    of_eigenvalues("mean-of-all", "1 over the mean of all eigenvalues: only the smallest and the largest count.", 2,
                   lambda λ: (1 / λ.mean(), np.abs(1 - λ / λ.mean()).max())),
    of_eigenvalues("mean-of-all", "1 over the mean of all eigenvalues: only the smallest and the largest count.", 2,
                   lambda λ: (1 / λ.mean(), best_of(λ)[1])),
    of_eigenvalues("half-the-rate", "This is half of the best rate, which is 2 divided by the sum of the two eigenvalues.", 3,
                   lambda λ: (1 / (λ[0] + λ[-1]), best_of(λ)[1])),
    of_eigenvalues("half-the-rate", "This is half of the best rate, which is 2 divided by the sum of the two eigenvalues.", 3,
                   lambda λ: (1 / (λ[0] + λ[-1]), np.abs(1 - λ / (λ[0] + λ[-1])).max())),
    of_eigenvalues("condition-number", "The second number is the condition number κ. The factor is (κ - 1) / (κ + 1).", 3,
                   lambda λ: (best_of(λ)[0], λ[-1] / λ[0])),
    of_eigenvalues("of-the-loss", "The second number is the square of the factor: the loss shrinks by that. The task asks for "
                   "the distance.", 3, lambda λ: (best_of(λ)[0], best_of(λ)[1] ** 2)),
    of_eigenvalues("with-momentum", "The second number is the factor that momentum reaches, with √κ in place of κ.", 3,
                   lambda λ: (best_of(λ)[0], best_of(np.sqrt(λ))[1])),
    of_eigenvalues("not-a-factor", "The second number is below 0: the factor is the absolute value of what is left.", 2,
                   lambda λ: (best_of(λ)[0], -best_of(λ)[1])),
    of_eigenvalues("other-order", "The two numbers are the other way round: first the rate, then the factor.", 3,
                   lambda λ: best_of(λ)[::-1]),
]  # fmt: skip
