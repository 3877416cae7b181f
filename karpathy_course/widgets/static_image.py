"""The static picture of a widget, for GitHub and nbviewer, where no widget can run.

matplotlib is imported only here and only when a picture is drawn: when notebooks are executed for
storing. A picture is a PNG of at most 100 KB, in the course's colours, on white.
"""

import io
import itertools

VALUE, GRAD, INK, SOFT, RULE = "#00618f", "#b34700", "#1b1b1b", "#5a5a5a", "#bdbdbd"
LIT, PANEL, VALUED, WRONG = "#fdf0e6", "#f4f5f7", "#eaf4fa", "#b3003b"
LARGEST_BYTES = 100_000


def draw_graph(view):
    """PNG bytes of one screen of a graph, all values and all gradients shown."""
    from matplotlib.patches import FancyBboxPatch

    width, height = view["size"]
    figure, axes = _figure(min(11.0, max(4.0, width / 90)), width, height)
    for edge in view["edges"]:
        _line(axes, edge["points"])
    scale = figure.get_figwidth() * 72 / width
    for node in view["nodes"]:
        x, y, w, h = (node[key] for key in "xywh")
        dashed = node["kind"] == "stub"
        axes.add_patch(
            FancyBboxPatch(
                (x - w / 2, y - h / 2),
                w,
                h,
                boxstyle="round,pad=0,rounding_size=9",
                facecolor=PANEL if node["kind"] == "group" else LIT,
                edgecolor=SOFT if dashed else GRAD,
                linestyle=":" if dashed else "-",
                lw=1.1,
                zorder=2,
            )
        )
        title = " ".join(filter(None, [node["name"], node["label"]]))
        grad = node["grad_text"] or ("" if node["members"] == 1 else f"{node['members']} nodes")
        for text, place, size, colour in (
            (title, -h / 2 + 11, 9, SOFT),
            (node["value_text"], 4, 12, VALUE),
            (grad, h / 2 - 9, 10, GRAD),
        ):
            axes.text(x, y + place, text, size=size * scale * 1.05, color=colour, ha="center", va="center", zorder=3)
    return _png(figure)


def draw_nudge(data, graph):
    """PNG bytes of the root against each leaf (at most four), each with its tangent."""
    import matplotlib.figure

    from karpathy_course.widgets.learner_graph.labels import format_number

    leaves = data["leaves"][:4]
    figure = matplotlib.figure.Figure(figsize=(2.7 * len(leaves) + 0.4, 2.5), dpi=110, layout="constrained")
    for axes, leaf in zip(figure.subplots(1, len(leaves), squeeze=False)[0], leaves):
        value, grad = graph.values[leaf["id"]], float(leaf["grad"])
        reach = max(1.0, abs(value))
        deltas = [reach * (i / 40 - 1) for i in range(81)]
        root = graph.values[-1]
        axes.plot(deltas, [_moved(data, graph, leaf["id"], value + d) for d in deltas], color=VALUE, lw=2, label="true")
        axes.plot(deltas, [root + grad * d for d in deltas], color=GRAD, ls="--", lw=1.6, label="predicted")
        axes.plot([0], [root], "o", color=INK, ms=4)
        axes.set_title(f"{leaf['name']}: gradient {format_number(grad)}", size=10)
        axes.set_xlabel(f"Δ of {leaf['name']}", size=9)
        axes.tick_params(labelsize=8)
    figure.axes[0].set_ylabel(data["name"], size=9)
    figure.axes[0].legend(fontsize=8, frameon=False)
    return _png(figure)


_TS = [i / 12 for i in range(13)]


def _moved(data, graph, leaf, number):
    """The root's value when one leaf has another number; nan where there is none."""
    from karpathy_course.widgets.learner_graph.labels import compute

    values = []
    for i, node in enumerate(data["nodes"]):
        if node["operands"] is None:
            values.append(number if i == leaf else graph.values[i])
            continue
        done = compute(graph.op[i], [o["number"] if "number" in o else values[o["node"]] for o in node["operands"]])
        if done is None:
            return float("nan")
        values.append(done[0])
    return values[-1]


