"""Exercise 04.6: memory bought with work, √n of the one for one more forward.

The graphs are chains of n equal steps, forward and back, as `grad` gives them. The judge counts what is alive at each
moment and how many operations there are, and follows every repeated entry back to the one that it repeats.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture04.pass_laws import changed_value, difference, expect_pass, needed, samples
from karpathy_course.checks.shared.graph_entries import STRUCTURAL, count

STEPS = {  # kind: operations of one step forward, and back, h and g are the value and the gradient that come in
    "sin": ("h = sin(H)", "c = cos(H); g = mul(G, c)"),
    "tanh": ("m = mul(H, w); h = tanh(m)", "q = mul(h, h); r = sub(one, q); s = mul(G, r); g = mul(s, w)"),
    "square": ("m = mul(H, H); h = mul(m, half)", "g = mul(G, H)"),
    "residual": ("t = tanh(H); h = add(H, t)", "q = mul(t, t); r = sub(one, q); s = mul(G, r); g = add(G, s)"),
}
EACH, REST = 2.5, 8  # how many values may be alive at once: EACH · √(forward operations) + REST
LEFT_OUT = (  # of what other graphs hold
    *("zero", "minus one", "negative", "whole number"),
    *(
        "two equal numbers",
        "an input behind an operation",
        "an output that is an input",
        "an output that is a constant",
    ),
    *("an output named twice", "a name that is no identifier", "a guard", "a constant of 0"),
    *("the same operation on exchanged operands", "no constant", "no operation", "minus zero"),
    *("not a number", "infinite"),
)


def chain(kind, steps):
    """Value and gradient of so many equal steps, each on what the one before has given: forward, then back."""
    forward, back = STEPS[kind]
    graph = [["x", "input", [], {"value": 0.5, "trainable": True}], ["w", "input", [], {}]]
    graph += [["one", "constant", [], {"value": 1.0}], ["half", "constant", [], {"value": 0.5}]]
    for k in range(1, steps + 1):
        graph += lines(forward, k, "x" if k == 1 else f"h{k - 1}", "")
    for k in range(steps, 0, -1):
        graph += lines(back, k, "x" if k == 1 else f"h{k - 1}", "one" if k == steps else f"g{k + 1}")
    return [*graph, ["", "output", [f"h{steps}", "g1"], {}]]


def lines(text, k, before, after):
    """The entries of one step; H is the value that comes in from before, G the gradient from after."""
    found, fixed = [], {"H": before, "G": after, "w": "w", "one": "one", "half": "half"}
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
    leaves_out = dict.fromkeys(
        LEFT_OUT, "the graphs are those that grad makes of a chain of equal steps, and no others"
    )
    properties = {"short chains": 0.3, "long chains": 0.4, "steps of several operations": 0.3}
    task = """\
A graph with a backward pass keeps nearly every value of the forward pass until the backward needs it: n steps, n
values. Write `checkpoint(graph)`, which computes some of them again instead. The graph is a chain of n equal steps as
`grad` gives it: the first output is the value, and what that needs is the *forward*; the others are gradients.

Cut the N operations of the forward into stretches of about √N. What a later stretch of the forward uses is kept, the
checkpoints; everything else is computed again when the backward first asks for it. Each repeated entry stands just
before the entry that asks, has a new name of its own, the op and attributes of the one that it repeats and the
mark `"again": name of that one`; from there on the backward uses the repeated value in place of the old one.

The check runs the entries in the order of your list. A result lives from its entry to the last that uses it, outputs
to the end; inputs and constants do not count. At most 2.5·√N + 8 results may be alive at once; there may be at most N
operations more than before; and every bit stays as it was."""
    hints = (
        "Three questions first. Which entries are forward (04.4 knows)? In which stretch is each? Which of them are used by "
        "a later stretch? The rest is dropped, but for the last stretch, which the backward wants at once.",
        "Copy the forward as it is. Before copying an entry of the backward, look at its inputs: one that was dropped is "
        "computed again, once, after what it needs itself; `again`, a dict from old name to new name, tells which are there.",
        "def repeat(name): if name not in dropped: return name; if name not in again: make the entry of name with inputs "
        '[repeat(x) for x in inputs] and {**attributes, "again": name}, append it, note its new name in again; return '
        "again[name]. A backward entry is copied with inputs [repeat(x) for x in inputs].",
    )

    @staticmethod
    def cases(rng):
        several = ["tanh", "square", "residual"]
        chains = [("short chains", "sin", n) for n in (25, rng.randrange(30, 50), rng.randrange(60, 80))]
        chains += [("long chains", "sin", 900), ("long chains", "sin", rng.randrange(400, 700))]
        chains += [("steps of several operations", kind, rng.randrange(30, 60)) for kind in several]
        chains += [("steps of several operations", rng.choice(several), rng.randrange(150, 300))]
        found = []
        for p, kind, n in chains:
            graph = chain(kind, n)
            found.append(
                {
                    "property": p,
                    "name": f"{n} steps of {kind}",
                    "graph": graph,
                    "_other": chain("sin", 4),
                    "judge": {"trials": samples(rng, graph, 4)},
                }
            )
        return found

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.running_a_pass import run_pass

        return run_pass(namespace["checkpoint"], case["graph"], case["_other"], twice=False)

    @staticmethod
    def judge(case, answer):
        graph, where = case["graph"], f"(Seen in {case['name']}.)"
        result = expect_pass(case, answer)
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


def expect_marks(graph, result, where):
    """Raise a Mistake unless each entry is one of the graph, or repeats one and says which."""
    old = {name: [op, attributes] for name, op, _, attributes in graph}
    for name, op, _, attributes in result[:-1]:
        if name in old:
            if [op, attributes] != old[name]:
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
