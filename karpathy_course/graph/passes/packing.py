"""Packing, or horizontal fusion: numbers that are treated alike become columns of one vector.

Neurons that see the same inputs are one product of a vector and a matrix; what is then done to each of them is
done to the vector. It is how a thousand scalar operations become the dozen that a person would have written.
"""

from collections import namedtuple
from functools import partial

from karpathy_course.graph.core import rebuilt, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.passes.eliminating_dead import eliminate_dead
from karpathy_course.graph.passes.packed_columns import Columns, one_order
from karpathy_course.graph.tracing import Recorder, Traced
from karpathy_course.ops import OPS, Bound

# One thing to compute: kind "dot" (products of (x, weight) plus bias), "sum" (bias only), "op", "column", "other".
Unit = namedtuple("Unit", "kind root needs products bias", defaults=((), ()))
WORTH = 8  # scalar operations that a product of matrices must replace, with what it takes to bring them together


@takes_a_graph
def pack(graph):
    """Fewer, wider operations: sums of products become matrix products, equal operations side by side vectors.

    Legal because addition is associative up to rounding: sums are added up in another order, so values agree
    to rounding, not to the bit. Works on the single numbers of a graph of any shape, at one level of depth at
    a time, so that nothing in a group can need another member; a product of matrices only ever multiplies what
    was multiplied before. Apply it before `batch` and `grad`: the backward then comes packed from the rules of
    matmul. Parts of an input vector are read in one go. A graph that would not get smaller is returned as it is.
    An input that only a guard needs may be packed with others: its gradient is then zeros instead of None.
    """
    graph = eliminate_dead(graph)  # packed with what is alive, dead code would live on
    units = _units(graph)
    levels = _levels(graph, units)
    units = _units(graph, dissolve=_not_worth(levels))
    levels = _levels(graph, units)
    recorder = Recorder(evaluating=False)
    F = Bound(lambda name: partial(recorder.apply, name))
    columns = Columns(graph, recorder, F)
    for level in levels:
        _others(graph, columns, [u for u in level if u.kind in ("other", "column")])
        _dots(columns, [u for u in level if u.kind == "dot"])
        for u in (u for u in level if u.kind == "sum"):
            columns.single[u.root] = F.sum(columns.together(u.bias))
        _alike(graph, columns, [u for u in level if u.kind == "op"])
    outputs = [None if o is None else _node(columns, o) for o in graph.outputs]
    packed = one_order(eliminate_dead(rebuilt(graph, recorder, outputs)))
    return packed if packed.operations() < graph.operations() else graph


def _node(columns, place):
    one = columns.one(place)
    return one.place if isinstance(one, Traced) else columns.recorder.constant(one)


def _units(graph, dissolve=()):
    """What there is to compute, in order. Sums in ``dissolve`` are left as the additions they are."""
    code, shapes, uses = graph.code, graph.shapes, [0] * len(graph)
    for _, inputs, _ in code:
        for a in inputs:
            uses[a] += 1
    for o in graph.outputs:
        if o is not None:
            uses[o] += 2
    inside, plain, sums = set(), set(), {}
    for i in range(len(code) - 1, -1, -1):
        if code[i][0] == "add" and shapes[i] == () and i not in inside and i not in plain:
            unit, parts = _sum_unit(graph, i, uses)
            if unit is not None and i in dissolve:
                plain |= parts
            elif unit is not None:
                sums[i] = unit
                inside |= parts
    units = []
    for i, (op, inputs, attributes) in enumerate(code):
        if i in inside:
            continue
        if i in sums:
            units.append(sums[i])
        elif op == "getitem" and len(shapes[inputs[0]]) == 1 and type(dict(attributes)["index"][0]) is int:
            units.append(Unit("column", i, inputs))
        elif op in OPS and OPS[op].kind == "elementwise" and shapes[i] == () and all(shapes[a] == () for a in inputs):
            units.append(Unit("op", i, inputs))
        else:
            units.append(Unit("other", i, inputs))
    return units


def _sum_unit(graph, root, uses):
    """(the unit of a tree of additions, the places it swallows), or (None, ()) where the tree is too small."""
    code, shapes = graph.code, graph.shapes
    leaves, todo, adds = [], list(code[root][1][::-1]), set()
    while todo:
        a = todo.pop()
        if code[a][0] == "add" and shapes[a] == () and uses[a] == 1:
            adds.add(a)
            todo += code[a][1][::-1]
        else:
            leaves.append(a)
    if any(shapes[a] != () for a in leaves):
        return None, ()
    products = [a for a in leaves if code[a][0] == "mul" and uses[a] == 1 and all(shapes[b] == () for b in code[a][1])]
    numbers = [a for a in leaves if code[a][0] == "constant"]
    zeros = {a for a in numbers if isinstance(code[a][2][0][1], (int, float)) and code[a][2][0][1] == 0}
    bias = tuple(a for a in leaves if a not in set(products) and a not in zeros)
    if len(products) >= 2:
        factors = tuple(code[a][1] for a in products)
        needs = tuple(x for pair in factors for x in pair) + bias
        return Unit("dot", root, needs, factors, bias), adds | set(products)
    rest = tuple(a for a in leaves if a not in zeros)
    return (Unit("sum", root, rest, (), rest), adds) if len(rest) >= 4 else (None, ())


def _levels(graph, units):
    """Units by depth: the first level needs nothing, each other one only what stands in levels before it."""
    depth, levels = {}, []
    for unit in units:
        below = max((depth[a] for a in unit.needs), default=-1)
        depth[unit.root] = below if unit.kind == "column" else below + 1
        levels += [[] for _ in range(depth[unit.root] + 1 - len(levels))]
        levels[depth[unit.root]].append(unit)
    return [_oriented(level) for level in levels]


