"""The static picture of the Pass slider, for pages where no widget can run: the graph before and after all passes.

Drawn by matplotlib, which is imported only here. Counts stand in it and no times, so that it is the same everywhere.
"""

from karpathy_course import palette
from karpathy_course.widgets.static_image import png

SMALLEST = 3.5  # points; smaller letters are left out


def draw(data):
    """PNG bytes: the first stage above the last one, and the counts of every stage beside them."""
    import matplotlib.figure
    from matplotlib.patches import FancyBboxPatch

    width, height = data["size"]
    figure = matplotlib.figure.Figure(figsize=(10, 7.2), dpi=110)
    for row, stage in enumerate((data["stages"][0], data["stages"][-1])):
        axes = figure.add_axes((0.01, 0.5 - 0.49 * row, 0.68, 0.44))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        points = min(
            0.5 * 720 * 0.68 / width, 0.5 * 518 * 0.44 / height
        )  # of a letter, for each unit of a box's height
        title = f"{stage['name'] if row == 0 else 'after all passes'}: {stage['operations']} operations"
        axes.set_title(f"{title}, {stage['nodes']} nodes", size=10, color=palette.INK, loc="left")
        changed = set(stage["changed"]) if row else set()
        for a, b in stage["edges"]:
            one, other = data["nodes"][a], data["nodes"][b]
            axes.plot(
                [one["x"] + one["w"] / 2, other["x"] - other["w"] / 2],
                [one["y"], other["y"]],
                color=palette.RULE,
                lw=0.5,
                zorder=1,
            )
        for k, label, many, kind in stage["at"]:
            node = data["nodes"][k]
            colour = palette.GRADIENT if k in changed else palette.VALUE if kind == "op" else palette.SOFT
            face = palette.LIT if k in changed else palette.VALUED if kind == "op" else palette.PAPER
            box = FancyBboxPatch(
                (node["x"] - node["w"] / 2, node["y"] - node["h"] / 2), node["w"], node["h"], lw=0.6, zorder=2,
                boxstyle="round,pad=0,rounding_size=6", facecolor=face, edgecolor=colour,
            )  # fmt: skip
            axes.add_patch(box)
            words = f"{label} {many}" if data["folded"] else label
            if points * node["h"] >= SMALLEST:
                axes.text(
                    node["x"],
                    node["y"],
                    words,
                    size=points * node["h"],
                    color=palette.INK,
                    ha="center",
                    va="center",
                    zorder=3,
                )
    _counts(figure, data["stages"])
    return png(figure)


def _counts(figure, stages):
    for row, (key, title) in enumerate((("operations", "operations"), ("peak", "peak memory, bytes"))):
        axes = figure.add_axes((0.83, 0.56 - 0.49 * row, 0.14, 0.36))
        numbers = [stage[key] for stage in stages]
        axes.barh(range(len(stages)), numbers, color=[palette.SOFT] + [palette.VALUE] * (len(stages) - 1), height=0.6)
        axes.set_yticks(range(len(stages)), [stage["name"] for stage in stages], size=7.5)
        axes.set_ylim(len(stages) - 0.4, -0.6)
        axes.set_xlim(0, 1.3 * max(*numbers, 1))
        for k, number in enumerate(numbers):
            axes.text(number, k, f" {number}", va="center", size=7.5, color=palette.INK)
        axes.set_title(title, size=9, color=palette.INK, loc="left")
        axes.xaxis.set_visible(False)
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
