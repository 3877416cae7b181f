"""Graph player: the learner's own graph, values forward and gradients backward, one node at a time.

Stable names for tests and for assistive tools: data-testid graph-player, stage, play, step, back, first,
scrub, speed, count, fit, own-traversal, text-line, note; a node is ``[data-node]`` with data-name, data-value
and data-grad (set when the step that shows them is reached) and data-opens where it is a group; an edge
is ``[data-edge]`` with data-local and data-amount.
"""

from karpathy_course.widgets.base import Widget, compact_json
from karpathy_course.widgets.graph_player.folding import plan, view
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.learner_graph.observing import observe
from karpathy_course.widgets.learner_graph.reading import GraphError, read_graph

PAGE_BYTES = 250_000
UNREAD = {"order_known", "notes", "op", "value_text", "grad_text", "to", "local", "count", "amount", "waits_for"}
MAY_LACK = {"opens", "wrong", "own_backward"}


def _without(fields, data):
    """The same plain data without the fields of these names, however deep, and without the empty ones of MAY_LACK."""
    if isinstance(data, dict):
        kept = [key for key in data if key not in fields and (data[key] is not None or key not in MAY_LACK)]
        return {key: _without(fields, data[key]) for key in kept}
    return [_without(fields, item) for item in data] if isinstance(data, list) else data


def _reading_order(path):
    """From the outside in, and neuron 2 before neuron 10."""
    parts = [part.rpartition("-") for part in path.split("/") if part]
    return len(parts), [(word, int(number)) for word, _, number in parts]


class GraphPlayer(Widget, folder="graph_player"):
    """Play the graph below root: the packaged Value, a class of the learner's, or micrograd's.

    names: name -> node, for the labels; ``globals()`` will do. traversal: a function of the root, the
    learner's own backward pass, to run under observation; ``True`` for the root's own ``backward``.
    fold: a model with layers and neurons, to fold by. Raises GraphError, one sentence, for a cycle
    or for what is no node.
    """

    title = "Graph player"

    def __init__(self, root, names=None, *, traversal=None, fold=None):
        self.graph = read_graph(root, names)
        self.fold = fold
        self.observed = observe(root, self.graph, None if traversal is True else traversal) if traversal else None
        super().__init__(data={"views": {"": self.view("")}})
        self.on_msg(self._asked)

    def view(self, path):
        """One screen of the graph as plain data: "" for the whole, or the path of a group."""
        return view(self.graph, path, model=self.fold, observed=self.observed)

    def _asked(self, widget, message, buffers):
        path = str(message.get("open", ""))
        try:
            self.send({"path": path, "view": self.view(path)})
        except GraphError as error:
            self.send({"error": str(error)})

    def page_data(self):
        """The views of all groups, without what the page does not read; breadth first, as far as 250 KB hold them."""
        views, size = {}, 0
        for path in sorted(plan(self.graph, self.fold).by_path, key=_reading_order):
            opened = self.view(path)
            nodes, own = opened["nodes"], opened["own_backward"]
            opened = _without(UNREAD, opened) | {"nodes": _without(UNREAD | {"value", "grad"}, nodes)}
            if own is not None:  # what arrives at a leaf is added up on the page
                opened["own_backward"] = _without(UNREAD - {"amount"}, own)
            size += len(compact_json({path: opened}).encode())
            if views and size > PAGE_BYTES:
                break
            views[path] = opened
        return {"views": views}

    def describe(self):
        top = self.data["views"][""]
        root = top["backward"][0]
        leaves = [n for n in top["nodes"] if n["kind"] == "leaf" and n["name"]]
        shown = f", {top['visible']} shown" if top["visible"] != top["total"] else ""
        lines = [f"Graph player: {top['total']} nodes{shown}; the root is {format_number(self.graph.values[-1])}."]
        if leaves:
            gradients = ", ".join(f"{n['name']} = {n['value_text']} has gradient {n['grad_text']}" for n in leaves[:8])
            lines.append(f"{gradients}{', …' if len(leaves) > 8 else ''}.")
        if self.observed is not None:
            wrong = [step["text"] for step in top["own_backward"] if step["wrong"]]
            lines.append(f"Your own traversal: {wrong[0] if wrong else 'every gradient is right.'}")
        lines += [top["note"]] if top["note"] else []
        return "\n".join(lines) if root else lines[0]

    def picture(self):
        from karpathy_course.widgets.graph_player.picture import draw

        return draw(self.data["views"][""])
