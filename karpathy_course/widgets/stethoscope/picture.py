"""The static picture of the stethoscope: the strip of the network as it is given, and the RMS over its layers."""

from itertools import groupby, pairwise

import numpy as np

from karpathy_course import palette
from karpathy_course.widgets.static_image import png

HATCHES = {"exploded": "xx", "dead": "++", "vanished": "//", "saturated": "--"}


def draw(data, found):
    """PNG bytes: activations and gradients of every layer by their size, what has died grey and hatched; the RMS."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(9.6, 4.6), dpi=110, layout="constrained")
    upper, lower, line = figure.subplots(3, 1, sharex=True, height_ratios=(4, 3, 3))
    _draw_lane(upper, found, palette.VALUE, "activations by size")
    _draw_lane(lower, found["gradient"], palette.GRADIENT, "gradients by size")
    layers = np.arange(1, len(data["names"]) + 1)
    if found["theory"]:
        line.plot(layers, _numbers(found["theory"]), color=palette.MUTED, lw=3, ls="--", label="theory")
    line.plot(layers, _numbers(found["rms"]), color=palette.VALUE, lw=2, label="activations")
    line.plot(layers, _numbers(found["gradient"]["rms"]), color=palette.GRADIENT, lw=1.6, ls=":", label="gradients")
    line.set(yscale="log", xlabel="layer", ylabel="RMS", xlim=(0.5, len(layers) + 0.5))
    line.xaxis.get_major_locator().set_params(integer=True)
    line.legend(fontsize=8, frameon=False)
    for axes in (upper, lower, line):
        axes.tick_params(labelsize=8, which="both")
    return png(figure)


def _draw_lane(axes, side, colour, title):
    """One column a layer, as wide at each size as many of its numbers have it."""
    from matplotlib.collections import PolyCollection

    low, high, first = side["low"], side["high"], 1
    for fate, count in _runs(side["fate"]):
        if fate:
            span = (first - 0.5, first + count - 0.5)
            axes.axvspan(*span, facecolor=palette.PANEL, edgecolor=palette.MUTED, hatch=HATCHES[fate], lw=0)
            word = f"{fate} from {first} to {first + count - 1}" if count > 8 else fate
            middle, upright = (span[0] + span[1]) / 2, count / len(side["fate"]) < len(word) / 110
            axes.text(middle, 1.02, word, transform=axes.get_xaxis_transform(), ha="center", va="bottom", size=8,
                      rotation=90 * upright)  # fmt: skip
        first += count
    edges = np.linspace(low, high, len(side["bins"][0]) + 1)
    for shade in (colour, palette.MUTED):
        boxes = []
        for k, (counts, fate) in enumerate(zip(side["bins"], side["fate"]), 1):
            for (bottom, top), half in zip(pairwise(edges), 0.46 * counts / max(1, counts.max())):
                if half and shade == (palette.MUTED if fate else colour):
                    boxes.append([(k - half, bottom), (k + half, bottom), (k + half, top), (k - half, top)])
        axes.add_collection(PolyCollection(boxes, facecolor=shade, lw=0))
    axes.set(ylim=(low, high))
    decades = [v for v in axes.get_yticks() if v == int(v) and low <= v <= high]
    axes.set_yticks(decades, [f"$10^{{{int(v)}}}$" for v in decades])
    axes.set_title(title, size=9, loc="left", color=colour)


def _runs(fates):
    return [(fate, len(list(group))) for fate, group in groupby(fates)]


def _numbers(values):
    """For a logarithmic axis: what is not finite, or 0, is left out."""
    numbers = np.array(values)
    return np.where(np.isfinite(numbers) & (numbers > 0), numbers, np.nan)
