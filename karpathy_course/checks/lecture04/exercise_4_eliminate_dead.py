"""Exercise 04.4: what nothing needs goes, and what only looks unneeded stays.

The right answer is one list: what is left, as it was and in the order in which it was. So the judge needs no numbers:
it looks at which names are missing or left, and asks of each who needs it.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture04.pass_laws import (
    expect_entries,
    expect_pass,
    expect_the_same_again,
    guards,
    needed,
    written,
)
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import draw_graph, renamed
from karpathy_course.checks.shared.graph_layouts import SAID, demanding, handed_back

OPERATIONS = ("add", "sub", "mul", "tanh", "exp")
DEEP = (3_100, 3_500)  # operations: deeper than a notebook's recursion limit, 3 000; more are too much text to return


def alive(graph):
    """graph without what no output and no guard needs; inputs and guards stay."""
    names = needed(graph)
    return [entry for entry in graph if entry[0] in names or entry[1] in ("input", "guard", "output")]


def once_over(graph):
    """graph without what nothing at all uses, after one look: what only dead entries use is still there."""
    used = {x for entry in graph for x in entry[2]}
    return [entry for entry in graph if entry[0] in used or entry[1] in ("input", "guard", "output")]


def random_case(rng, side_outputs):
    """A random graph of which a part is dead, in chains; with side_outputs a guard needs something of its own."""
    while True:
        graph = draw_graph(rng, inputs=3, operations=12, ops=OPERATIONS, constants=3)
        inner = [entry[0] for entry in graph if entry[1] in OPERATIONS]
        outputs = rng.sample(inner[2:7], 2)
        guard = [["guard1", "guard", [rng.choice(inner[7:])], dict(SAID)]] if side_outputs else []
        graph = renamed([*graph[:-1], *guard, ["", "output", outputs, {}]], rng)
        unguarded = [entry for entry in graph if entry[1] != "guard"]
        names = needed(graph)
        chained = any(entry[1] in OPERATIONS and entry[0] not in names for entry in once_over(graph))
        if chained and (not guard or len(needed(unguarded)) < len(names)):
            return graph


def all_kinds(rng):
    """A graph with everything that code for graphs overlooks, most of which is dead."""
    while True:
        graph = demanding(rng, OPERATIONS)
        outputs = graph[-1][2]
        few = [*outputs[:2], *outputs[-3:-1], outputs[0]]
        graph[-1] = ["", "output", few, {}]
        graph.insert(-1, ["chain[0]", "neg", [outputs[0]], {"at": "line 8"}])
        graph.insert(-1, ["chain[1]", "neg", ["chain[0]"], {}])
        kinds = {entry[1] for entry in alive(graph)} >= {"constant", "guard"}
        marked = any(entry[3] for entry in alive(graph) if entry[1] in OPERATIONS)
        if kinds and marked and len(alive(graph)) < len(once_over(graph)):
            return graph


def with_guard(graph, after, condition):
    """graph with a guard on condition behind the entry of that name."""
    place = next(k for k, entry in enumerate(graph) if entry[0] == after) + 1
    return [*graph[:place], ["guard1", "guard", [condition], dict(SAID)], *graph[place:]]


def watched_often():
    """Three guards, one of them on a constant, and one on what nothing else uses; of two equal constants both are used."""
    lines = "zero = 0.0; two = 2.0; deux = 2.0; c = gt(x, zero); p = mul(x, two); d = gt(p, deux); u = exp(p); y = sub(w, deux)"
    guards = [[f"guard{k}", "guard", [on], dict(SAID)] for k, on in enumerate(("c", "d", "two"), 1)]
    graph = written("x w", lines, "y p")
    return [*graph[:-2], *guards, *graph[-2:]]


def chains(rng):
    """A long chain that the output needs; every seventh link or so has one beside it, in a chain that nothing needs."""
    graph, last, dead = [["x", "input", [], {}]], "x", "x"
    for k in range(rng.randint(*DEEP)):
        graph.append([f"p{k}", rng.choice(["sin", "tanh", "neg"]), [last], {}])
        last = f"p{k}"
        if rng.random() < 0.15:
            graph.append([f"d{k}", "sin", [dead], {}])
            dead = f"d{k}"
    return [*graph, ["", "output", [last], {}]]


class EliminateDead(Exercise):
    id = "04.4"
    title = "Eliminate what nothing needs"
    section = "Eliminate dead code"
    why = "What no output and no guard needs cannot change the answer: it may go."
    difficulty, importance, minutes, points = 2, 5, 20, 3
    needs = ("eliminate_dead",)
    shared = ("karpathy_course.checks.shared.running_a_pass",)
    properties = {"every output": 0.3, "side outputs": 0.3, "dead code": 0.3, "a deep graph": 0.1}
    task = """\
Write `eliminate_dead(graph)`, dead code elimination: the entries that are needed, as they are and in the order in which
they are. Needed is what the `output` names: *all* of it, the loss as well as the gradients. Needed is every `guard`,
though no entry uses its name: it is a side output, which stops the program where the `if` of the trace would go the
other way today. Needed is what a needed entry uses. All inputs stay: they are the signature.

