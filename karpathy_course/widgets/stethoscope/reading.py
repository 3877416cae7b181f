"""A run of the network as plain data: for each layer a few numbers, two small histograms and a verdict, as JSON."""

import numpy as np

from karpathy_course.widgets.learner_graph.labels import plain
from karpathy_course.widgets.stethoscope.measuring import (
    DEAD,
    FACTOR,
    SATURATED,
    dead_share,
    saturated_share,
    sizes,
)

WORDS = {"x": "exploded", "d": "dead", "v": "vanished", "s": "saturated", ".": ""}


def reading(heard, start, bounds, theory, random):
    """What the page shows of a `Heard`, and `Stethoscope.reading` gives.

    start: RMS of the input. bounds: of each layer (lowest, highest), None where it is not bounded. theory: expected RMS of
    each layer, or None. random: there is no loss, a random gradient was sent back.
    Returns {"rms", "mean", "zero", "lost", "dead", "saturated": a list, a number a layer; "low", "high", "bins", "reach",
    "bars": as `sizes` says; "fate": a letter of WORDS a layer; "gradient": the same of the gradients, without mean,
    dead and saturated; "theory", "loss": numbers or None}. Numbers have five digits; inf and nan are words.
    """
    forward, backward = sizes(heard.activations), sizes(heard.gradients)
    dead = [dead_share(a) for a in heard.activations]
    saturated = [saturated_share(a, b) for a, b in zip(heard.activations, bounds)]
    rows = zip(forward["rms"], forward["lost"], dead, saturated)
    forward["fate"] = "".join(_fate(size, start, *row) for size, *row in rows)
    nearest = backward["rms"][-1]  # to the loss: the first that was there
    backward["fate"] = "".join(_of_size(size, nearest, lost) for size, lost in zip(backward["rms"], backward["lost"]))
    with np.errstate(all="ignore"):
        mean = [float(np.mean(np.asarray(a, "float64"))) for a in heard.activations]
    return {
        **_shortened(forward),
        "mean": short(mean),
        "dead": short(dead),
        "saturated": short(saturated),
        "gradient": _shortened(backward),
        "theory": None if theory is None else short(theory),
        "loss": None if random else plain(heard.loss),
    }


def _fate(size, start, lost, dead, saturated):
    of_size = _of_size(size, start, lost)
    if of_size == "x":
        return "x"
    if dead >= DEAD:
        return "d"
    return of_size if of_size == "v" or saturated is None or saturated < SATURATED else "s"


def _of_size(size, reference, lost):
    """How a size compares with the one that it should keep; no comparison where that is not finite."""
    if lost > 0 or not np.isfinite(size) or size > FACTOR * reference:
        return "x"
    return "v" if size == 0 or (np.isfinite(reference) and size < reference / FACTOR) else "."


def short(numbers):
    """Five digits of each number, as JSON can carry it."""
    return [None if x is None else plain(float(f"{x:.5g}")) for x in numbers]


def _shortened(found):
    return {name: short(value) if name in ("rms", "zero", "lost", "reach") else value for name, value in found.items()}
