"""Nudge: drag any leaf of the learner's own expression; what its gradient predicts beside what happens.

The page computes the expression again at every move, by the same table of operations as Python, so it
plays without a kernel; and nothing here imports NumPy. Stable names for tests and for assistive tools:
data-testid nudge, leaf-NAME (the slider), value-NAME, delta (a number field), predicted, true, root, reset,
text-line.
"""

from karpathy_course.scalar_operations import SCALAR
from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.learner_graph.labels import format_number, plain
from karpathy_course.widgets.learner_graph.reading import GraphError, correct_gradients, read_graph, written

MOST_NODES = 400
MOST_LEAVES = 12
MOST_LETTERS = 90


def expression(graph, root):
    """The whole expression in words, ``(a × b + c) × f``; "" when it would be too long to read."""
    words, loose = [], []  # loose: what must stand in brackets inside a product or a power
    for i in range(len(graph)):
        op, operands = graph.op[i], graph.operands[i]
        if operands is None:
            words.append(graph.names[i] or format_number(graph.values[i]))
            loose.append(False)
            continue
        bracket = {"add": (), "mul": ("add", "sub", "weighted_sum")}.get(op, SCALAR)
        parts = [
            format_number(o) if isinstance(o, float) else f"({words[o]})" if loose[o] in bracket else words[o]
            for o in operands
        ]
        is_function = op not in SCALAR or SCALAR[op].is_word()
        words.append(f"{graph.sign(i)}({', '.join(words[o] for o in operands)})" if is_function else written(op, parts))
        loose.append(False if is_function else op)
        if len(words[-1]) > MOST_LETTERS:
            return ""
    return words[root]


class Nudge(Widget, folder="nudge"):
    """Nudge the leaves below root and watch the predicted change, gradient × Δ, and the true one.

    names: name -> node; with names only named leaves get a slider. Raises GraphError, one sentence,
    for a cycle, for what is no node, for more than 400 nodes, or for an operation that is unknown.
    """

    title = "Nudge"

    def __init__(self, root, names=None):
        graph = read_graph(root, names)
        if len(graph) > MOST_NODES:
            raise GraphError(f"Nudge draws up to {MOST_NODES} nodes; this expression has {len(graph)}.")
        unknown = [i for i in range(len(graph)) if graph.parents[i] and graph.operands[i] is None]
        if unknown:
            operation = graph.op[unknown[0]] or "an operation without a name"
            raise GraphError(
                f"Nudge cannot compute {operation!r} again; it knows the operations of the course's table."
            )
        gradients = correct_gradients(graph)
        leaves = [i for i in range(len(graph)) if not graph.parents[i]]
        named = [i for i in leaves if graph.names[i]]
        self.graph = graph
        super().__init__(
            data={
                "formula": expression(graph, graph.root),
                "name": graph.names[graph.root] or "the result",
                "root": graph.root,
                "leaves": [
                    {
                        "id": i,
                        "name": graph.names[i] or f"leaf {k + 1}",
                        "value": plain(graph.values[i]),
                        "grad": plain(gradients[i]),
                    }
                    for k, i in enumerate((named or leaves)[:MOST_LEAVES])
                ],
                "nodes": [
                    {"op": graph.op[i], "value": plain(graph.values[i]), "operands": self._operands(i)}
                    for i in range(len(graph))
                ],
            }
        )

    def _operands(self, i):
        """Each operand as {"node": index} or {"number": x}; None for a leaf."""
        if not self.graph.parents[i]:
            return None
        return [{"node": o} if isinstance(o, int) else {"number": o} for o in self.graph.operands[i]]

    def describe(self):
        data = self.data
        texts = [data["name"], data["formula"], format_number(self.graph.values[-1])]
        lines = [f"Nudge: {' = '.join(filter(None, texts))}"]
        lines += [
            f"  nudge {leaf['name']} = {format_number(self.graph.values[leaf['id']])} by Δ:"
            f" {data['name']} changes by about {format_number(float(leaf['grad']))} × Δ"
            for leaf in data["leaves"]
        ]
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.nudge.picture import draw

        return draw(self.data, self.graph)
