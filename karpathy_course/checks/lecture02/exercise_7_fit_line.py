"""Exercise 02.7: linear regression by gradient descent, and the step beyond which it cannot converge.

The judge has two oracles that know nothing of gradients: the normal equations for where descent must end, and the
largest eigenvalue of the Hessian (2/n) XᵀX, with X = [x 1], for the step 2/λmax at which it turns to divergence.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number, is_number
from karpathy_course.checks.shared.wrong_models import Wrong, name_mistake


def moments(xs):
    """(mean of x², mean of x): half of the Hessian is [[mean x², mean x], [mean x, 1]]."""
    return sum(x * x for x in xs) / len(xs), sum(xs) / len(xs)


def largest_eigenvalue(xs):
    """λmax of (2/n) XᵀX, in closed form for the 2 × 2 matrix."""
    square, mean = moments(xs)
    return (square + 1) + math.sqrt((square - 1) ** 2 + 4 * mean * mean)


def smallest_eigenvalue(xs):
    return 2 * (moments(xs)[0] + 1) - largest_eigenvalue(xs)


def least_squares(xs, ys):
    """[w, b] that minimise the mean of (w x + b - y)², from the normal equations."""
    square, mean = moments(xs)
    mean_y = sum(ys) / len(ys)
    w = (sum(x * y for x, y in zip(xs, ys)) / len(xs) - mean * mean_y) / (square - mean * mean)
    return [w, mean_y - w * mean]


def descend(xs, ys, rate, steps, zero=True, zero_b=None, bias=True, slope=lambda error: 2 * error, decay=0.0):
    """[w, b] after steps of gradient descent on the mean square from [0, 0].

    zero, zero_b: are the gradients of w and of b zeroed in each step. slope: of the loss, by the error. decay: the part
    of the rate that is lost on the way to the last step.
    """
    w = b = dw = db = 0.0
    for step in range(steps):
        dw, db = (0.0 if zero else dw), (0.0 if (zero if zero_b is None else zero_b) else db)
        for x, y in zip(xs, ys):
            error = slope(w * x + b - y) / len(xs)
            dw += error * x
            db += error
        now = rate * (1 - decay * step / steps)
        w, b = w - now * dw, (b - now * db if bias else b)
    return [w, b]


def in_turn(xs, ys, rate, steps):
    """[w, b] where b's step already sees the new w."""
    w = b = 0.0
    for _ in range(steps):
        w -= rate * sum(2 * (w * x + b - y) * x for x, y in zip(xs, ys)) / len(xs)
        b -= rate * sum(2 * (w * x + b - y) for x, y in zip(xs, ys)) / len(xs)
    return [w, b]


def one_point_a_step(xs, ys, rate, steps):
    w = b = 0.0
    for k in range(steps):
        x, y = xs[k % len(xs)], ys[k % len(xs)]
        w, b = w - rate * 2 * (w * x + b - y) * x, b - rate * 2 * (w * x + b - y)
    return [w, b]


def centred(xs, ys, rate, steps):
    mean = sum(xs) / len(xs)
    w, b = descend([x - mean for x in xs], ys, rate, steps)
    return [w, b - w * mean]


def point_by_point(xs, ys, rate, steps):
    """[w, b] where each point makes a step of its own."""
    w = b = 0.0
    for _ in range(steps):
        for x, y in zip(xs, ys):
            [dw, db] = [2 * (w * x + b - y) * x / len(xs), 2 * (w * x + b - y) / len(xs)]
            w, b = w - rate * dw, b - rate * db
    return [w, b]


def noisy_line(rng):
    """(xs, ys): 7 to 10 points beside a line whose slope and offset are not 0; one stands at 0, and two at 1."""
    xs = [*(round(rng.uniform(-1.2, 2), 3) for _ in range(rng.choice([3, 4, 6]))), 0, -1.0, 1, 1]
    rng.shuffle(xs)
    slope, offset = rng.choice([-2.5, -1.5, 1.5, 2.5]), rng.choice([-2.0, -1.0, 1.0, 2.0])
    return xs, [round(slope * x + offset + rng.uniform(-0.3, 0.3), 3) for x in xs]


def runs_away(xs, ys, rate, steps):
    """True when descent ends a thousand times farther out than the least-squares line lies."""
    best = least_squares(xs, ys)
    return max(abs(g - e) for g, e in zip(descend(xs, ys, rate, steps), best)) > 1000 * max(map(abs, best))


