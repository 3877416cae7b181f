"""What the weights say that a training has left: whether it was gradient descent, or which usual mistake it was.

A few steps are repeated in plain numbers, as they have to be and with each mistake; after many, what counts is how
many points are right that the training has not seen.
"""

import math

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_numbers
from karpathy_course.checks.lecture02.moons_descent import (
    accuracy,
    clipped,
    descend,
    mean_loss,
    point_by_point,
    slope_hinge,
    with_momentum,
)
from karpathy_course.data import moons

NEEDED = 0.95
LEFT_OVER = 0.25  # the gradient of each parameter before three steps are taken


def laid(points, degrees, side):
    """The points turned about the origin against the clock, after y was multiplied by side, 1 or -1."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[c * x - s * side * y, s * x + c * side * y] for x, y in points]


def unseen(degrees, side):
    """(points, labels) on which the judge measures, laid as the case's; the probe never gets them."""
    points, labels = moons(200, 0.05, 7)
    return laid(points, degrees, side), labels


def judge_training(case, answer):
    start, points, labels = case["weights"], case["points"], case["labels"]
    steps, rate = case["steps"], case["rate"]
    expect_dict(answer, ("weights",))
    weights = expect_numbers(answer["weights"], len(start), "the list of weights after training")
    if weights == start:
        message = "train has not changed any weight: each step must move p.data of every parameter p."
        if answer.get("zeroed") is True:
            message = (
                "train has not changed any weight, and all gradients are 0: are they zeroed between backward and step?"
            )
        if case["property"] == "three steps" and mean_loss(start, points, labels) < 0.1:
            message += " (Here the loss is small from the start. `steps` steps are to be taken all the same.)"
        raise Mistake("no-update", message, hint=3)
    if case["property"] == "moons":
        reached = accuracy(weights, *unseen(*case["judge"]["laid"]))
        if reached < NEEDED:
            message = (
                f"After {steps} steps, {reached:.0%} of the points that training did not see are right; 95% is wanted."
            )
            raise Mistake("accuracy", message, reached, NEEDED, hint=2)
        return
    right = descend(start, points, labels, steps, rate)
    if near(weights, right):
        return
    n = len(points)
    for id, other, message in (
        (
            "ascends",
            descend(start, points, labels, steps, -rate),
            "The loss goes up: the step goes against the gradient, data -= rate · grad.",
        ),
        (
            "no-zero-grad",
            descend(start, points, labels, steps, rate, zero=False, left_over=LEFT_OVER),
            "The gradients of earlier steps are still there: zero them before each backward.",
        ),
        (
            "sum-not-mean",
            descend(start, points, labels, steps, rate * n),
            "The steps are as many times too long as there are points: descend on the mean.",
        ),
        (
            "left-over",
            descend(start, points, labels, steps, rate, left_over=LEFT_OVER),
            "Gradients from before train was called count in its first step: zero them before each backward.",
        ),
        ("one-step", descend(start, points, labels, 1, rate), "Only one step was taken."),
        (
            "hinge-trained",
            descend(start, points, labels, steps, rate, slope=slope_hinge),
            "This is descent on the hinge loss; cross-entropy was asked for.",
        ),
        ("fixed-rate", descend(start, points, labels, steps, 1.0), "The rate is not used."),
        ("one-step-more", descend(start, points, labels, steps + 1, rate), "One step too many was taken."),
        ("one-step-less", descend(start, points, labels, steps - 1, rate), "One step too few was taken."),
        (
            "fixed-steps",
            descend(start, points, labels, 100, rate),
            "100 steps were taken, however many were asked for.",
        ),
        (
            "no-zero-grad",
            descend(start, points, labels, steps, rate, zero=False),
            "The gradients are zeroed before the first step only: zero them before each backward.",
        ),
        (
            "shrinking-rate",
            descend(start, points, labels, steps, rate, decay=0.9),
            "The rate shrinks from step to step, as in the lecture. Keep the one that is given.",
        ),
        (
            "penalty",
            descend(start, points, labels, steps, rate, penalty=1e-4),
            "The lecture's penalty, 1e-4 times the sum of squares, is in the loss. The mean cross-entropy alone was asked for.",
        ),
        (
            "stale-graph",
            descend(start, points, labels, 1, rate * steps),
            "Every step used the gradient of the first one: build the loss anew in each step, from the weights of today.",
        ),
        (
            "point-by-point",
            point_by_point(start, points, labels, steps, rate, 1.0),
            "Each step looks at one point. One step is for the mean over all of them.",
        ),
        *(
            (
                "point-by-point",
                point_by_point(start, points, labels, steps * n, rate, share),
                "Each point makes a step of its own. One step is for the mean over all of them.",
            )
            for share in (1.0, 1 / n)
        ),
        (
            "momentum",
            with_momentum(start, points, labels, steps, rate),
            "This is descent with momentum. Plain descent moves by rate · grad alone.",
        ),
        *(
            (
                "clipped",
                clipped(start, points, labels, steps, rate, limit),
                f"The gradients were cut off at ±{limit:g}.",
            )
            for limit in (0.1, 1.0)
        ),
    ):
        if near(weights, other):
            raise Mistake(id, f"{message} (Seen after {steps} steps on {n} points.)", weights[:3], right[:3], hint=3)
    moved = [i for i, (w, s) in enumerate(zip(weights, start)) if w != s]
    if len(moved) < len(start) and [g for i, g in enumerate(right) if i not in moved and not close(g, start[i])]:
        message = (
            f"Only {len(moved)} of {len(start)} parameters have moved: each p of model.parameters() takes its step."
        )
        raise Mistake("some-parameters", message, weights[:3], right[:3], hint=3)
    message = (
        f"After {steps} steps on {n} points the weights are not those of gradient descent on the mean loss. One step: the "
        "scores of all points, the loss, zero, backward, and then p.data -= rate * p.grad for all p at once."
    )
    raise Mistake("wrong-step", message, weights[:3], right[:3], hint=3)


def near(weights, right):
    """Equal to 1e-9: rounding, and no more, may differ after three steps."""
    return all(close(w, r) for w, r in zip(weights, right))
