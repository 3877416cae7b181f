"""The static picture of the microscope: a pixel of the last convolution, what it sees, and where its gradient lands."""

import numpy as np

from karpathy_course import palette
from karpathy_course.widgets.static_image import png, written


def draw(shown):
    """PNG bytes: the image, one map before the layer, one of the layer, the kernel and the gradient in the image."""
    import matplotlib.figure

    layer = max(k for k, step in enumerate(shown.steps, 1) if step.kind == "conv")
    step, given = shown.steps[layer - 1], shown.maps(layer - 1)
    size = np.where(np.isfinite(step.y), step.y, -np.inf)
    channel, row, column = (int(k) for k in np.unravel_index(size.argmax(), size.shape))
    before, image = shown.gradient(layer, channel, row, column)
    each = len(given) // step.facts["groups"]
    own = channel // (len(step.y) // step.facts["groups"]) * each
    with np.errstate(all="ignore"):
        parts = np.abs((before * given).sum((1, 2)))[own : own + each]  # what each map before it adds
    busiest, kernel = int(np.nan_to_num(parts).argmax()), step.facts["weight"][channel]
    figure = matplotlib.figure.Figure(figsize=(9.6, 2.6), dpi=110, layout="constrained")
    axes = figure.subplots(1, 5)
    where = f"[{channel}, {row}, {column}]"
    _draw(axes[0], shown.maps(0)[0], palette.VALUE, "the image")
    _outline(axes[0], image, palette.INK, "--")
    _draw(
        axes[1], given[own + busiest], palette.VALUE, f"layer {layer - 1}, map {own + busiest}" if layer > 1 else "seen"
    )
    _outline(axes[1], before, palette.INK, "-")
    _draw(axes[2], kernel[busiest], palette.VALUE, "its kernel")
    _draw(
        axes[3],
        step.y[channel],
        palette.VALUE,
        f"layer {layer}: {where} = {written(float(step.y[channel, row, column]))}",
    )
    _box(axes[3], (row, row), (column, column), palette.INK, "-")
    _draw(axes[4], image[0], palette.GRADIENT, "its gradient in the image")
    _outline(axes[4], image, palette.INK, "--")
    return png(figure, colours=192)


def _draw(axes, numbers, colour, title):
    """A map: colour above 0, grey with a dash below, a cross for what is not finite; deeper where larger."""
    from matplotlib.colors import to_rgb

    numbers = np.asarray(numbers, "float64")
    known = np.where(np.isfinite(numbers), numbers, 0)
    strength = np.clip(np.abs(known) / (np.abs(known).max() or 1), 0, 1)[..., None]
    ink = np.where(known[..., None] < 0, to_rgb(palette.MUTED), to_rgb(colour))
    axes.imshow((1 - strength) * np.array(to_rgb(palette.PAPER)) + strength * ink, interpolation="nearest")
    if max(numbers.shape) <= 16:
        rows, columns = np.nonzero(known < 0)
        axes.scatter(columns, rows, marker="_", s=300 / max(numbers.shape), color=palette.INK, lw=0.8)
    rows, columns = np.nonzero(~np.isfinite(numbers))
    axes.scatter(columns, rows, marker="x", s=200 / max(numbers.shape), color=palette.WRONG)
    axes.set_title(title, size=8, color=palette.INK)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_color(palette.RULE)


def _outline(axes, gradient, colour, style):
    """A box around all that gets a gradient, in whatever channel."""
    rows, columns = np.nonzero((gradient != 0).any(0))
    if len(rows):
        _box(axes, (rows.min(), rows.max()), (columns.min(), columns.max()), colour, style)


def _box(axes, rows, columns, colour, style):
    from matplotlib.patches import Rectangle

    corner = columns[0] - 0.5, rows[0] - 0.5
    size = columns[1] - columns[0] + 1, rows[1] - rows[0] + 1
    axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, lw=1.6, ls=style, clip_on=False))