WRONGS = [
    Wrong(id, model, message, hint=3)
    for id, model, message in (
        ("swapped", lambda *given: descend(*given)[::-1], "w and b are interchanged: return [w, b]."),
        ("ascends", lambda xs, ys, r, n: descend(xs, ys, -r, n), "The step goes up the gradient: data -= rate · grad."),
        (
            "no-zero-grad",
            lambda *given: descend(*given, zero=False),
            "Gradients of earlier steps are still there: zero w.grad and b.grad before each backward.",
        ),
        (
            "sum-not-mean",
            lambda xs, ys, r, n: descend(xs, ys, r * len(xs), n),
            "The loss is the mean of the squares, not their sum.",
        ),
        (
            "half-square",
            lambda xs, ys, r, n: descend(xs, ys, r / 2, n),
            "The gradient is half of what it should be: is there a 1/2?",
        ),
        (
            "frozen-bias",
            lambda *given: descend(*given, bias=False),
            "b stays where it began: it needs its own step.",
        ),
        ("one-step", lambda xs, ys, r, n: descend(xs, ys, r, 1) if n > 2 else None, "Only one step was taken."),
        ("one-step-more", lambda xs, ys, r, n: descend(xs, ys, r, n + 1), "One step too many was taken."),
        (
            "one-step-less",
            lambda xs, ys, r, n: descend(xs, ys, r, n - 1),
            "One step too few was taken, or the line from before the last step was returned.",
        ),
        (
            "half-zeroed",
            lambda *given: descend(*given, zero_b=False),
            "b's gradient of earlier steps is still there: zero w.grad and b.grad, both.",
        ),
        (
            "half-zeroed",
            lambda *given: descend(*given, zero=False, zero_b=True),
            "w's gradient of earlier steps is still there: zero w.grad and b.grad, both.",
        ),
        (
            "stale-graph",
            lambda xs, ys, r, n: descend(xs, ys, r * n, 1),
            "Every step used the gradient of the first one: build the loss anew in each step, from today's w and b.",
        ),
        ("in-turn", in_turn, "b's step sees the w that has moved already. Find both gradients first, then move both."),
        ("one-point-a-step", one_point_a_step, "Each step looks at one point. The loss is the mean over all of them."),
        (
            "lectures-points",
            lambda xs, ys, r, n: descend(xs, ys, r * len(xs) / 20, n),
            "The sum was divided by 20, as many points as the lecture has: divide by len(xs).",
        ),
        (
            "fixed-rate",
            lambda xs, ys, r, n: descend(xs, ys, 0.15, n),
            "The rate that is given is not used: this is 0.15, the lecture's.",
        ),
        (
            "shrinking-rate",
            lambda *given: descend(*given, decay=0.9),
            "The rate shrinks from step to step. Keep the one that is given.",
        ),
        (
            "absolute-error",
            lambda *given: descend(*given, slope=lambda e: (e > 0) - (e < 0)),
            "This is descent on the mean of |w·x + b - y|: square the errors.",
        ),
        (
            "shifted",
            centred,
            "xs were shifted to their mean first. That is another descent, with another limit of the rate.",
        ),
        ("point-by-point", point_by_point, "Each point makes a step of its own: one step is for the mean over all."),
        (
            "lost-points",
            lambda xs, ys, r, n: descend(*zip(*dict(zip(xs, ys)).items()), r * len(set(xs)) / len(xs), n),
            "Two points with the same x count as one: every point is part of the mean.",
        ),
    )
]


