"""The static picture of Loss at birth: the first loss over the scale of the weights, and three of its scales."""

from karpathy_course import palette
from karpathy_course.widgets.static_image import png, written

SHOWN = (0.1, 1.0, 10.0)  # scales whose probabilities are drawn


def draw(data):
    """PNG bytes: the curves of all seeds with the band around ln C, and the favourites' probabilities for one seed."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(9.6, 3.4), dpi=110, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5, 4))
    _draw_curves(left.subplots(), data)
    for axes, scale in zip(right.subplots(len(SHOWN), 1, sharex=True), SHOWN):
        _draw_bars(axes, data, scale)
    axes.set_xlabel("probability of the favourite class", size=9)
    right.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2, fontsize=8, frameon=False)
    return png(figure)


def _draw_curves(axes, data):
    even, tolerance = data["even"], data["tolerance"]
    label = f"ln {data['classes']} = {written(even)}, ± 5 %"
    axes.axhspan(even * (1 - tolerance), even * (1 + tolerance), color=palette.GOOD, alpha=0.3, lw=0, label=label)
    for kind, colour, style, text in (
        ("all", palette.VALUE, "-", "all weights × …"),
        ("last", palette.GRADIENT, "--", "the last ones × …"),
    ):
        for k, found in enumerate(data["found"]):
            losses = [float(loss) for loss in found[kind]["losses"]]
            axes.plot(data["scales"], losses, color=colour, ls=style, lw=1.2, label=None if k else text)
    axes.set(xscale="log", yscale="log", xlabel="what the weights are multiplied by", title="The loss before any step")
    axes.title.set_size(10)
    axes.axvline(1, color=palette.SOFT, lw=1, ls=":")
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=8, frameon=False)


def _draw_bars(axes, data, scale):
    at = min(range(len(data["scales"])), key=lambda k: abs(data["scales"][k] - scale))
    found, width = data["found"][0]["all"], 1 / data["bins"]
    places = [(k + 0.5) * width for k in range(data["bins"])]
    right, wrong = found["right"][at], found["wrong"][at]
    axes.bar(places, right, 0.8 * width, color=palette.VALUE, label="favourite right")
    axes.bar(places, wrong, 0.8 * width, bottom=right, color=palette.GRADIENT, label="favourite wrong")
    axes.axvline(1 / data["classes"], color=palette.SOFT, lw=1, ls=":")
    loss = written(float(found["losses"][at]))
    axes.text(0.9, 0.85, f"× {written(scale)}: loss {loss}", transform=axes.transAxes, ha="right", va="top", size=8.5)
    axes.set(xlim=(0, 1))
    axes.tick_params(labelsize=7)
