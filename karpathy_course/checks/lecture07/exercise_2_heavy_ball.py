"""Exercise 07.2: a ball that keeps some of its velocity, and the momentum with which it is fastest.

Rates differ from step to step, so that a velocity that holds slopes is not one that holds steps. The best pair of rate
and momentum is judged by what it does, computed from the matrix of one step.
"""

from itertools import accumulate

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_number
from karpathy_course.checks.lecture05.array_answers import judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture07.bowls import (
    at_rest,
    badly_returned,
    drawn_bowl,
    eigenvalues,
    exact,
    gradient_of,
    judge_numbers,
    near,
    shrinks,
)
from karpathy_course.checks.lecture07.exercise_1_descent import DIAGONAL, diagonal_of, hessians, of_eigenvalues

PATH, BEST = "the path", "the best momentum"


class HeavyBall(Exercise):
    id = "07.2"
    title = "A heavy ball"
    section = "Momentum"
    why = "In a bowl a hundred times steeper one way than the other, momentum needs about a tenth of the steps."
    difficulty, importance, minutes, points = 3, 4, 30, 4
    needs = ("heavy_ball", "best_momentum")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "plain_bowls"))
    properties = {PATH: 0.5, BEST: 0.5}
    leaves_out = {
        "an axis of size 0": "there is no slope without a parameter",
        "four axes": "three are there, and a function that takes any shape sees no difference",
    }
    allows = {"sorts its entries": "as texts, and rates are drawn so that this is their order now and then"}
    task = """\
**A.** Write `heavy_ball(gradient, start, rates, momentum)`: descent with momentum, and all points on its way. `rates` is
a list with the rate of each step, because a schedule may change it from step to step. At step k, as in torch's SGD:

    velocity = momentum * velocity + gradient(point)
    point = point - rates[k] * velocity

The velocity is 0 at first. `gradient` and `start` are as in 07.1. Return one array of shape
`(len(rates) + 1, *start.shape)`: the start, then the point after each step. float32 stays float32, all else is float64.
`start` and `rates` stay as they are, and so does the array that `gradient` returns: it may return the same one again, with
the next slope in it. Call `gradient` exactly once for each step.

**B.** Write `best_momentum(hessian)` for a bowl as in 07.1. Return the pair `(rate, momentum)` of plain floats with which
the ball, at the same rate in every step, comes to the minimum fastest in the long run, from almost any start. Both have to
be right to a millionth.

Along an eigenvector with eigenvalue λ, a step makes the next distance from the last one, d, and the one before it, d':
(1 + momentum - rate · λ) · d - momentum · d'. In the long run the distance is multiplied at each step by a root of
z² - (1 + momentum - rate · λ) · z + momentum = 0, the larger of the two in absolute value. While the two roots are
complex, both have the size √momentum, whatever λ is. So choose the smallest momentum for which, at some rate, no λ from the
smallest to the largest eigenvalue has two different real roots."""
    hints = (
        "A. Make the velocity before the loop, as np.zeros(start.shape, dtype), and a new one in each step: `velocity += …` "
        "on what `gradient` returned would change it. B. The roots are complex while |1 + β - rate · λ| < 2 √β, with β the "
        "momentum.",
        "B. That is (1 - √β)² < rate · λ < (1 + √β)². The smallest and the largest eigenvalue may stand at the two ends: "
        "rate · λ₁ = (1 - √β)² and rate · λₙ = (1 + √β)². Take the roots of both equations.",
        "B. √(rate · λ₁) = 1 - √β and √(rate · λₙ) = 1 + √β. Their sum gives rate = (2 / (√λ₁ + √λₙ))², their quotient √β = "
        "(√κ - 1) / (√κ + 1) with κ = λₙ / λ₁. Do not forget to square it.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(bowl, momentum, steps, rates=None):
            size = max(1.0, float(np.abs(bowl["hessian"]["numbers"]).max()))
            rates = rates or [rng.uniform(0.02, 0.3) / size for _ in range(steps)]
            cases.append({"property": PATH, **bowl, "momentum": momentum, "rates": rates})

        for k, shape in enumerate(((), (1,), (2,), (2, 2), (1, 2, 1))):
            bowl = drawn_bowl(rng, shape, rng.uniform(3, 8), "float32" if k in (1, 3) else "float64")
            add(bowl, rng.uniform(0.3, 0.95), rng.randrange(3, 6))
        whole = [rng.choice((-1, 1)) * rng.randrange(2, 9) for _ in range(3)]
        add(drawn_bowl(rng, (3,), 4.0, "int64", whole), rng.uniform(0.3, 0.95), 3)
        bowl = drawn_bowl(rng, (2, 3), 4.0)
        bowl["start"]["layout"] = "turned"
        slope = [rng.choice((-1, 1)) * rng.uniform(0.2, 2) for _ in range(6)]
        bowl["slope"] = {"shape": [2, 3], "dtype": "float64", "numbers": slope}
        add(bowl, rng.choice((0.25, 0.75)), 5, [1, 2, 0.5, rng.uniform(0.1, 0.9), 0])
        bowl = drawn_bowl(rng, (4,), 4.0, start=[0.0, 1.0, -1.0, 1.0])
        cases.append({"property": PATH, **bowl, "momentum": rng.uniform(0.3, 0.9), "rates": []})
        add(bowl, 0.0, 3)
        add(bowl, 1.0, 3)
        bowl = drawn_bowl(rng, (1,), 4.0, start=[rng.choice((-1, 1)) * rng.uniform(4, 9)]) | {"reuses_memory": True}
        steep = bowl["hessian"]["numbers"][0]
        add(
            bowl,
            rng.uniform(0.5, 0.9),
            5,
            [rng.uniform(*r) / steep for r in ((0.2, 0.4), (1.3, 1.6), (0.2, 0.4), (0.2, 0.4), (1, 1.3))],
        )  # it swings
        for far in (0, 1e-5):
            add(at_rest(bowl, far), rng.uniform(0.3, 0.9), 3)
        return cases + [{"property": BEST, "hessian": hessian} for hessian in hessians(rng)]

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of, snapshot
        from karpathy_course.checks.shared.plain_bowls import gradient_of

        if "rates" in case:
            asked = []
            make = lambda: [gradient_of(case, asked), array_of(case["start"]), list(case["rates"]), case["momentum"]]
            return answer_of(namespace["heavy_ball"], make) | {"asked": len(asked)}
        hessian = array_of(case["hessian"])
        before = snapshot(hessian)
        out = namespace["best_momentum"](hessian)
        return {"out": list(out) if isinstance(out, tuple) else out, "changed": snapshot(hessian) != before}

    @staticmethod
    def judge(case, answer):
        if case["property"] == PATH:
            return judge_path(case, answer)
        expect_dict(answer, ("out", "changed"))
        hessian = exact(case["hessian"])
        λ = eigenvalues(hessian)
        where = f"({len(hessian)} × {len(hessian)}, eigenvalues from {λ[0]:.4g} to {λ[-1]:.4g}.)"
        if answer["changed"] is not False:
            raise Mistake("changes-its-arguments", f"`hessian` has changed: it belongs to the caller. {where}")
        if type(answer["out"]) is not list or len(answer["out"]) != 2:
            message = f"best_momentum has to return a pair, (rate, momentum). {where}"
            raise Mistake("not-a-pair", message, answer["out"], hint=3)
        names = "the rate", "the momentum"
        rate, momentum = (expect_number(x, name) for x, name in zip(answer["out"], names))
        right = best_of(λ)
        if not (near(rate, right[0]) and near(momentum, right[1])) and abs(rate) < 1e9 and abs(momentum) < 1e9:
            does, best = shrinks(hessian, rate, momentum), shrinks(hessian, *right)
            if does > best:
                where = f"With your pair a step leaves {does:.6g} of the distance, at best it is {best:.6g}. {where}"
        judge_numbers((hessian,), [rate, momentum], right, names, WRONG_PAIRS, where)


def path_of(case, velocity=lambda v, g, mu: mu * v + g, move=lambda x, v, g, mu, rate: x - rate * v, ahead=False):
    """The points of the ball, as an array; the keywords are mistakes to be made. ahead: the slope is Nesterov's."""
    gradient, path, mu = gradient_of(case), [exact(case["start"])], case["momentum"]
    v = np.zeros_like(path[0])
    for rate in case["rates"]:
        x = path[-1]
        g = gradient(x - rate * mu * v if ahead else x)
        v = velocity(v, g, mu)
        path.append(move(x, v, g, mu, rate))
    return np.stack(path)


@wrong("no-momentum", "That is descent without momentum: the velocity has to stay from one step to the next.", 1)
def _plain(case):
    return path_of(case, lambda v, g, mu: g)


@wrong("uphill", "The points climb: subtract the velocity, as the task says.", 1)
def _uphill(case):
    return path_of(case, move=lambda x, v, g, mu, rate: x + rate * v)


@wrong(
    "velocity-of-steps",
    "The velocity holds steps: the rate was multiplied in before it was kept, so an earlier slope "
    "counts with its own rate. In torch's form it holds slopes, and the rate of this step multiplies them all.",
    1,
)
def _of_steps(case):
    gradient, path, v = gradient_of(case), [exact(case["start"])], 0.0
    for rate in case["rates"]:
        v = case["momentum"] * v + rate * gradient(path[-1])
        path.append(path[-1] - v)
    return np.stack(path)


@wrong(
    "running-mean",
    "The slope was multiplied by 1 - momentum, as in a running mean. Here it joins the velocity whole.",
    1,
)
def _mean(case):
    return path_of(case, lambda v, g, mu: mu * v + (1 - mu) * g)


@wrong("nesterov", "That is Nesterov's form, in which the slope counts once more. The heavy ball moves by the velocity "
       "alone.", 1)  # fmt: skip
def _nesterov(case):
    return path_of(case, move=lambda x, v, g, mu, rate: x - rate * (mu * v + g))


@wrong("nesterov", "That is Nesterov's form: the slope was taken where the velocity alone would lead. The heavy ball "
       "takes it at the point where it is.", 1)  # fmt: skip
def _ahead(case):
    return path_of(case, ahead=True)


@wrong("moves-first", "The point moved with the velocity of the step before. Make the new velocity first.", 1)
def _late(case):
    gradient, path, v = gradient_of(case), [exact(case["start"])], 0.0
    for rate in case["rates"]:
        path.append(path[-1] - rate * v)
        v = case["momentum"] * v + gradient(path[-2])
    return np.stack(path)


@wrong("never-slows", "The velocity was not multiplied by momentum: it only grows.", 1)
def _never_slows(case):
    return path_of(case, lambda v, g, mu: v + g)


@wrong("slope-slowed-too", "Momentum multiplies the new slope too. It multiplies the old velocity alone.", 1)
def _both(case):
    return path_of(case, lambda v, g, mu: mu * (v + g))


@wrong("first-rate-alone", "Every step has the rate of the first. Each has its own.", 1)
def _first_rate(case):
    return path_of(case | {"rates": case["rates"][:1] * len(case["rates"])})


@wrong("rates-ignored", "The velocity was not multiplied by the rate.", 1)
def _no_rates(case):
    return path_of(case | {"rates": [1.0] * len(case["rates"])})


@wrong("whole-numbers", "The points were cut to whole numbers: an array like `start`, if that has whole numbers, cannot "
       "hold fractions.", 1)  # fmt: skip
def _whole(case):
    return np.trunc(path_of(case))


@wrong("whole-numbers", "The points were cut to whole numbers: an array like `start`, if that has whole numbers, cannot "
       "hold fractions.", 1)  # fmt: skip
def _whole_each(case):
    return path_of(case, move=lambda x, v, g, mu, rate: np.trunc(x - rate * v))


@wrong("whole-numbers", "The velocity was cut to whole numbers: np.zeros_like(start) holds no fractions, if `start` has whole "
       "numbers.", 1)  # fmt: skip
def _whole_velocity(case):
    return path_of(case, lambda v, g, mu: np.trunc(mu * v + g))


@wrong("slope-was-changed", "`gradient` returned its own array, and your code wrote into it: the next slope was another one. "
       "Add up in an array of your own.", 1)  # fmt: skip
def _wrote(case):
    """The velocity was the slope's own array from the first step on: it doubles, and is multiplied by momentum."""
    if "slope" not in case:
        return None
    v, path = exact(case["slope"]), [exact(case["start"])]
    for k, rate in enumerate(case["rates"]):
        if k:
            v = 2 * case["momentum"] * v
        path.append(path[-1] - rate * v)
    return np.stack(path)


@wrong("slope-was-changed", "`gradient` returned its own array, and your code wrote into it: the next slope was another one. "
       "Add up in an array of your own.", 1)  # fmt: skip
def _wrote_the_rest(case):
    """g += momentum * velocity, and then it is the velocity."""
    if "slope" not in case:
        return None
    v = exact(case["slope"])
    vs = list(accumulate(range(len(case["rates"]) - 1), lambda v, _: (1 + case["momentum"]) * v, initial=v))
    steps = [rate * v for rate, v in zip(case["rates"], vs)]
    return np.stack([exact(case["start"]) - sum(steps[:k]) for k in range(len(steps) + 1)])


@wrong("slope-was-kept", "`gradient` writes each slope into the array that held the last one, and your code kept that array as "
       "the velocity. Make the velocity an array of its own.", 1)  # fmt: skip
def _kept(case):
    """In the first step the velocity is the slope's own array, which holds the second slope when it is needed."""
    if not case.get("reuses_memory"):
        return None
    v = None

    def velocity(_, g, mu):
        nonlocal v
        first, second = v is None, type(v) is str
        v = "the slope's array" if first else mu * (g if second else v) + g
        return g if first else v

    return path_of(case, velocity)


@wrong(
    "stops-where-it-climbs",
    "The velocity was set to 0 where the slope points against it. A heavy ball rolls on, uphill too.",
    1,
)
def _stops(case):
    return path_of(case, lambda v, g, mu: mu * (v * ((v * g).sum() >= 0)) + g)


@wrong(
    "stops-where-it-climbs",
    "The velocity was set to 0 where the slope points against it. A heavy ball rolls on, uphill too.",
    1,
)
def _stops_each(case):
    return path_of(case, lambda v, g, mu: mu * (v * (v * g >= 0)) + g)


AS_MANY = "len(rates) + 1 points, with the start"
WRONG_PATHS = [_plain, _uphill, *badly_returned(path_of, AS_MANY), _of_steps, _mean, _nesterov, _ahead, _late,
               _never_slows, _both, _first_rate, _no_rates, _whole, _whole_each, _whole_velocity, _wrote,
               _wrote_the_rest, _kept, _stops, _stops_each]  # fmt: skip


def judge_path(case, answer):
    expect_dict(answer, ("asked",))
    dtype = "float32" if case["start"]["dtype"] == "float32" else "float64"
    shape, steps = tuple(case["start"]["shape"]), len(case["rates"])
    rates = ", ".join(f"{rate:.3g}" for rate in case["rates"])
    where = f"(A start of shape {shape}, momentum {case['momentum']:.4g}, rates [{rates}].)"
    source = f"`start` was {case['start']['dtype']}"
    names = ["gradient", "start", "rates", "momentum"]
    judge_arrays(answer, path_of(case), dtype, WRONG_PATHS, (case,), where, names, "the path", source)
    if expect_integer(answer["asked"], "the number of slopes") != 2 * steps:
        message = (
            f"`gradient` was called {answer['asked'] / 2:g} times for {steps} steps: once for each is enough. {where}"
        )
        raise Mistake("asks-too-often", message, hint=1)


def best_of(λ):
    small, large = np.sqrt(λ[[0, -1]])
    return float((2 / (small + large)) ** 2), float(((large - small) / (large + small)) ** 2)


def of_pair(id, message, hint, model, of=eigenvalues):
    return of_eigenvalues(id, message, hint, model, of)


WRONG_PAIRS = [
    of_pair("diagonal", DIAGONAL, 2, best_of, diagonal_of),
    of_pair("not-squared", "The momentum is the square of (√κ - 1) / (√κ + 1): that is the factor by which the distance "
            "shrinks, which is √momentum.", 3, lambda λ: (best_of(λ)[0], best_of(λ)[1] ** 0.5)),
    of_pair("rate-of-plain-descent", "The rate is that of descent without momentum, 2 / (λ₁ + λₙ). With momentum a larger one "
            "is best.", 2, lambda λ: (2 / (λ[0] + λ[-1]), best_of(λ)[1])),
    of_pair("without-roots", "κ was used in place of √κ: (κ - 1) / (κ + 1) is the factor of plain descent.", 3,
            lambda λ: (best_of(λ)[0], ((λ[-1] - λ[0]) / (λ[-1] + λ[0])) ** 2)),
    of_pair("without-roots", "κ was used in place of √κ: (κ - 1) / (κ + 1) is the factor of plain descent.", 3,
            lambda λ: (2 / (λ[0] + λ[-1]), (λ[-1] - λ[0]) / (λ[-1] + λ[0]))),
    of_pair("without-roots", "The rate was made of the eigenvalues themselves: it is made of their square roots.", 3,
            lambda λ: ((2 / (λ[0] + λ[-1])) ** 2, best_of(λ)[1])),
    of_pair("rate-not-squared", "The rate is the square of 2 / (√λ₁ + √λₙ).", 3,
            lambda λ: (best_of(λ)[0] ** 0.5, best_of(λ)[1])),
    of_pair("nesterovs-pair", "That is the pair for Nesterov's form, 1 / λₙ and (√κ - 1) / (√κ + 1).", 2,
            lambda λ: (1 / λ[-1], best_of(λ)[1] ** 0.5)),
    of_pair("rate-of-the-other-form", "The rate was multiplied by 1 - momentum, as for a running mean of slopes. Here each "
            "slope joins the velocity whole.", 2, lambda λ: (best_of(λ)[0] * (1 - best_of(λ)[1]), best_of(λ)[1])),
    of_pair("rate-of-the-other-form", "The rate was divided by 1 - momentum, as for a running mean of slopes. Here each slope "
            "joins the velocity whole.", 2, lambda λ: (best_of(λ)[0] / max(1e-300, 1 - best_of(λ)[1]), best_of(λ)[1])),
    of_pair("other-order", "The two numbers are the other way round: first the rate, then the momentum.", 3,
            lambda λ: best_of(λ)[::-1]),
    of_pair("usual-momentum", "0.9 is a usual momentum, and not the best one for this bowl.", 2,
            lambda λ: (best_of(λ)[0], 0.9)),
]  # fmt: skip
