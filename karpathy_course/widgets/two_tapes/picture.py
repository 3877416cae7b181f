"""The static picture of Two tapes: both answers at every input, and the two graphs at one of them."""

import itertools

from karpathy_course import palette
from karpathy_course.widgets.static_image import curve, png, written


def draw(data):
    """PNG bytes: both answers at every input, and the two graphs at one where they part (or at the example)."""
    import matplotlib.figure

    runs, trace = data["runs"], data["traces"][0]
    parted = [k for k, run in enumerate(runs) if run["tape"] is not None and run["lines"] != trace["lines"]]
    at = parted[len(parted) // 2] if parted else data["example"]
    figure = matplotlib.figure.Figure(figsize=(10.6, 3.9), dpi=110)
    _draw_answers(figure.add_axes((0.055, 0.13, 0.31, 0.66)), data, trace, at)
    figure.legend(loc="upper left", bbox_to_anchor=(0.03, 1.0), ncols=2, fontsize=8, columnspacing=1.0, frameon=False)
    x, run, found = f"{data['argument']} = {written(data['inputs'][at])}", runs[at], trace["answers"][at]
    tape = data["tapes"][run["tape"]]
    scale = 6.4 / max(560.0, tape["size"][0], trace["size"][0])  # inches a unit
    for bottom, picture, values, colour, fill, title in (
        (0.62, tape, run["values"], palette.VALUE, palette.VALUED, f"the tape at {x}: {written(run['answer'])}"),
        (0.04, trace, found["values"], palette.GRADIENT, palette.LIT, f"the trace at {x}: {written(found['answer'])}"),
    ):
        room = 0.30 if picture is tape else 0.48
        fitting = min(scale, room * 3.9 / picture["size"][1])
        axes = figure.add_axes((0.39, bottom, 0.6, room))
        axes.set(xlim=(0, 0.6 * 10.6 / fitting), ylim=(room * 3.9 / fitting, 0), title=title)
        axes.title.set(size=9, ha="left", position=(0, 1))
        axes.axis("off")
        _draw_boxes(axes, picture, values, (colour, fill), 72 * fitting)
    return png(figure)


def _draw_answers(axes, data, trace, at):
    inputs, as_float = data["inputs"], lambda answer: float("nan") if answer is None else float(answer)
    tape, kinds = [as_float(run["answer"]) for run in data["runs"]], [run["tape"] for run in data["runs"]]
    barred = [x for x, found in zip(inputs, trace["answers"]) if found["failed"] is not None]
    for k, x in enumerate(barred):
        axes.axvline(x, color=palette.WRONG, lw=1, alpha=0.25, label=None if k else "a guard stops the trace")
    cuts = [0, *(k for k in range(1, len(kinds)) if kinds[k] != kinds[k - 1]), len(kinds)]  # where the graph changes
    for start, end in itertools.pairwise(cuts):
        label = None if start else "the tape, recorded anew"
        axes.plot(inputs[start:end], tape[start:end], color=palette.VALUE, lw=2, label=label)
    frozen = [as_float(found["answer"]) for found in trace["answers"]]
    axes.plot(inputs, frozen, color=palette.GRADIENT, ls="--", lw=1.6, label="the trace, guards ignored")
    axes.plot(
        [inputs[trace["at"]]], [tape[trace["at"]]], "s", color=palette.GRADIENT, ms=6, label="where it was recorded"
    )
    axes.axvline(inputs[at], color=palette.SOFT, lw=1, ls=":")
    heights = [y for y in tape if abs(y) < float("inf")] or [0.0]
    low, high = min(heights), max(heights)
    span = (high - low) or 1.0
    axes.set_ylim(low - 0.6 * span, high + 0.6 * span)
    axes.set_xlabel("; ".join(filter(None, [data["argument"], data["fixed"]])), size=9, labelpad=1)
    axes.tick_params(labelsize=8)


def _draw_boxes(axes, picture, values, colours, points):
    """points: of print a unit of the picture."""
    from matplotlib.patches import FancyBboxPatch

    edge, fill = colours
    for line in picture["edges"]:
        curve(axes, line)
    for node, value in zip(picture["nodes"], values):
        x, y, w, h = (node[key] for key in "xywh")
        guard = node["kind"] == "guard"
        style = {"boxstyle": f"round,pad=0,rounding_size={22 if guard else 9}", "ls": "--" if guard else "-"}
        colour = palette.WRONG if value is False and guard else edge
        style |= {"facecolor": fill, "edgecolor": colour, "lw": 2 if node["kind"] == "result" else 1.1, "zorder": 2}
        axes.add_patch(FancyBboxPatch((x - w / 2, y - h / 2), w, h, **style))
        text = ("holds" if value else "fails") if guard else written(value)
        size = 13 * points
        axes.text(x, y - 10, node["label"], size=size * 0.85, color=palette.INK, ha="center", va="center", zorder=3)
        axes.text(x, y + 9, text, size=size, color=colour, weight="bold", ha="center", va="center", zorder=3)
