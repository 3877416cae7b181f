"""Who runs: the course's optimisers with a rate for each surface, and the learner's own; what is neither is refused.

A racer's rate, and on a bowl the rates and momenta that are best in theory, are found here and nowhere else; the page
that has no Python computes the same from the same formulas.
"""

import inspect
from math import isfinite, sqrt

from karpathy_course import optim
from karpathy_course.tensor import Tensor

# {name: (class, its options beside the rate, letter on the map)}
COURSE = {
    "SGD": (optim.SGD, {}, "S"),
    "momentum": (optim.SGD, {"momentum": 0.9}, "M"),
    "Nesterov": (optim.SGD, {"momentum": 0.9, "nesterov": True}, "N"),
    "RMSprop": (optim.RMSprop, {}, "R"),
    "Adam": (optim.Adam, {}, "A"),
    "AdamW": (optim.AdamW, {}, "W"),
}
# Rates with which something can be seen; not the best ones. An own optimiser begins with SGD's.
RATES = {
    "quadratic": {"SGD": 0.09, "momentum": 0.03, "Nesterov": 0.03, "RMSprop": 0.05, "Adam": 0.3, "AdamW": 0.3},
    "ravine": {"SGD": 0.08, "momentum": 0.05, "Nesterov": 0.03, "RMSprop": 0.02, "Adam": 0.2, "AdamW": 0.2},
    "rosenbrock": {"SGD": 0.002, "momentum": 0.002, "Nesterov": 0.001, "RMSprop": 0.05, "Adam": 0.3, "AdamW": 0.3},
    "saddle": {"SGD": 0.1, "momentum": 0.03, "Nesterov": 0.03, "RMSprop": 0.02, "Adam": 0.1, "AdamW": 0.1},
}
MOST_OWN = 3
OWN_LETTERS = "★▲◆"


def own_racers(own):
    """{name: what runs} of a dict, of one class or function ("mine"), or of None. Raises TypeError or ValueError."""
    if own is None:
        return {}
    racers = own if isinstance(own, dict) else {"mine": own}
    for name, given in racers.items():
        if not isinstance(name, str) or not name.strip():
            raise TypeError(
                f"OptimiserRace: {name!r} as a name: expected words, as in OptimiserRace({{'mine': MyAdam}})"
            )
        if not callable(given):
            raise TypeError(
                f"OptimiserRace: {name} is of type {type(given).__name__}: expected a class that is made as "
                f"{name}(params, lr=…), or a function step(point, gradient, state)"
            )
        if name in COURSE:
            raise ValueError(f"OptimiserRace: {name!r} is the course's own optimiser: give yours another name")
    if len(racers) > MOST_OWN:
        raise ValueError(f"OptimiserRace: {len(racers)} optimisers of your own: at most {MOST_OWN} can be told apart")
    return dict(racers)


def course_racer(name):
    """What the page knows of one of the course's: its letter, its class, and all options with their defaults."""
    make, options, letter = COURSE[name]
    (group,) = make([Tensor([0.0, 0.0], requires_grad=True)], **options).param_groups
    options = {key: value for key, value in group.items() if key not in ("params", "lr")}
    return {"name": name, "letter": letter, "kind": make.__name__, "options": options}


def is_step_function(given):
    """Whether it is a function of (point, gradient, state); else it makes an optimiser of (params, lr=…)."""
    if inspect.isclass(given):
        return False
    try:
        parameters = inspect.signature(given).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) == 3


def checked_rate(name, rate):
    """The rate as a float. Raises ValueError for what is no rate."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not (isfinite(rate) and rate >= 0):
        raise ValueError(f"rate of {name}: {rate!r}: expected a number from 0 on, such as 0.1")
    return float(rate)


def best_options(name, condition):
    """Rate and momentum that bring one of the course's to the minimum of a bowl with eigenvalues 1 and condition
    soonest in the long run; None where theory names none. Lessard, Recht and Packard 2016, table 1.
    """
    if name == "SGD":
        return {"lr": 2 / (1 + condition)}
    if name == "momentum":
        root = sqrt(condition)
        return {"lr": 4 / (1 + root) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2}
    if name == "Nesterov":
        root = sqrt(3 * condition + 1)
        momentum = (root - 2) / (root + 2)
        return {"lr": 4 / (3 * condition + 1), "momentum": momentum, "nesterov": momentum > 0}
    return None
