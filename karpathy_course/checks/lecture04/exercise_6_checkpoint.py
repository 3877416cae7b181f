"""Exercise 04.6: memory bought with work, √n of the one for one more forward.

The graphs are chains of n equal steps, forward and back, as `grad` gives them. The judge counts what is alive at each
moment and how many operations there are, and follows every repeated entry back to the one that it repeats.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture04.pass_laws import changed_value, difference, expect_pass, needed, samples
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import STRUCTURAL, count
from karpathy_course.checks.shared.graph_layouts import with_names

STEPS = {  # kind: operations of one step forward, and back, h and g are the value and the gradient that come in
    "sin": ("h = sin(H)", "c = cos(H); g = mul(G, c)"),
    "tanh": ("m = mul(H, w); h = tanh(m)", "q = mul(h, h); r = sub(one, q); s = mul(G, r); g = mul(s, w)"),
    "square": ("m = mul(H, H); h = mul(m, half)", "g = mul(G, H)"),
    "residual": ("t = tanh(H); h = add(H, t)", "q = mul(t, t); r = sub(one, q); s = mul(G, r); g = add(G, s)"),
    "wave": ("m = mul(H, minus); s = sin(m); h = add(s, zero)", "c = cos(m); d = mul(G, c); g = mul(d, minus)"),
}
CONSTANTS = {"one": 1.0, "half": 0.5, "minus": -1.0, "zero": 0.0, "two": 2, "also": 0.5}
EACH, REST = 2, 8  # how many values may be alive at once: EACH · √(forward operations) + REST
CHAINS_ONLY = dict.fromkeys(
    ("an input behind an operation", "no operation", "the same operation on exchanged operands"),
    "grad writes a chain of equal steps so, and the check's bounds are stated for such chains alone",
) | dict.fromkeys(
    ("minus zero", "not a number", "infinite", "a guard", "no constant"),
    "which entry is computed again does not depend on its numbers, and a chain of equal steps takes no branch",
)


def chain(kind, steps):
    """Value and gradient of so many equal steps, each on what the one before has given: forward, then back."""
    forward, back = STEPS[kind]
    graph = [["x", "input", [], {"value": 0.5, "trainable": True}], ["w", "input", [], {}]]
    graph += [[name, "constant", [], {"value": value}] for name, value in CONSTANTS.items()]
    for k in range(1, steps + 1):
        graph += lines(forward, k, "x" if k == 1 else f"h{k - 1}", "")
    for k in range(steps, 0, -1):
        graph += lines(back, k, "x" if k == 1 else f"h{k - 1}", "one" if k == steps else f"g{k + 1}")
    return [*graph, ["", "output", [f"h{steps}", "g1"], {}]]


def lines(text, k, before, after):
    """The entries of one step; H is the value that comes in from before, G the gradient from after."""
    found, fixed = [], {"H": before, "G": after, "w": "w", **dict(zip(CONSTANTS, CONSTANTS))}
    for line in text.split("; "):
        name, right = line.split(" = ")
        op, operands = right.rstrip(")").split("(")
        found.append([f"{name}{k}", op, [fixed.get(x, f"{x}{k}") for x in operands.split(", ")], {"at": f"step {k}"}])
    return found


def forward_of(graph):
    """The names of the operations that the first output needs."""
    names = needed([*graph[:-1], ["", "output", graph[-1][2][:1], {}]])
    return [name for name, op, _, _ in graph if name in names and op not in STRUCTURAL]


def peak(graph):
    """How many results of operations are alive at once, at most, when the entries are run in their order.

    A result lives from its own entry to the last that uses it; what is handed back lives to the end.
    """
    last, alive, most = {}, 0, 0
    for k, (name, op, operands, _) in enumerate(graph):
        last[name] = k
        for x in operands:
            last[x] = k if op != "output" else len(graph)
    made = {name for name, op, _, _ in graph if op not in STRUCTURAL}
    for k, (name, _, operands, _) in enumerate(graph):
        alive += name in made
        most = max(most, alive)
        alive -= sum(x in made and last[x] == k for x in {name, *operands})
    return most


class Checkpoint(Exercise):
    id = "04.6"
    title = "Memory for work: √n checkpoints"
    section = "Trade work for memory"
    why = "√n checkpoints cost at most one more forward pass, and n values need not wait any more."
    difficulty, importance, minutes, points = 5, 3, 45, 5
    seconds = 10.0
    needs = ("checkpoint",)
    shared = ("karpathy_course.checks.shared.running_a_pass",)
    leaves_out = CHAINS_ONLY
    properties = {"short chains": 0.3, "long chains": 0.4, "steps of several operations": 0.3}
    task = """\
