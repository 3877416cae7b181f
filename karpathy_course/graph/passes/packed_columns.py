"""Where the single numbers of a graph stand once they are packed: columns of vectors, brought together as needed."""

from itertools import groupby

import numpy as np

from karpathy_course.graph.tracing import Traced


class Columns:
    """Which number of the old graph is which column of which vector of the new one.

    F: the table bound to the new graph's recorder. column: {old place: (vector, k)}. single: {old place: node}.
    """

    def __init__(self, graph, recorder, F):
        self.graph, self.recorder, self.F = graph, recorder, F
        self.column, self.single, self._known = {}, {}, {}

    def number(self, place):
        """The plain number at an old place, or None."""
        op, _, attributes = self.graph.code[place]
        value = attributes[0][1] if op == "constant" else None
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def one(self, place):
        """An old number on its own: a node of the new graph, or a plain number."""
        if place not in self.single:
            vector, k = self.column[place]
            self.single[place] = self.F.getitem(vector, index=(k, ...))
        return self.single[place]

    def together(self, places):
        """A vector of these old numbers, in order; the vector they stand in already where that is possible."""
        places = tuple(places)
        if places not in self._known:
            runs = [list(run) for _, run in groupby(places, key=self._home)]
            parts = [self._run(run) for run in runs]
            self._known[places] = parts[0] if len(parts) == 1 else self.F.concat(*parts, axis=0)
        return self._known[places]

    def cost(self, places):
        """How many operations `together` would add."""
        runs = [list(run) for _, run in groupby(places, key=self._home)]
        if tuple(places) in self._known:
            return 0
        return sum(self._run_cost(run) for run in runs) + (len(runs) > 1)

    def _home(self, place):
        if place in self.column:
            return self.column[place][0].place
        return "number" if self.number(place) is not None else "single"

    def _run_cost(self, run):
        home = self._home(run[0])
        if home in ("number", "single"):
            return home == "single"
        vector = self.column[run[0]][0]
        return [self.column[p][1] for p in run] != list(range(vector.shape[0]))

    def _run(self, run):
        home = self._home(run[0])
        if home == "number":
            dtype = next((d for d in self.graph.dtypes if d.startswith("float")), "float64")
            return self._constant(np.array([self.number(p) for p in run], dtype))
        if home == "single":
            return self.F.stack(*(self.one(p) for p in run), axis=0)
        vector, ks = self.column[run[0]][0], [self.column[p][1] for p in run]
        if ks == list(range(vector.shape[0])):
            return vector
        if ks == list(range(ks[0], ks[-1] + 1)):
            return self.F.getitem(vector, index=(slice(ks[0], ks[-1] + 1), ...))
        return self.F.take(vector, self._constant(np.array(ks)), axis=0)

    def _constant(self, array):
        return Traced(self.recorder, self.recorder.constant(array), None)


def one_order(graph):
    """Read a vector once, in the order in which its parts are used, instead of picking each part by itself.

    Several ``take`` of one input vector at different, constant places become slices of one ``reorder``; so do
    the gradients, which then are laid side by side and put back into order by one operation.
    """
    found = {}
    for i, (op, inputs, _) in enumerate(graph.code):
        if op == "take" and graph.code[inputs[0]][0] == "input" and graph.code[inputs[1]][0] == "constant":
            found.setdefault(inputs[0], []).append((i, graph.code[inputs[1]][2][0][1]))
        elif op == "getitem" and graph.code[inputs[0]][0] == "input" and len(graph.shapes[inputs[0]]) == 1:
            index = dict(graph.code[i][2])["index"]
            if len(index) == 2 and isinstance(index[0], (int, slice)):
                places = np.arange(graph.shapes[inputs[0]][0])[index[0]]
                found.setdefault(inputs[0], []).append((i, np.atleast_1d(places)))
    orders = {}
    for vector, picks in found.items():
        order = np.concatenate([places.reshape(-1) for _, places in picks])
        if (
            len(picks) > 1
            and len(set(order.tolist())) == len(order)
            and any(graph.code[i][0] == "take" for i, _ in picks)
        ):
            rest = np.setdiff1d(np.arange(graph.shapes[vector][0]), order)
            orders[vector] = np.concatenate([order, rest])
    if not orders:
        return graph
    out, shapes, dtypes, new, sliced = [], [], [], {}, {}

    def put(op, inputs, attributes, shape, dtype):
        out.append((op, inputs, attributes))
        shapes.append(shape)
        dtypes.append(dtype)
        return len(out) - 1

    for i, (op, inputs, attributes) in enumerate(graph.code):
        if i in sliced:
            source, start, stop = sliced[i]
            index = start if graph.shapes[i] == () else slice(start, stop)
            new[i] = put("getitem", (source,), (("index", (index, ...)),), graph.shapes[i], graph.dtypes[i])
            continue
        new[i] = put(op, tuple(new[a] for a in inputs), attributes, graph.shapes[i], graph.dtypes[i])
        if i in orders:
            order, shape = orders[i], graph.shapes[i]
            constants = [put("constant", (), (("value", a),), shape, "int64") for a in (order, np.argsort(order))]
            source = put("reorder", (new[i], *constants), (), shape, graph.dtypes[i])
            start = 0
            for k, places in found[i]:
                sliced[k] = source, start, start + places.size
                start += places.size
    inputs, outputs = [new[i] for i in graph.inputs], [None if o is None else new[o] for o in graph.outputs]
    return graph.replace(code=out, shapes=shapes, dtypes=dtypes, inputs=inputs, outputs=outputs)
