"""Broadcast loom: two arrays are stretched to one shape along threads, and gradients are summed back along them.

The numbers are the learner's own; all of them, every place and every sentence are made here, so that the page also
plays where there is no kernel. Where there is one, other shapes and operations can be asked for. Stable names for
tests and for assistive tools: data-testid broadcast-loom, rule, stage, text-line, play, step, back, first, scrub,
count, cells (a checkbox), example, shape-a, shape-b, op, show, clear; a number is ``[data-cell]`` with
data-operand (a, b, y), data-value and data-gradient, and has the class lm-gone where it is not there.
"""

from karpathy_course.ops import OPS
from karpathy_course.widgets.base import Widget, compact_json
from karpathy_course.widgets.broadcast_loom.operands import filled, operand, typed_shape
from karpathy_course.widgets.broadcast_loom.screen import key_of, screen
from karpathy_course.widgets.broadcast_loom.sentences import NAMES

# Every row of the table that makes one number of two and has a gradient for both: {name: sign}.
OPERATIONS = {
    name: row.sign for name, row in OPS.items() if row.kind == "elementwise" and row.inputs == 2 and all(row.gradients)
}
EXAMPLES = (
    ((3, 1), (1, 4)),
    ((3, 4), (4,)),
    ((), (2, 3)),
    ((1,), (3,)),
    ((3, 1), (3, 1)),
    ((2, 3, 4), (3, 1)),
    ((2, 1, 2, 1), (3, 1, 3)),
    ((3, 4), (3,)),
    ((1,), (2, 0)),
    ((20, 1), (30,)),
)
PAGE_BYTES = 250_000


class BroadcastLoom(Widget, folder="broadcast_loom"):
    """Stretch a and b to one shape, compute y, and sum the gradients back: ``BroadcastLoom(a, b, "mul")``.

    a, b: arrays, Tensors, lists or numbers; or shapes (tuples), which are filled with small numbers from the seed.
    op: add, sub, mul, div, pow, maximum or minimum. gradient: what arrives at y, in y's shape; ones if there is none.
    unbroadcast: your own ``unbroadcast(gradient, shape)``; the loom shows its sums and marks those that are wrong.
    Shapes that clash are shown with what NumPy says of them. Raises TypeError for what is no array of numbers,
    ValueError for an unknown op, for more than 4 axes and for a gradient of another shape (ShapeError).
    """

    title = "Broadcast loom"

    def __init__(self, a, b, op="add", gradient=None, seed=0, unbroadcast=None):
        self.arrays = [operand(name, given, seed) for name, given in zip(NAMES, (a, b))]
        self.gradient = None if gradient is None else operand("gradient", gradient)
        self.op, self.seed, self.unbroadcast = checked(op), seed, unbroadcast
        first = self.loom(self.arrays, self.op)
        examples = [first["key"], *(key_of(self.op, shapes) for shapes in EXAMPLES)]
        chosen = {"examples": list(dict.fromkeys(examples)), "operations": dict(OPERATIONS)}
        super().__init__(data={"looms": {first["key"]: first}, "shown": first["key"], **chosen})
        self.on_msg(self._asked)

    def loom(self, arrays, op):
        """The data of one pair; the learner's gradient goes with the learner's own pair only."""
        own = all(x is y for x, y in zip(arrays, self.arrays))
        return screen(op, arrays, self.gradient if own else None, self.unbroadcast)

    def of_shapes(self, shapes, op):
        """The same for shapes; where one is the shape of the learner's own operand, its numbers stay."""
        own = zip(shapes, self.arrays, NAMES)
        return self.loom([x if x.shape == shape else filled(shape, name, self.seed) for shape, x, name in own], op)

    def _asked(self, widget, message, buffers):
        self.send(self.answer(message))

    def answer(self, message):
        """What a page that asks for ``{"a": "(3, 1)", "b": "4", "op": "add"}`` gets: {"loom"}, or {"error"}."""
        try:
            shapes = [typed_shape(name, str(message.get(name))) for name in NAMES]
            return {"loom": self.of_shapes(shapes, checked(message.get("op")))}
        except ValueError as error:
            return {"error": str(error)}

    def page_data(self):
        """With every example, and the learner's pair under every operation, as far as a page holds them."""
        looms = dict(self.data["looms"])
        own = [x.shape for x in self.arrays]
        wanted = [(shapes, self.op) for shapes in EXAMPLES] + [(own, op) for op in OPERATIONS]
        size = len(compact_json(self.data).encode())
        for shapes, op in wanted:
            key = key_of(op, shapes)
            if key in looms:
                continue
            loom = self.of_shapes(shapes, op)
            more = len(compact_json({key: loom}).encode())
            if size + more <= PAGE_BYTES:
                looms[key], size = loom, size + more
        listed = [key for key in self.data["examples"] if key in looms]
        return {**self.data, "looms": looms, "examples": listed}

    def describe(self):
        shown = self.data["looms"][self.data["shown"]]
        lines = [f"Broadcast loom: {shown['formula']}"]
        lines += [f"  {step['text']}" for step in shown["steps"] if step["kind"] == "axis"]
        if shown["clash"]:
            return "\n".join(lines)
        lines += [f"  {step['text']}" for step in shown["steps"] if step["kind"] in ("compute", "sum")]
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.broadcast_loom.picture import draw

        return draw(self.data["looms"][self.data["shown"]])


def checked(op):
    if op not in OPERATIONS:
        raise ValueError(f"Broadcast loom: op should be one of {', '.join(OPERATIONS)}, not {op!r}.")
    return op