class FitLine(Exercise):
    id = "02.7"
    title = "Linear regression is a graph"
    section = "Linear regression is a graph"
    why = "Beyond 2/λmax each step overshoots by more than it gains, in the steepest direction first."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    seconds = 15.0
    needs = ("fit_line",)
    provides = {"Value": "karpathy_course.scalar", "weighted_sum": "karpathy_course.scalar"}
    properties = {"first steps": 0.3, "least squares": 0.4, "a step too long": 0.3}
    task = """\
Write `fit_line(xs, ys, rate, steps)`: start from w = 0 and b = 0, and take `steps` steps of gradient descent, of the
given `rate`, on the mean of (w·x + b - y)² over all points. Built from Values, `backward` finds both slopes. Return
`[w, b]` as two plain numbers.

Given enough steps the line must agree with the least-squares solution to 1e-6. There is a limit to the rate: with
λmax, the largest eigenvalue of the Hessian (2/n)·XᵀX, descent converges below 2/λmax and diverges above, and the check
tries both sides: your function must show what descent does, and not rescue it."""
    hints = (
        "x, w and b make the prediction, prediction and y make the loss: one graph a step, as for the moons.",
        "total of (w * x + b - y) ** 2 over the points, divided by their number. Zero w.grad and b.grad in every step.",
        "loss.backward(), then w.data -= rate * w.grad and b.data -= rate * b.grad. Return [w.data, b.data].",
    )

    @staticmethod
    def cases(rng):
        few = lambda: [[-1.0, 0.5, 2], [round(rng.uniform(1, 3), 6), 1, round(-rng.uniform(1, 3), 6)]]
        three = dict(zip(("xs", "ys"), few())) | {"rate": 0.1, "steps": 2}
        cases = [{"property": "first steps", **three | {"steps": 0}}, {"property": "first steps", **three}]
        for property in ("first steps", "first steps", "least squares", "least squares", "a step too long"):
            while True:
                xs, ys = noisy_line(rng)
                top, bottom = largest_eigenvalue(xs), smallest_eigenvalue(xs)
                rate, steps = 0.1, 3
                if property == "least squares":  # the slowest direction shrinks by 1 - rate · λmin each step
                    rate = 1.6 / top
                    steps = math.ceil(math.log(1e-9) / math.log(max(1 - rate * bottom, rate * top - 1)))
                if property == "a step too long":
                    rate, steps = 2.2 / top, 60
                # Only λmax's direction runs away, 1.2 ** 60 = 56 000-fold: [0, 0] must not begin beside the minimum in it.
                if property != "a step too long" or runs_away(xs, ys, rate, steps):
                    break
            cases.append({"property": property, "xs": xs, "ys": ys, "rate": rate, "steps": steps})
        # A second call, on other points. Where no step is asked for, it asks for none either: so what is wrong with a
        # step is seen in a first call, whose input is shown.
        return [case | {"_again": [*few(), 0.2, 2 if case["steps"] else 0]} for case in cases]

    @staticmethod
    def probe(namespace, case):
        outs = []
        for xs, ys, rate, steps in ([case[key] for key in ("xs", "ys", "rate", "steps")], case["_again"]):
            given = list(xs), list(ys)
            outs.append(namespace["fit_line"](*given, rate, steps))
            for name, was, now in zip(("xs", "ys"), (xs, ys), given):
                if repr(now) != repr(list(was)):
                    return {"changed": name}
        same = type(outs[0]) is list and outs[0] is outs[1]
        return {"line": outs[0], "again": outs[1], "same": same}

    @staticmethod
    def judge(case, answer):
        if expect_dict(answer).get("changed") in ("xs", "ys"):
            message = (
                f"fit_line has changed the list `{answer['changed']}` that it was given: it belongs to the caller."
            )
            raise Mistake("changed-list", message)
        expect_dict(answer, ("line", "again", "same"))
        if answer["same"] is not False:
            message = "Two calls of fit_line handed back one list: the second has changed what the first returned."
            raise Mistake("one-list", message, hint=3)
        judge_line(case["property"], [case[key] for key in ("xs", "ys", "rate", "steps")], answer["line"])
        try:
            judge_line("first steps", case["_again"], answer["again"])
        except Mistake as mistake:
            xs, ys, rate, steps = case["_again"]
            call = f"fit_line({xs}, {ys}, {rate}, {steps})"
            if mistake.id != "wrong-line":
                mistake.message = f"In a second call, {call}: {mistake.message}"
                raise
            message = f"The first call is right, but a second one, {call}, is not: begin each call at w = 0 and b = 0, with new Values."
            raise Mistake("leftovers", message, mistake.got, mistake.expected, hint=1) from None


def judge_line(property, given, answer):
    """Return when this is where descent leads, or raise the Mistake that explains it."""
    xs, ys, rate, steps = given
    w, b = (expect_number(v, f"{name} of [w, b]") for name, v in zip("wb", expect_list(answer, 2)))
    got, best, right = [w, b], least_squares(xs, ys), descend(xs, ys, rate, steps)
    if property == "least squares" and near(got, best, 1e-6):
        return
    if property != "least squares" and near(got, right, 1e-9 if property == "first steps" else 1e-6):
        return
    when = f"({steps} steps of {rate:.3g} on {len(xs)} points.)"
    if property == "first steps" and near(got, best, 1e-6):
        message = "This is the least-squares line itself; so few steps of gradient descent end elsewhere."
        raise Mistake("closed-form", f"{message} {when}", got, right, hint=1)
    if property == "a step too long" and math.dist(got, best) < math.dist(right, best) / 100:
        message = "Above 2/λmax each step overshoots by more than it gains, and the line must run away: keep the rate."
        raise Mistake("does-not-diverge", f"{message} {when}", got, right, hint=3)
    if steps == 0 and not near(got, descend(xs, ys, rate, 1), 1e-6):
        message = "Where steps = 0, no step is taken, and w and b are what they begin with: 0 and 0."
        raise Mistake("start", message, got, right, hint=1)
    if got == [0, 0]:
        raise Mistake("no-update", f"The line has not moved from w = 0, b = 0. {when}", got, right, hint=3)
    same = lambda got, other: other is not None and near(got, other, 1e-6)
    name_mistake(WRONGS, given, got, "{} " + when, same, got=got, expected=right)
    digits = next((d for d in range(7) if got == [round(v, d) for v in right]), None)
    if digits is not None:
        raise Mistake(
            "rounded", f"w and b were rounded to {digits} places. Return them as they are.", got, right, hint=3
        )
    if property == "least squares" and near(got, best, 0.1):
        message = f"The line is near the least-squares line, and not yet right to 1e-6: take all the steps, do not stop early. {when}"
        raise Mistake("stops-early", message, got, best, hint=3)
    raise Mistake("wrong-line", f"The line is not the one that descent reaches. {when}", got, right, hint=3)


def near(got, right, tolerance):
    """Equal relative to the larger entry, since a diverging line has large numbers in both."""
    scale = max(1.0, *map(abs, right))
    return all(is_number(r) and close(g / scale, r / scale, tolerance) for g, r in zip(got, right))
