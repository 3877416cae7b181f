"""The static picture of the graph player: one screen with all its values and gradients."""

from karpathy_course import palette
from karpathy_course.widgets.static_image import curve, figure_of, png


def draw(view):
    """PNG bytes of one screen of a graph, all values and all gradients shown."""
    from matplotlib.patches import FancyBboxPatch

    width, height = view["size"]
    figure, axes = figure_of(min(11.0, max(4.0, width / 90)), width, height)
    for edge in view["edges"]:
        curve(axes, edge["points"])
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
                facecolor=palette.PANEL if node["kind"] == "group" else palette.LIT,
                edgecolor=palette.SOFT if dashed else palette.GRADIENT,
                linestyle=":" if dashed else "-",
                lw=1.1,
                zorder=2,
            )
        )
        title = " ".join(filter(None, [node["name"], node["label"]]))
        grad = node["grad_text"] or ("" if node["members"] == 1 else f"{node['members']} nodes")
        for text, place, size, colour in (
            (title, -h / 2 + 11, 9, palette.SOFT),
            (node["value_text"], 4, 12, palette.VALUE),
            (grad, h / 2 - 9, 10, palette.GRADIENT),
        ):
            axes.text(x, y + place, text, size=size * scale * 1.05, color=colour, ha="center", va="center", zorder=3)
    return png(figure)