A graph with a backward pass keeps nearly every value of the forward pass until the backward needs it: n steps, n
values. Write `checkpoint(graph)`, which computes some of them again instead. The graph is a chain of n equal steps as
`grad` gives it: the first output is the value, and what that needs is the *forward*; the others are gradients.

Cut the N operations of the forward into stretches of about √N. What a later stretch of the forward uses is kept, the
checkpoints; everything else is computed again when the backward first asks for it. Each repeated entry stands just
before the entry that asks, has a new name of its own (one that the graph has not), the op and attributes of the one that it repeats and the
mark `"again": name of that one`; from there on the backward uses the repeated value in place of the old one.

The check runs the entries in the order of your list. A result lives from its entry to the last that uses it, outputs
to the end; inputs and constants do not count. At most 2·√N + 8 results may be alive at once; there may be at most N
operations more than before; and every bit stays as it was."""
    hints = (
        "Three questions first. Which entries are forward (04.4 knows)? In which stretch is each? Which of them are used by "
        "a later stretch? The rest is dropped, but for the last stretch, which the backward wants at once.",
        "Copy the forward as it is. Before copying an entry of the backward, look at its inputs: one that was dropped is "
        "computed again, once, after what it needs itself; `again`, a dict from old name to new name, tells which are there.",
        "def repeat(name): if name not in dropped: return name; if name not in again: make the entry of name with inputs "
        '[repeat(x) for x in inputs] and {**attributes, "again": name}, append it, note its new name (no other entry may have it) in again; return '
        "again[name]. A backward entry is copied with inputs [repeat(x) for x in inputs].",
    )

    @staticmethod
    def cases(rng):
        several = ["tanh", "square", "wave"]
        chains = [("short chains", "sin", n) for n in (25, rng.randrange(30, 50), rng.randrange(60, 80))]
        chains += [("long chains", "sin", 900), ("long chains", "sin", rng.randrange(300, 500))]
        chains += [("steps of several operations", kind, rng.randrange(30, 60)) for kind in several]
        # whether √N is even or odd, every √N-th of two operations is at times not what the next stretch uses
        chains += [
            ("steps of several operations", "residual", n) for n in (rng.randrange(33, 40), rng.randrange(42, 49))
        ]
        chains += [("steps of several operations", rng.choice(several), rng.randrange(150, 250))]
        cases = [{"property": p, "name": f"{n} steps of {kind}", "graph": chain(kind, n)} for p, kind, n in chains]
        cases[1] |= {
            "name": f"{cases[1]['name']}, some of its gradients equal",
            "graph": handed_back(cases[1]["graph"]),
        }
        cases[2]["graph"] = with_names(cases[2]["graph"], rng)
        cases.insert(1, {**cases[0], "name": f"{cases[0]['name']}, with names that were new before", "_clash": True})
        return [
            {
                **case,
                "_other": chain("sin", 4),
                "judge": {"trials": samples(rng, case["graph"], 4 if len(case["graph"]) < 500 else 2)},
            }
            for case in cases
        ]

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.running_a_pass import run_pass

        graph, names = case["graph"], []
        if case.get(
            "_clash"
        ):  # what was new in a first run are names of the graph in the second: h2 is called "h1 again"
            first = namespace["checkpoint"]([(name, op, tuple(xs), dict(more)) for name, op, xs, more in graph])
            names = [[more.get("again"), name] for name, _, _, more in first if "again" in more]
            new = {f"h{int(old[1:]) + 1}": name for old, name in names if str(old)[:1] == "h" and old[1:].isdigit()}
            graph = [[new.get(n, n), op, [new.get(x, x) for x in xs], more] for n, op, xs, more in graph]
        return {**run_pass(namespace["checkpoint"], graph, case["_other"], twice=False), "names": names}

    @staticmethod
    def judge(case, answer):
        graph, where = case["graph"], f"(Seen in {case['name']}.)"
        if case.get("_clash"):
            case = {**case, "graph": (graph := clashing(graph, expect_dict(answer, ("names",))["names"]))}
        try:
            result = expect_pass(case, answer)
        except Mistake as mistake:
            if case.get("_clash") and mistake.id == "made-twice":
                message = f"{mistake.message} An entry of the graph may have that name already: ask before you take it."
                raise Mistake("name-taken", f"{message} {where}", hint=3) from None
            raise
        if found := difference(result, graph, case["judge"]["trials"]):
            raise changed_value(case, found)
        expect_marks(graph, result, where)
        forward = len(forward_of(graph))
        more, after = count(result) - count(graph), peak(result)
        if more > forward:
            message = f"{more} operations are done a second time; one more forward would be {forward}."
            raise Mistake("too-much-work", f"{message} {where}", count(result), count(graph) + forward, hint=2)
        allowed = math.floor(EACH * math.sqrt(forward)) + REST
        if after > allowed:
            raise too_much_alive(graph, result, after, allowed, where)


def handed_back(graph):
    """graph with more gradients: one that is named twice, one that is a constant, and one that is an input."""
    return [*graph[:-1], ["", "output", [*graph[-1][2], graph[-1][2][1], "one", "x"], {}]]


def clashing(graph, names):
    """graph in which the entry after each that was repeated has the name that was new, as the probe has given it."""
    new = {}
    for pair in expect_list(names):
        old, name = expect_list(pair, 2)
        if type(old) is str and type(name) is str and old[:1] == "h" and old[1:].isdigit():
            new[f"h{int(old[1:]) + 1}"] = name
    return [[new.get(n, n), op, [new.get(x, x) for x in xs], more] for n, op, xs, more in graph]


def expect_marks(graph, result, where):
    """Raise a Mistake unless each entry is one of the graph, or repeats one and says which."""
    old = {name: [op, attributes] for name, op, _, attributes in graph}
    for name, op, _, attributes in result[:-1]:
        if name in old:
            if dumps([op, attributes]) != dumps(old[name]):
                message = f"{name} was {old[name][0]} and is another entry now: repeat it under a name of its own."
                raise Mistake("changed-entry", f"{message} {where}", [op, attributes], old[name], hint=2)
            continue
        source = attributes.get("again")
        if source is None:
            message = f'{name} is repeated without the mark {{"again": name}}: merge_common would undo it.'
            raise Mistake("unmarked", f"{message} {where}", attributes, hint=3)
        if (
            type(source) is not str
            or source not in old
            or [op, {**old[source][1], "again": source}] != [op, attributes]
        ):
            message = f'The mark of {name} is wrong: "again" holds the name of the entry in the graph that it repeats.'
            raise Mistake("wrong-mark", f"{message} {where}", attributes, hint=3)


def too_much_alive(graph, result, found, allowed, where):
    """The Mistake of an answer in which too many results wait: who keeps them alive."""
    shown = {"got": found, "expected": allowed}
    again = {entry[3]["again"]: entry[0] for entry in result if "again" in entry[3]}
    if not again:
        message = f"Nothing is computed again, and up to {found} results are alive at once."
        return Mistake("nothing-repeated", f"{message} {where}", **shown, hint=1)
    forward = set(forward_of(graph))
    for name, _, operands, _ in result[:-1]:
        if name not in forward and (old := again.keys() & set(operands)):
            message = f"{name} uses {min(old)}, which is also computed again: so the old value waits after all."
            return Mistake("old-value-used", f"{message} {where}", **shown, hint=2)
    place = {entry[0]: k for k, entry in enumerate(result)}
    waits = (
        [
            min(place[n] for n, _, xs, _ in result if new in xs) - place[new]
            for new in again.values()
            if any(new in xs for _, _, xs, _ in result)
        ]
        if len(result) < 1500
        else []
    )
    if waits and max(waits) > len(forward):
        message = "What is computed again waits too long: repeat a stretch when the backward first asks for it."
        return Mistake("too-early", f"{message} {where}", **shown, hint=2)
    message = (
        f"Up to {found} results are alive at once: with stretches of about √N operations it is of the order of √N."
    )
    return Mistake("too-much-memory", f"{message} {where}", **shown, hint=1)
