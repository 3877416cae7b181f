"""What the static pictures of all widgets share, for GitHub and nbviewer, where no widget can run.

matplotlib is imported only when a picture is drawn: when notebooks are executed for storing. A picture is a PNG of
at most 100 KB, in the course's colours, on white. What a widget draws is in its folder's picture.py.
"""

import io
import itertools

from karpathy_course import palette

LARGEST_BYTES = 100_000
_TS = [i / 12 for i in range(13)]


def written(value):
    """A number or a truth value as a picture writes it."""
    from karpathy_course.widgets.learner_graph.labels import format_number

    return str(value).lower() if isinstance(value, bool) else format_number(value).replace("-", "−")


def curve(axes, points):
    """An edge of a graph, level at every point that it runs through."""
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        xs = [(1 - t) ** 3 * x0 + 3 * t * (1 - t) * middle + t**3 * x1 for t in _TS]
        ys = [(1 - t) ** 2 * (1 + 2 * t) * y0 + t**2 * (3 - 2 * t) * y1 for t in _TS]
        axes.plot(xs, ys, color=palette.RULE, lw=1.1, zorder=1)


def figure_of(inches, width, height):
    """A figure that is nothing but axes of width × height units, the origin at the top left."""
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(inches, inches * height / width), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def png(figure, colours=64):
    """The figure as PNG of so many colours; at a lower resolution if it would be too large.

    A picture hardly has more than 64, letters' soft edges included. It needs more if two of its colours are much alike.
    """
    from PIL import Image

    for dpi in (110, 80, 55, 40):
        drawn, buffer = io.BytesIO(), io.BytesIO()
        figure.savefig(drawn, format="png", dpi=dpi, facecolor=palette.PAPER)
        quantized = Image.open(drawn).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        quantized.save(buffer, format="png", optimize=True)
        if buffer.tell() <= LARGEST_BYTES:
            break
    return buffer.getvalue()
