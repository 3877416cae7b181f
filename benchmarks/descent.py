"""The race of lecture 07 from many starts: who arrives on each surface, after how many steps, and how theory compares.

24 starts, drawn from a seed over the part of the surface that the widget shows, run at once: a parameter of 24 rows is
24 descents, since every optimiser treats each number by itself. To arrive is to stay at the surface's tolerance or
below; to diverge is to end at over 100 times the first loss. Each optimiser runs with the widget's rate, and with the
best of a ladder of rates. These rows have no peer: the figure is the median of the steps to arrival, empty where fewer
than half arrive within 1000; what else is known of the starts stands beside it.
"""

from math import sqrt
from statistics import median

import numpy as np

from benchmarks.run import row
from karpathy_course.optim import SGD
from karpathy_course.optim.surfaces import SURFACES, quadratic
from karpathy_course.tensor import Tensor
from karpathy_course.widgets.optimiser_race.field import COURSE, RATES, best_options
from karpathy_course.widgets.optimiser_race.running import BLOWN

STARTS, STEPS = 24, 1000
LADDER = [10 ** (k / 6) for k in range(-24, 4)]  # rates from 0.0001 to 3.2, six a decade
CONDITIONS = (10, 100, 1000)


def starts(surface, seed=0):
    """24 points of the surface's bounds, (24, 2)."""
    low, high = np.transpose(surface.bounds)
    return np.random.default_rng(seed).uniform(low, high, (STARTS, 2))


def descend(surface, make, options, steps=STEPS):
    """The loss of each start after 0, 1, … steps, (steps + 1, 24), and how far it then is from 0, in the same shape."""
    point = Tensor(starts(surface), requires_grad=True)
    optimiser = make([point], **options)
    losses, lengths = [], []
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            losses.append(surface.value(point.data))
            lengths.append(np.hypot(*point.data.T))
            if step < steps:
                point.grad = surface.gradient(point.data)
                optimiser.step()
    return np.array(losses), np.array(lengths)


def arrivals(losses, tolerance):
    """(step from which on each start stays at the tolerance, step when it first is there, how many diverge).

    A start that never arrives has the step inf.
    """
    low = losses <= tolerance
    last = np.where(low.all(0), -1, len(losses) - 1 - (~low[::-1]).argmax(0))
    stays = np.where(last == len(losses) - 1, np.inf, last + 1)
    first = np.where(low.any(0), low.argmax(0), np.inf)
    diverged = ~(losses[-1] <= BLOWN * np.maximum(losses[0], tolerance))
    return stays, first, int(diverged.sum())


def told(what, stays, first, diverged):
    """The row of one optimiser on one surface."""
    arrived = stays[np.isfinite(stays)]
    worst = f", worst {int(max(arrived))}" if len(arrived) else ""
    touched = f", first there {median(first):g}" if np.isfinite(median(first)) else ""
    what = f"{what}: {len(arrived)} of {STARTS} arrive{worst}{touched}; {diverged} diverge"
    middle = float(median(stays))
    return row(what, middle if np.isfinite(middle) else None)


def best_rate(surface, name):
    """(rate, what `arrivals` says) of the rate of the ladder with which most arrive, and those soonest."""
    make, options, _ = COURSE[name]
    found = []
    for rate in LADDER:
        stays, first, diverged = arrivals(descend(surface, make, {**options, "lr": rate})[0], surface.tolerance)
        found.append((np.isinf(stays).sum(), median(stays), rate, (stays, first, diverged)))
    *_, rate, outcome = min(found, key=lambda each: each[:3])
    return rate, outcome


def race():
    table = []
    for name, make_surface in SURFACES.items():
        surface = make_surface(20) if make_surface is quadratic else make_surface()
        for who, (make, options, _) in COURSE.items():
            losses, _ = descend(surface, make, {**options, "lr": RATES[name][who]})
            table.append(told(f"{name}, {who} {RATES[name][who]:g}", *arrivals(losses, surface.tolerance)))
            rate, outcome = best_rate(surface, who)
            table.append(told(f"{name}, {who} {rate:.2g}, its best rate", *outcome))
    return table


THEORY = {
    "SGD": lambda k: (k - 1) / (k + 1),
    "momentum": lambda k: (sqrt(k) - 1) / (sqrt(k) + 1),
    "Nesterov": lambda k: 1 - 2 / sqrt(3 * k + 1),
}


def measured_rates(name, condition, first=500):
    """By what the distance of each start shrinks in a step, from step 500 to 1000, with the best options of theory."""
    _, lengths = descend(quadratic(condition, 30), SGD, best_options(name, condition))
    return (lengths[-1] / lengths[first]) ** (1 / (len(lengths) - 1 - first))


def theory():
    table = []
    for name, expected in THEORY.items():
        for condition in CONDITIONS:
            found, rate = measured_rates(name, condition), expected(condition)
            what = f"bowl of condition {condition}, {name} at its best: {median(found):.5f} a step, theory {rate:.5f}"
            off = float(max(abs(found / rate - 1)))
            table.append(row(f"{what}; largest distance of {STARTS} starts", off, goal="≤ 0.01"))
    for share, goal in ((0.99, "≤ 1"), (1.01, "≥ 1")):
        losses, _ = descend(quadratic(100), SGD, {"lr": share * 2 / 100}, 4000)
        ratios = losses[-1] / losses[0]
        end = max if share < 1 else min
        what = f"bowl of condition 100, SGD at {share:g} of the rate 2/κ: {end.__name__} of last loss over first"
        table.append(row(what, float(end(ratios)), goal=goal))
    return table


def rows():
    return theory() + race()
