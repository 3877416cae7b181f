"""Graphs as they come from real programs, which a graph drawn at random hardly ever is.

Code for graphs is written with one picture in mind: inputs first and without attributes, names like variables, outputs
that operations have made, each value used in one way. `demanding` draws the rest, all of it in every graph: so no
exercise depends on the luck of a draw to meet an input behind an operation, or a - b beside b - a.
"""

import math

from karpathy_course.checks.shared.graph_entries import OPERATIONS

NEXT = math.nextafter(1.0, 2.0)  # as near to 1 as a float can be
FINITE = (0.0, -0.0, 1.0, NEXT, -1.0, 3, 2.5, 2.5)  # two that are equal, one that is nearly another, one that is whole
NUMBERS = (*FINITE, math.inf, -math.inf, math.nan)
FORMS = ("v{}", "w[{}]", "{}", "step {}", "a.b{}", "%{}")
SAID = {"expected": True, "where": "line 3: `if a > b:`"}
KEPT = {"dtype": "float64", "at": "line 7"}  # attributes that mean nothing to who runs the graph, and stay


def demanding(rng, ops, numbers=NUMBERS, names=FORMS, guard=True):
    """A graph of these operations in which everything of the list above is found, under names of these forms.

    Each of numbers is a constant that one operation has beside an input; no operation has two constants.
    """
    one, two = ([op for op in ops if OPERATIONS[op] == n] for n in (1, 2))
    graph, made = [["a", "input", [], {"value": 0.5, "trainable": True}], ["b", "input", [], {}]], []

    def add(op, *operands, **more):
        made.append(f"r{len(graph)}")
        graph.append([made[-1], op, list(operands), more])

    for k, number in enumerate(rng.sample(numbers, len(numbers))):
        graph.append([f"c{k}", "constant", [], {"value": number}])
        add(rng.choice(two), *rng.sample([rng.choice("ab"), f"c{k}"], 2))
    u, v = rng.sample("ab", 2)
    for op in rng.sample(two, 2):
        add(op, u, v)
        add(op, v, u)
    add(rng.choice(two), u, u)
    for op in one[:2]:
        add(op, u)
    graph += [["late", "input", [], {"value": -1.0}], ["unused", "input", [], {}]]
    add(rng.choice(two), *rng.sample(["late", rng.choice(made)], 2), **KEPT)
    graph += [["guard1", "guard", [rng.choice(made)], dict(SAID)]] if guard else []
    graph += [["dead", rng.choice(two), [u, rng.choice(made)], {}], ["left", "constant", [], {"value": 4.5}]]
    outputs = [*rng.sample(made, len(made)), u, "c0", made[0]]
    return with_names([*graph, ["", "output", outputs, {}]], rng, names)


def handed_back():
    """A graph without any operation: what comes in, and a constant, are handed back, one of them twice."""
    graph = [["x", "input", [], {"value": 0.5}], ["c", "constant", [], {"value": -1.0}], ["y", "input", [], {}]]
    return [*graph, ["z", "constant", [], {"value": -0.0}], ["", "output", ["y", "c", "x", "y", "z"], {}]]


def with_names(graph, rng, forms=FORMS):
    """The same graph under names of these forms in turn, which tell neither the op nor the order."""
    numbers = rng.sample(range(10, 10 + 3 * len(graph)), len(graph))
    new = {None: None} | {e[0]: forms[k % len(forms)].format(n) for k, (e, n) in enumerate(zip(graph[:-1], numbers))}
    return [[new.get(name, name), op, [new[x] for x in operands], more] for name, op, operands, more in graph]