Among the names of the output may stand a None: a gradient that does not exist. A graph may be some thousand operations
deep."""
    hints = (
        "Nobody uses the loss: it is only handed back. So what is it that makes an entry needed, if not that another "
        "entry uses it? Begin with those that are needed in any case.",
        "An entry stands before all those that use it. Walk from the last to the first, and every entry's fate is known "
        "when you reach it: nothing needs a second look, and nothing recursion.",
        'needed = set(); for name, op, inputs, attributes in reversed(graph): if op in ("output", "guard", "input") or '
        "name in needed: keep it, and needed.update(inputs). At the end turn what was kept round.",
    )

    @staticmethod
    def cases(rng):
        loss = (
            "p = mul(w, x); q = add(p, b); d = sub(q, x); loss = mul(d, d); e = exp(d); t = tanh(e); two = 2.0; "
            "db = mul(two, d); dw = mul(db, x)"
        )
        step, hole = written("x w b", loss, "loss dw db"), written("x w b", loss, "loss - dw db")
        guard = "zero = 0.0; c = gt(w, zero); p = mul(w, x); u = exp(p); y = tanh(p)"
        condition = "k = mul(w, w); m = tanh(k); zero = 0.0; c = gt(m, zero); p = mul(x, x); u = exp(p); v = exp(u)"
        found = [
            ("dead code", "x · w, and an exp too many", written("x w", "p = mul(x, w); u = exp(p)", "p")),
            ("dead code", "a dead chain", written("x w", "p = mul(x, w); u = exp(p); v = tanh(u); s = add(v, u)", "p")),
            ("dead code", "an unused input", written("x w b", "two = 2.0; p = mul(x, w); u = mul(b, two)", "p")),
            ("every output", "a loss and its gradients", step),
            ("every output", "a loss and its gradients, one of them None", hole),
            (
                "every output",
                "an output that is made of another",
                written("x", "p = exp(x); q = tanh(p); u = exp(q)", "p q"),
            ),
            ("side outputs", "a guard on a parameter", with_guard(written("x w", guard, "y"), "c", "c")),
            ("side outputs", "a guard on what nothing else uses", with_guard(written("x w", condition, "p"), "c", "c")),
            ("side outputs", "three guards, and two constants that are equal", watched_often()),
            ("a deep graph", "a chain of some thousand operations", chains(rng)),
        ]
        found += [
            (property, "a random graph", random_case(rng, property == "side outputs"))
            for property in ("dead code", "dead code", "every output", "every output", "side outputs", "side outputs")
        ]
        late = written("x w", "p = mul(x, w); u = exp(p); v = tanh(p)", "v")
        late.insert(3, ["b", "input", [], {"value": -1.0}])
        found.append(("dead code", "an input behind operations", late))
        where = "c = gt(x, w); p = exp(x); q = tanh(w); y = where(c, p, q); u = neg(q)"
        found.append(("dead code", "exp(x) where x > w, else tanh(w)", written("x w", where, "y")))
        found.append(("every output", "no operation at all", handed_back()))
        found.sort(key=lambda case: list(EliminateDead.properties).index(case[0]))
        found += [(property, "a graph of all kinds", all_kinds(rng)) for property in list(EliminateDead.properties)[:3]]
        return [{"property": p, "name": n, "graph": g} for p, n, g in found]

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.running_a_pass import run_pass

        return run_pass(namespace["eliminate_dead"], case["graph"])

    @staticmethod
    def judge(case, answer):
        graph, where = case["graph"], f"(Seen in {case['name']}.)"
        expect_dict(answer, ("argument", "result"))
        right, missing = alive(graph), names_missing(graph, answer["result"])
        if missing:
            raise why_needed(graph, missing, where)
        result = expect_pass(case, answer)
        if dumps(result) != dumps(right):
            names = {entry[0] for entry in right}
            left = [entry[0] for entry in result if entry[0] not in names]
            shown = {"got": [entry[0] for entry in result], "expected": [entry[0] for entry in right]}
            constants = all(entry[1] == "constant" for entry in result if entry[0] not in names)
            if dumps(result) == dumps(once_over(graph)) and not constants:  # those may just be kept, all of them
                message = f"{left[0]} is left, because another entry uses it; but that one is dead itself."
                raise Mistake("one-look", f"{message} {where}", **shown, hint=2)
            if left:
                message = f"{left[0]} is left, and neither an output nor a guard needs it."
                raise Mistake("dead-left", f"{message} {where}", **shown, hint=2)
            expect_entries(case, result, right)
            message = "The entries that are needed stay as they are, and in the order in which they are."
            raise Mistake("changed-entry", f"{message} {where}", result, right, hint=3)
        expect_the_same_again(case, answer, result)


def names_missing(graph, result):
    """The names that stand in alive(graph) and not in result, whatever that is."""
    if type(result) is not list or not all(type(entry) is list and entry for entry in result):
        return []  # `expect_pass` says what is wrong with its form
    found = {entry[0] for entry in result if type(entry[0]) is str}
    return [entry[0] for entry in alive(graph) if entry[0] not in found and entry[0]]


def why_needed(graph, missing, where):
    """The Mistake of a pass that has dropped these names: the reason why the first of them is needed."""
    conditions = {operands[0] for operands, _ in guards(graph)}
    only = needed([entry for entry in graph if entry[1] != "guard"])
    for name, op, _, _ in graph:
        if name not in missing:
            continue
        if op == "input":
            message = f"The input {name} is gone: inputs are the signature, the caller hands all of them in."
            return Mistake("lost-input", f"{message} {where}", hint=3)
        if op == "guard":
            message = f"The guard {name} is gone: nothing uses its name, but it stops the program on a wrong branch."
            return Mistake("lost-guard", f"{message} {where}", hint=1)
    named = [name for name in missing if name in graph[-1][2]]
    if named:
        message = f"{named[0]} is gone, and it is handed back: no entry uses it, but the output names it."
        return Mistake("dropped-the-loss", f"{message} {where}", hint=1)
    if missing[-1] in conditions or missing[-1] not in only:
        message = f"{missing[-1]} is gone, and a guard needs it: what a side output looks at has to be computed."
        return Mistake("blind-guard", f"{message} {where}", hint=3)
    message = f"{missing[-1]} is gone, and an entry that stays uses it."
    return Mistake("dropped-operand", f"{message} {where}", hint=2)
