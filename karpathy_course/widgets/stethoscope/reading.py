"""A run of the network as a reading: for each layer a few numbers, two small histograms and a fate; and as JSON."""

import numpy as np

from karpathy_course.widgets.learner_graph.labels import plain
from karpathy_course.widgets.stethoscope.measuring import dead_share, fate, fate_of_size, saturated_share, sizes

LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"  # a count's share of the fullest: 0 none, z the fullest
LETTERS = {"": ".", "exploded": "x", "dead": "d", "vanished": "v", "saturated": "s"}


def reading(heard, start, bounds, theory, random):
    """What `Stethoscope.reading` gives, of a `Heard`.

    start: RMS of the input. bounds: (lowest, highest) of each layer's activation, or None. theory: the expected RMS of
    each layer, or None. random: there is no loss, a random gradient was sent back.
    Returns what `sizes` says of the activations, with lists, a number a layer: "mean", "dead", "saturated" (None where
    the activation has no limits), "fate" (words, "" where it lives); "gradient": what `sizes` says of the gradients,
    with "fate"; "theory" and "loss".
    """
    forward, backward = sizes(heard.activations), sizes(heard.gradients)
    nearest = backward["rms"][-1]  # of the layers to the loss
    backward["fate"] = [fate_of_size(size, nearest, lost) for size, lost in zip(backward["rms"], backward["lost"])]
    dead = [dead_share(a) for a in heard.activations]
    saturated = [saturated_share(a, b) for a, b in zip(heard.activations, bounds)]
    with np.errstate(all="ignore"):
        mean = [float(np.mean(np.asarray(a, "float64"))) for a in heard.activations]
    return {
        **forward,
        "mean": mean,
        "dead": dead,
        "saturated": saturated,
        "fate": [fate(*row) for row in zip(forward["rms"], [start] * len(dead), forward["lost"], dead, saturated)],
        "gradient": backward,
        "theory": theory,
        "loss": None if random else heard.loss,
    }


def packed(found):
    """A reading as JSON, small: four digits, histograms as `letters`, fates as LETTERS, null for lists of nothing."""
    data = dict(found)
    for name in ("rms", "mean", "theory", "zero", "lost", "dead", "saturated", "reach"):
        if name in data:
            data[name] = _rounded(data[name])
    data["bins"], data["bars"] = (" ".join(letters(counts) for counts in found[name]) for name in ("bins", "bars"))
    data["fate"] = "".join(LETTERS[word] for word in found["fate"])
    if "gradient" in data:
        data["gradient"] = packed(data["gradient"])
        data["loss"] = None if data["loss"] is None else _short(data["loss"])
    return data


def _rounded(numbers):
    shown = [x if x is None else _short(x) for x in numbers or []]
    return shown if any(shown) else None


def _short(number):
    found = plain(float(f"{number:.4g}"))
    return int(found) if isinstance(found, float) and found == int(found) else found


def letters(counts):
    """Counts as letters of LEVELS without the zeros around them; the first letter says how many stand before.

    What is there at all is never drawn as nothing.
    """
    steps = np.rint(counts / max(1, counts.max()) * (len(LEVELS) - 1)).astype(int)
    text = "".join(LEVELS[k] for k in np.maximum(steps, counts > 0))
    return LEVELS[len(text) - len(text.lstrip("0"))] + text.strip("0") if counts.any() else "0"
