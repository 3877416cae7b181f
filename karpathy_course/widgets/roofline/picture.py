"""The static picture of the roofline: the roofs and the points of every size, and one size's engines as bars."""

import numpy as np

from karpathy_course import palette
from karpathy_course.widgets.static_image import png, written

GIGA = 1e9
MARKERS = {
    "loops": "o", "im2col": "s", "course": "^", "torch": "D", "cuda": "v", "own-0": "*", "own-1": "P", "own-2": "p",
}  # fmt: skip


def draw(data):
    """PNG bytes, of the pass that the page begins with."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(10.4, 4.3), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    which = data["passes"][0]
    _draw_roofs(left, data, which)
    _draw_bars(right, data, which)
    figure.legend(fontsize=7.5, frameon=False, loc="outside lower center", ncols=5)
    return png(figure)


def _draw_roofs(axes, data, which):
    intensities = {k: of[which]["flops"] / of[which]["bytes"] for k, of in enumerate(data["work"]) if which in of}
    ridges = [roof["flops"] / roof["bytes"] for roof in data["roofs"].values()]
    low, high = min(intensities.values()) / 3, 8 * max(*intensities.values(), *ridges)
    x = np.geomspace(low, high, 200)
    for name, roof in data["roofs"].items():
        y = np.minimum(roof["flops"], x * roof["bytes"]) / GIGA
        look = {"color": palette.MUTED, "ls": "--", "lw": 1.5} if name == "cuda" else {"color": palette.INK, "lw": 2.2}
        label = f"{'CUDA' if name == 'cuda' else 'CPU'}: {roof['slope']}, {roof['ceiling']}"
        axes.plot(x, y, label=label, **look)
    for k, engine in enumerate(data["engines"]):
        found = [(intensities[s], data["cells"][s][which][k]) for s in intensities]
        found = sorted((at, cell["rate"] / GIGA, cell["state"]) for at, cell in found if "rate" in cell)
        if found:
            x, y, states = zip(*found)
            look = {"mfc": palette.PAPER, "color": palette.MUTED} if "stored" in states else {"color": palette.VALUE}
            axes.plot(x, y, marker=MARKERS[engine["kind"]], ms=6, lw=0.7, label=engine["name"], **look)
    axes.set(xscale="log", yscale="log", xlabel="arithmetic intensity: FLOP a byte", title=f"GFLOP/s, {which}")
    axes.title.set_size(10)
    axes.tick_params(labelsize=8)
    axes.grid(color=palette.RULE, lw=0.4)


def _draw_bars(axes, data, which):
    size = data["first"]["size"]
    if which not in data["cells"][size]:
        size = next(k for k, of in enumerate(data["cells"]) if which in of)
    cells = data["cells"][size][which]
    there = [cell[what] / GIGA for cell in cells for what in ("rate", "roof") if what in cell]
    low, high = 10 ** np.floor(np.log10(min(there)) - 0.1), 2 * max(there)
    for k, cell in enumerate(cells):
        y = len(cells) - 1 - k
        if "rate" not in cell:
            axes.text(low * 1.2, y, cell["number"], va="center", fontsize=8, color=palette.SOFT)
            continue
        stored = cell["state"] == "stored"
        look = {"color": palette.PAPER, "edgecolor": palette.MUTED, "hatch": "////"} if stored else {}
        axes.barh(y, cell["rate"] / GIGA - low, left=low, height=0.62, **(look or {"color": palette.VALUE}))
        axes.plot(2 * [cell["roof"] / GIGA], [y - 0.42, y + 0.42], color=palette.INK, lw=2.2)
        words = f"{cell['number']}\n{cell['small']}"
        axes.text(1.02, y, words, va="center", fontsize=7.5, transform=axes.get_yaxis_transform())
    names = [engine["name"] for engine in data["engines"]]
    axes.set_yticks(range(len(cells)), names[::-1])
    axes.set(xscale="log", xlim=(low, high), ylim=(-0.6, len(cells) - 0.4), xlabel="GFLOP/s; upright line: the roof")
    axes.set_title(f"{data['sizes'][size]}, {which}, {written(data['work'][size][which]['images'])} images", size=10)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