def _oriented(level):
    """The level with its products as (x, weight): x is the factor that more of its sums share."""
    shared = {}  # in how many sums each factor stands
    for unit in level:
        for a in {a for pair in unit.products for a in pair}:
            shared[a] = shared.get(a, 0) + 1
    ordered = lambda pairs: tuple((a, b) if shared[a] > shared[b] else (b, a) for a, b in pairs)
    return [unit._replace(products=ordered(unit.products)) for unit in level]


def _groups(level):
    """The dot units of a level by the set of what they share, and by how many terms stand beside the products."""
    groups = {}
    for unit in level:
        if unit.kind == "dot":
            xs = [x for x, _ in unit.products]
            key = frozenset(xs) if len(set(xs)) == len(xs) else unit.root
            groups.setdefault((key, len(unit.bias)), []).append(unit)
    return groups


def _not_worth(levels):
    """The roots of sums that would cost as much packed as they do now."""
    return {
        unit.root
        for level in levels
        for (key, _), group in _groups(level).items()
        for unit in group
        if not isinstance(key, frozenset) or len(group) * (2 * len(key) + len(unit.bias) - 1) < WORTH
    }


def _others(graph, columns, units):
    """What is no single number, or no operation on single numbers, as it was."""
    recorder = columns.recorder
    for unit in units:
        i = unit.root
        op, inputs, attributes = graph.code[i]
        if unit.kind == "column":
            vector = columns.one(inputs[0])
            columns.column[i] = vector, dict(attributes)["index"][0] % vector.shape[0]
        elif op == "input":
            columns.single[i] = Traced(recorder, recorder.input(graph.shapes[i], graph.dtypes[i]), None)
        elif op == "constant":
            number = columns.number(i)
            place = None if number is not None else recorder.constant(attributes[0][1], graph.dtypes[i])
            columns.single[i] = number if place is None else Traced(recorder, place, None)
        elif op == "guard":
            recorder.put("guard", (_node(columns, inputs[0]),), attributes, (), "bool")
        elif op == "fused":
            places = tuple(_node(columns, a) for a in inputs)
            place = recorder.put(op, places, attributes, graph.shapes[i], graph.dtypes[i])
            columns.single[i] = Traced(recorder, place, None)
        else:
            columns.single[i] = recorder.apply(op, *(columns.one(a) for a in inputs), **run_attributes(attributes))


def _dots(columns, units):
    """Each group of sums that share their x as one ``x @ weights + bias``."""
    F = columns.F
    for (_, terms), group in _groups(units).items():
        xs = _ordered(columns, [x for x, _ in group[0].products])
        weights = [dict(unit.products) for unit in group]
        x, n, m = columns.together(xs), len(xs), len(group)
        matrix = columns.together([w[a] for a in xs for w in weights])
        if m == 1 and terms == 0:
            columns.single[group[0].root] = F.sum(x * matrix)
            continue
        out = F.reshape(F.matmul(F.reshape(x, shape=(1, n)), F.reshape(matrix, shape=(n, m))), shape=(m,))
        for k in range(terms):
            out = out + columns.together([unit.bias[k] for unit in group])
        if m == 1:
            columns.single[group[0].root] = F.reshape(out, shape=())
        else:
            columns.column |= {unit.root: (out, j) for j, unit in enumerate(group)}


def _ordered(columns, xs):
    """In the order of the vector they stand in, where they stand in one."""
    homes = {columns.column[x][0].place for x in xs if x in columns.column}
    if len(homes) == 1 and all(x in columns.column for x in xs):
        return sorted(xs, key=lambda x: columns.column[x][1])
    return xs


def _alike(graph, columns, units):
    """Equal operations of one level on vectors, where that takes fewer operations than one by one."""
    uses, count = {}, {}
    for unit in units:
        op, inputs, _ = graph.code[unit.root]
        count[op] = count.get(op, 0) + 1
        for k, a in enumerate(inputs):
            uses[op, k, a] = uses.get((op, k, a), 0) + 1

    def kind(op, k, a):
        if columns.number(a) is not None:
            return "number", repr(columns.number(a))
        if uses[op, k, a] > 1 and count[op] < 2 * uses[op, k, a]:
            return "same", a
        return ("vector", columns.column[a][0].place) if a in columns.column else ("single", None)

    groups = {}
    for unit in units:
        op, inputs, attributes = graph.code[unit.root]
        key = op, repr(attributes), tuple(kind(op, k, a) for k, a in enumerate(inputs))
        groups.setdefault(key, []).append(unit.root)
    for (op, _, kinds), roots in groups.items():
        attributes = run_attributes(graph.code[roots[0]][2])
        lists = [[graph.code[i][1][k] for i in roots] for k in range(len(kinds))]
        moved = [columns.cost(places) if what in ("vector", "single") else 0 for (what, _), places in zip(kinds, lists)]
        alone = all(what in ("same", "number") for what, _ in kinds)
        if alone or len(roots) < 3 or 1 + sum(moved) >= len(roots):
            for i in roots:
                inputs = [columns.one(a) for a in graph.code[i][1]]
                columns.single[i] = columns.recorder.apply(op, *inputs, **attributes)
            continue
        inputs = [
            columns.together(places) if what in ("vector", "single") else columns.one(places[0])
            for (what, _), places in zip(kinds, lists)
        ]
        out = columns.recorder.apply(op, *inputs, **attributes)
        columns.column |= {i: (out, k) for k, i in enumerate(roots)}
