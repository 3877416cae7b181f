"""The static picture of the training dashboard: the loss of every step, and each epoch's numbers."""

from karpathy_course import palette
from karpathy_course.widgets.static_image import png, written


def draw(state):
    """PNG bytes of a run so far; of the plain axes where no step was taken."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(9.6, 3.4), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(5, 4))
    _draw_steps(left, state)
    _draw_epochs(right, state)
    return png(figure)


def points(curve, first):
    """(x, least, largest, mean) of the bins of a curve that hold finite numbers; x: the middle of a bin."""
    found = []
    for k, given in enumerate(curve["bins"]):
        least, largest, mean = given[:3] if isinstance(given, list) else (given,) * 3
        if mean is not None:
            found.append((first + (k + 0.5) * curve["width"] - 0.5, least, largest, mean))
    return list(zip(*found)) or [(), (), (), ()]


def _draw_steps(axes, state):
    first = state["first"] or 1
    x, least, largest, mean = points(state["curves"]["loss"], first)
    axes.fill_between(x, least, largest, color=palette.VALUE, alpha=0.2, lw=0)
    axes.plot(x, mean, color=palette.VALUE, lw=0.8, alpha=0.6, label="each batch")
    smooth = points(state["curves"]["smoothed"], first)
    axes.plot(smooth[0], smooth[3], color=palette.VALUE, lw=2, label="smoothed")
    for k, (step, before, after) in enumerate(state["changes"]):
        label = None if k else "learning rate changed"
        axes.axvline(step, color=palette.HELP, lw=1.2, ls="--", label=label)
        text = f" {written(before)} → {written(after)}"
        axes.text(step, 0.97, text, transform=axes.get_xaxis_transform(), va="top", size=8, color=palette.HELP)
    number, total = state["number"], state["total"]
    title = f"Step {number} of {total}: {state['status']}" if total else "No step yet"
    axes.set_title(title, size=10)
    axes.set(xlabel="step", ylabel="loss")
    axes.tick_params(labelsize=8)
    if len(x):
        axes.legend(fontsize=8, frameon=False)


def _draw_epochs(axes, state):
    first = state["first_epoch"] or 1
    for kind, colour, style in (("train", palette.VALUE, "-"), ("validation", palette.GRADIENT, "--")):
        if (curve := state["epochs"].get(f"{kind} loss")) is not None:
            x, _, _, mean = points(curve, first)
            label = {"train": "training", "validation": "validation"}[kind]
            axes.plot(x, mean, color=colour, ls=style, lw=1.8, marker="o" if len(x) <= 30 else "", ms=3, label=label)
    axes.set_title("The loss of each epoch", size=10)
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(labelsize=8)
    if axes.lines:
        axes.legend(fontsize=8, frameon=False)