def draw_tapes(data):
    """PNG bytes: both answers at every input, and the two graphs at one where they part (or at the example)."""
    import matplotlib.figure

    runs, trace = data["runs"], data["traces"][0]
    parted = [k for k, run in enumerate(runs) if run["tape"] is not None and run["lines"] != trace["lines"]]
    at = parted[len(parted) // 2] if parted else data["example"]
    figure = matplotlib.figure.Figure(figsize=(10.6, 3.9), dpi=110)
    _draw_answers(figure.add_axes((0.055, 0.13, 0.31, 0.66)), data, trace, at)
    figure.legend(loc="upper left", bbox_to_anchor=(0.03, 1.0), ncols=2, fontsize=8, columnspacing=1.0, frameon=False)
    x, run, found = f"{data['argument']} = {_written(data['inputs'][at])}", runs[at], trace["answers"][at]
    tape = data["tapes"][run["tape"]]
    scale = 6.4 / max(560.0, tape["size"][0], trace["size"][0])  # inches a unit
    for bottom, picture, values, colour, fill, title in (
        (0.62, tape, run["values"], VALUE, VALUED, f"the tape at {x}: {_written(run['answer'])}"),
        (0.04, trace, found["values"], GRAD, LIT, f"the trace at {x}: {_written(found['answer'])}"),
    ):
        room = 0.30 if picture is tape else 0.48
        fitting = min(scale, room * 3.9 / picture["size"][1])
        axes = figure.add_axes((0.39, bottom, 0.6, room))
        axes.set(xlim=(0, 0.6 * 10.6 / fitting), ylim=(room * 3.9 / fitting, 0), title=title)
        axes.title.set(size=9, ha="left", position=(0, 1))
        axes.axis("off")
        _draw_boxes(axes, picture, values, (colour, fill), 72 * fitting)
    return _png(figure)


def _draw_answers(axes, data, trace, at):
    inputs, as_float = data["inputs"], lambda answer: float("nan") if answer is None else float(answer)
    tape, kinds = [as_float(run["answer"]) for run in data["runs"]], [run["tape"] for run in data["runs"]]
    barred = [x for x, found in zip(inputs, trace["answers"]) if found["failed"] is not None]
    for k, x in enumerate(barred):
        axes.axvline(x, color=WRONG, lw=1, alpha=0.25, label=None if k else "a guard stops the trace")
    cuts = [0, *(k for k in range(1, len(kinds)) if kinds[k] != kinds[k - 1]), len(kinds)]  # where the graph changes
    for start, end in itertools.pairwise(cuts):
        label = None if start else "the tape, recorded anew"
        axes.plot(inputs[start:end], tape[start:end], color=VALUE, lw=2, label=label)
    frozen = [as_float(found["answer"]) for found in trace["answers"]]
    axes.plot(inputs, frozen, color=GRAD, ls="--", lw=1.6, label="the trace, guards ignored")
    axes.plot([inputs[trace["at"]]], [tape[trace["at"]]], "s", color=GRAD, ms=6, label="where it was recorded")
    axes.axvline(inputs[at], color=SOFT, lw=1, ls=":")
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
        _line(axes, line)
    for node, value in zip(picture["nodes"], values):
        x, y, w, h = (node[key] for key in "xywh")
        guard = node["kind"] == "guard"
        style = {"boxstyle": f"round,pad=0,rounding_size={22 if guard else 9}", "ls": "--" if guard else "-"}
        colour = WRONG if value is False and guard else edge
        style |= {"facecolor": fill, "edgecolor": colour, "lw": 2 if node["kind"] == "result" else 1.1, "zorder": 2}
        axes.add_patch(FancyBboxPatch((x - w / 2, y - h / 2), w, h, **style))
        text = ("holds" if value else "fails") if guard else _written(value)
        size = 13 * points
        axes.text(x, y - 10, node["label"], size=size * 0.85, color=INK, ha="center", va="center", zorder=3)
        axes.text(x, y + 9, text, size=size, color=colour, weight="bold", ha="center", va="center", zorder=3)


def _written(value):
    from karpathy_course.widgets.learner_graph.labels import format_number

    return str(value).lower() if isinstance(value, bool) else format_number(value).replace("-", "−")


def _line(axes, points):
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        xs = [(1 - t) ** 3 * x0 + 3 * t * (1 - t) * middle + t**3 * x1 for t in _TS]
        ys = [(1 - t) ** 2 * (1 + 2 * t) * y0 + t**2 * (3 - 2 * t) * y1 for t in _TS]
        axes.plot(xs, ys, color=RULE, lw=1.1, zorder=1)


def _figure(inches, width, height):
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(inches, inches * height / width), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def _png(figure):
    """The figure as PNG of 64 colours, which it hardly has more of; at a lower resolution if it would be too large."""
    from PIL import Image

    for dpi in (110, 80, 55, 40):
        drawn, buffer = io.BytesIO(), io.BytesIO()
        figure.savefig(drawn, format="png", dpi=dpi, facecolor="white")
        colours = Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE)
        colours.save(buffer, format="png", optimize=True)
        if buffer.tell() <= LARGEST_BYTES:
            break
    return buffer.getvalue()
