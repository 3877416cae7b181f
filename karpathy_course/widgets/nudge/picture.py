"""The static picture of Nudge: the root against each of its first leaves, each with its tangent."""

from karpathy_course import palette
from karpathy_course.widgets.learner_graph.labels import compute, format_number
from karpathy_course.widgets.static_image import png


def draw(data, graph):
    """PNG bytes of the root against each leaf (at most four), each with its tangent."""
    import matplotlib.figure

    leaves = data["leaves"][:4]
    figure = matplotlib.figure.Figure(figsize=(2.7 * len(leaves) + 0.4, 2.5), dpi=110, layout="constrained")
    for axes, leaf in zip(figure.subplots(1, len(leaves), squeeze=False)[0], leaves):
        value, grad = graph.values[leaf["id"]], float(leaf["grad"])
        reach = max(1.0, abs(value))
        deltas = [reach * (i / 40 - 1) for i in range(81)]
        root = graph.values[-1]
        axes.plot(
            deltas,
            [_moved(data, graph, leaf["id"], value + d) for d in deltas],
            color=palette.VALUE,
            lw=2,
            label="true",
        )
        axes.plot(deltas, [root + grad * d for d in deltas], color=palette.GRADIENT, ls="--", lw=1.6, label="predicted")
        axes.plot([0], [root], "o", color=palette.INK, ms=4)
        axes.set_title(f"{leaf['name']}: gradient {format_number(grad)}", size=10)
        axes.set_xlabel(f"Δ of {leaf['name']}", size=9)
        axes.tick_params(labelsize=8)
    figure.axes[0].set_ylabel(data["name"], size=9)
    figure.axes[0].legend(fontsize=8, frameon=False)
    return png(figure)


def _moved(data, graph, leaf, number):
    """The root's value when one leaf has another number; nan where there is none."""
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
