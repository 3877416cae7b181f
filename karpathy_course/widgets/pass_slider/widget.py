"""Pass slider: the learner's own graph, and what one pass after the other makes of it.

Every count, place and sentence is made here, for all stages at once, so that the page also slides where there is
no kernel; where there is one, it can have the times measured again. Stable names for tests and for assistive tools:
data-testid pass-slider, stage, pass-N (a switch), play, step, back, first, scrub, count, fit, operations, statements,
peak, run, compiled (each with data-exact), outputs, measure, text-line; a node is ``[data-node]`` with data-many, and
has the class lm-gone where it is not there any more.
"""

import numpy as np

from karpathy_course.graph import checkpoint, eliminate_dead, fold_constants, fuse_elementwise, merge_common, simplify
from karpathy_course.graph.core import checked
from karpathy_course.graph.nesting import leaves_of
from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.pass_slider.screen import screen, size_text
from karpathy_course.widgets.pass_slider.stages import stages
from karpathy_course.widgets.pass_slider.timing import times

PASSES = (fold_constants, simplify, merge_common, eliminate_dead, checkpoint, fuse_elementwise)


class PassSlider(Widget, folder="pass_slider"):
    """Switch the passes on a graph on, one at a time, and see what is left of it.

    examples: what the graph is called with; drawn from a seed when there are none. passes: functions from a graph
    to a graph, in order, the learner's own among them. Raises GraphError where examples do not fit the graph
    or where a pass gives something else than a graph.
    """

    title = "Pass slider"

    def __init__(self, graph, *examples, passes=PASSES):
        given = leaves_of(graph.takes, examples) if examples else drawn(graph)
        self.inputs = [checked(graph, k, value) for k, value in enumerate(given)]
        self.stages = stages(graph, passes, self.inputs)
        shown = screen(self.stages)
        shown["times"] = times(self.stages, self.inputs)
        super().__init__(data=shown)
        self.on_msg(self._asked)

    def _asked(self, widget, message, buffers):
        if message.get("measure"):
            self.send({"times": times(self.stages, self.inputs)})

    def describe(self):
        first, last = self.stages[0], self.stages[-1]
        rows = [("stage", "operations", "statements", "peak memory", "outputs")]
        for stage, data in zip(self.stages, self.data["stages"]):
            outputs = {True: "same bits", False: f"NOT the same: {stage.differs}"}
            rows.append(
                (stage.name, str(data["operations"]), str(data["statements"]), size_text(data["peak"]),
                 outputs.get(stage.same, "not tried"))
            )  # fmt: skip
        widths = [max(len(row[k]) for row in rows) for k in range(5)]
        lines = [f"Pass slider: {first.operations} operations, {last.operations} after {len(self.stages) - 1} passes."]
        for row in rows:
            cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:4], widths[1:4])), row[4]]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.pass_slider.picture import draw

        return draw(self.data)


def drawn(graph):
    """An input of each shape and dtype, drawn from a normal distribution with a fixed seed."""
    rng = np.random.default_rng(0)
    values = []
    for place in graph.inputs:
        value = rng.normal(size=graph.shapes[place])
        values.append(np.asarray(value).astype(graph.dtypes[place]))
    return values
