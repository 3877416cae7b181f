"""The static picture of the race: the map with all paths, and the loss of each at every step."""

import numpy as np

from karpathy_course import palette
from karpathy_course.optim.surfaces import SURFACES, quadratic
from karpathy_course.widgets.static_image import png, written

COLOURS = {
    "SGD": palette.INK, "momentum": palette.VALUE, "Nesterov": palette.VALUE, "RMSprop": palette.HELP,
    "Adam": palette.GRADIENT, "AdamW": palette.GRADIENT,
}  # fmt: skip
DASHES = {"Nesterov": "--", "AdamW": "--", "RMSprop": ":"}
OWN_DASHES = ("-", "--", ":")
LEVELS = 11
FAR = 1e30


def draw(data, outcomes):
    """PNG bytes of a race."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(9.6, 3.8), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(5, 4))
    surface = (
        quadratic(data["condition"], data["turn"]) if data["surface"] == "quadratic" else SURFACES[data["surface"]]()
    )
    _draw_map(left, surface, data)
    for racer, look in _looks(data["field"]):
        found = data["paths"][racer["name"]]
        x, y, losses = (np.array([float(v) for v in found[key]]) for key in ("x", "y", "losses"))
        left.plot(x, y, **look)
        losses = np.minimum(losses, FAR)  # matplotlib's axis takes no infinity; nan leaves a gap
        right.plot(losses, **look, label=f"{racer['name']}: {_said(*outcomes[racer['name']])}")
    first = max(float(found["losses"][0]) for found in data["paths"].values())
    right.axhline(surface.tolerance, color=palette.SOFT, lw=1, ls="--")
    lowest = min(min(float(v) for v in found["losses"]) for found in data["paths"].values())
    right.set(yscale="log", ylim=(max(min(lowest, surface.tolerance) / 3, 1e-15), max(first, surface.tolerance) * 30))
    right.set(xlabel="step", title="Loss; dashed: the tolerance")
    for axes in (left, right):
        axes.title.set_size(10)
        axes.tick_params(labelsize=8)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return png(figure, 256)


def _looks(field):
    own = 0
    for racer in field:
        name = racer["name"]
        if racer["kind"] == "own":
            yield racer, {"color": palette.GOOD, "ls": OWN_DASHES[own], "lw": 2.4}
            own += 1
        else:
            yield racer, {"color": COLOURS[name], "ls": DASHES.get(name, "-"), "lw": 1.3}


def _draw_map(axes, surface, data):
    (x0, x1), (y0, y1) = surface.bounds
    xs, ys = np.linspace(x0, x1, 160), np.linspace(y0, y1, 120)
    heights = surface.value(np.stack(np.meshgrid(xs, ys), -1))
    shares = (np.arange(1, LEVELS + 1) / (LEVELS + 1)) ** 1.8
    axes.contour(xs, ys, heights, levels=np.unique(np.quantile(heights, shares)), colors=palette.RULE, linewidths=0.8)
    axes.plot(*data["start"], "o", ms=9, mfc="none", mec=palette.INK, mew=2)
    for minimum in surface.minima:
        axes.plot(*minimum, "+", ms=9, color=palette.INK, mew=1.6)
    kappa = f", κ = {written(data['condition'])}" if surface.name == "quadratic" else ""
    axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal", xlabel="x", ylabel="y", title=f"{surface.name}{kappa}")


def _said(what, since):
    return what if what == "under way" else f"{what}, step {since}"
