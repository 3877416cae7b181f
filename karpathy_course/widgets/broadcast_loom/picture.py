"""The static picture of the loom, for pages where no widget can run: both arrays stretched, their result, the sums.

Drawn by matplotlib, which is imported only here. Each cell holds its value and, below, the gradient that it receives.
"""

from textwrap import wrap

from karpathy_course import palette
from karpathy_course.widgets.broadcast_loom.sentences import written
from karpathy_course.widgets.broadcast_loom.slots import HEIGHT
from karpathy_course.widgets.static_image import figure_of, png

APART, CAPTION, TABLE = 46.0, 26.0, (230.0, 112.0)
SMALLEST_WIDTH, MOST_SUMS, LETTER = 700.0, 8, 6.8  # LETTER: how wide one of size 12 is on average


def draw(loom):
    """PNG bytes: a to the left of the result and b above it, the rule in the corner."""
    arrays = [*loom["operands"], *([loom["result"]] if loom["result"] else [])]
    sizes = [loom["grids"][array["grid"]]["size"] for array in arrays]
    beside = max(sizes[1][0], sizes[-1][0], 130.0)
    left = max(sizes[0][0], TABLE[0]) + 8
    top = max(sizes[1][1] + CAPTION, TABLE[1])
    width, height = left + APART + beside + 8, top + APART + max(sizes[0][1], sizes[-1][1], HEIGHT) + 8
    spare = max(0.0, (SMALLEST_WIDTH - width) / 2)
    sums = _sums(loom, int((width + 2 * spare - 16) / LETTER))
    height += 22 * len(sums)
    figure, axes = figure_of(min(10.0, max(6.0, (width + 2 * spare) / 95)), width + 2 * spare, height)
    points = figure.get_figwidth() * 72 / (width + 2 * spare)  # of a letter that is 1 high
    put = lambda x, y, text, size, **more: axes.text(x, y, text, size=size * points, **more)
    corners = [(left - sizes[0][0], top + APART), (left + APART, top - sizes[1][1]), (left + APART, top + APART)]
    corners = [(x + spare, y) for x, y in corners]
    names = ("a", "b", loom["formula"])
    for name, array, corner in zip(names, arrays, corners):
        _array(axes, put, loom, array, corner)
        grown = array.get("stretched", array["shape"])
        shape = array["shape"] if grown == array["shape"] else f"{array['shape']} → {grown}"
        put(corner[0], corner[1] - 10, f"{name}   {shape}", 13, color=palette.INK)
    if loom["result"] is None:
        put(*(c + d for c, d in zip(corners[2], (0, 24))), "✗ no result: the shapes clash", 13, color=palette.WRONG)
    put(left + APART / 2 + spare, top + APART / 2, loom["sign"], 17, ha="center", va="center", color=palette.INK)
    _rule(put, loom, spare)
    for line, (text, colour) in enumerate(sums):
        put(8, height - 10 - 22 * (len(sums) - 1 - line), text, 12, color=colour)
    return png(figure, colours=160)  # a gradient's red-orange and the red of a mistake are much alike


def _array(axes, put, loom, array, corner):
    from matplotlib.patches import FancyBboxPatch

    grid, width = loom["grids"][array["grid"]], loom["width"]
    place = lambda i: (grid["places"][i][0] + corner[0], grid["places"][i][1] + corner[1])
    for i, tie in enumerate(array.get("tie", ())):
        if tie is not None:
            _thread(axes, place(tie), place(i), width, i in array["beside"])
    for x, y, text in grid["labels"]:
        put(x + corner[0], y + corner[1], text, 11, color=palette.SOFT)
    for x, y in grid["folds"]:
        put(x + corner[0], y + corner[1], "…", 11, ha="center", va="center", color=palette.SOFT)
    if not grid["places"]:
        put(corner[0], corner[1] + 24, "no numbers here", 12, color=palette.SOFT)
    source = array.get("of", range(len(grid["places"])))
    received = array["parts"] if "parts" in array else array["gradients"]
    for i in range(len(grid["places"])):
        (x, y), own, got = place(i), source[i] == i, received[i]
        box = FancyBboxPatch(
            (x - width / 2, y - HEIGHT / 2), width, HEIGHT, boxstyle="round,pad=0,rounding_size=7", zorder=2, lw=1,
            facecolor=palette.VALUED if own else palette.PAPER, edgecolor=palette.VALUE, ls="-" if own else "--",
        )  # fmt: skip
        axes.add_patch(box)
        value = _text(array["values"][source[i]])
        middle = {"ha": "center", "va": "center", "zorder": 3}
        put(x, y - 8 * (got is not None), value, 13, color=palette.VALUE, weight="bold" if own else None, **middle)
        if got is not None:
            put(x, y + 10, _text(got), 12, color=palette.GRADIENT, **middle)


def _thread(axes, start, end, width, beside):
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    level = start[1] == end[1]
    out = ((HEIGHT if level else width) / 2 + 4.5) / 0.75 * beside  # three quarters of which a curve reaches
    dx, dy = (0, -out) if level else (-out, 0)
    points = [start, (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), end]
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=palette.VALUE, lw=1.2, zorder=1))


def _sums(loom, letters):
    """(text, colour) of each line below the arrays: what the orange numbers of each operand add up to, and what is
    wrong with the learner's own sum. Nothing is longer than so many letters."""
    if loom["result"] is None:
        return []
    lines = []
    for name, array in zip("ab", loom["operands"]):
        numbers = [_text(x) for x in array["grads"] if x is not None]
        more = ", …" * (len(numbers) > MOST_SUMS)
        listed = ", ".join(numbers[:MOST_SUMS]) or "no numbers"
        if numbers or not array["remark"]:
            text = f"gradient of {name}, summed along its threads, {array['shape']}:  {listed}{more}"
            lines.append((text, palette.GRADIENT))
        if array["remark"]:
            remark = f"✗ gradient of {name}: {array['remark']}"
            lines += [(line, palette.WRONG) for line in wrap(remark, letters, subsequent_indent="    ")]
    return lines


def _rule(put, loom, left):
    clash = next((place for place, axis in enumerate(loom["axes"]) if axis["clash"]), 0)  # nothing is said beyond it
    rows = [("axis", *(str(axis["axis"]) for axis in loom["axes"]))]
    for k, name in enumerate("ab"):
        cells = [
            f"{size or 1}→{axis['result']}"
            if k in axis["stretched"] and place >= clash
            else "·"
            if size is None
            else str(size)
            for place, axis in enumerate(loom["axes"])
            for size in [axis["sizes"][k]]
        ]
        rows.append((name, *cells))
    ends = ("✗" if axis["clash"] else str(axis["result"]) for axis in loom["axes"][clash:])
    rows.append(("y", *[""] * clash, *ends))
    put(left + 8, 14, "Shapes, matched from the right", 11, color=palette.SOFT)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            colour = palette.SOFT if not row else palette.WRONG if text == "✗" else palette.INK
            if "→" in text:
                colour = palette.VALUE
            put(left + 8 + 48 * column, 36 + 22 * row, text.replace("-", "−"), 12.5, color=colour)


def _text(number):
    return written(float(number) if isinstance(number, str) else number).replace("-", "−")
