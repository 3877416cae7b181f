"""What every pass of lecture 04 has to keep, whatever it does: the form, the argument, the inputs, every bit.

A pass takes a graph as plain data and gives another (`graph_entries.py` says in which form). The judges hold an answer to
the laws here first; how many operations may be left, and which mistake left more or fewer, each exercise knows
itself, from references that make the usual mistakes on purpose.
"""

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import (
    STRUCTURAL,
    all_same,
    count,
    draw_inputs,
    evaluate,
    expect_graph,
    inputs_of,
    same,
    text_of,
)


def written(inputs, lines, outputs):
    """A graph from text: ``written("x y", "c = 2.0; m = mul(x, c)", "m")``; ``-`` is an output that is None."""
    graph = [[name, "input", [], {}] for name in inputs.split()]
    for line in filter(None, map(str.strip, lines.split(";"))):
        name, _, right = map(str.strip, line.partition("="))
        op, bracket, operands = right.rstrip(")").partition("(")
        if bracket:
            graph.append([name, op, [x.strip() for x in operands.split(",")], {}])
        else:
            graph.append([name, "constant", [], {"value": float(right)}])
    return [*graph, ["", "output", [None if x == "-" else x for x in outputs.split()], {}]]


def samples(rng, graph, times=6):
    """Inputs to try a graph on: half of the times -0.0, inf, NaN and extremes are among them."""
    return [draw_inputs(rng, len(inputs_of(graph)), special=turn % 2 == 0) for turn in range(times)]


def needed(graph):
    """The names that an output or a guard depends on."""
    found = {x for _, op, operands, _ in graph if op in ("output", "guard") for x in operands}
    for name, _, operands, _ in reversed(graph[:-1]):
        if name in found:
            found.update(operands)
    return found


def live(graph):
    """How many operations the outputs and guards of a graph need: what is dead does not count."""
    names = needed(graph)
    return sum(op not in STRUCTURAL and name in names for name, op, _, _ in graph)


def guards(graph):
    return [[operands, attributes] for _, op, operands, attributes in graph if op == "guard"]


def observed(graph, inputs):
    """The outputs of a graph, and then what each of its guards looks at."""
    outputs = [x for x in graph[-1][2] if x is not None] + [operands[0] for operands, _ in guards(graph)]
    return evaluate([*(entry for entry in graph[:-1] if entry[1] != "guard"), ["", "output", outputs, {}]], inputs)


def difference(graph, other, trials):
    """(inputs, what graph gives, what other gives) of the first trial on which they differ in a bit, or None."""
    for inputs in trials:
        found, wanted = observed(graph, inputs), observed(other, inputs)
        if not all_same(found, wanted):
            return inputs, found, wanted
    return None


def agree(graph, other, trials):
    """True where both graphs give the same bits on every trial."""
    return difference(graph, other, trials) is None


def expect_pass(case, answer, replaces=False):
    """The graph that a pass has given, where the form, its argument, its inputs and its guards are what they must be.

    Raises the Mistakes of `expect_graph`, and ``changed-argument``, ``lost-input``, ``lost-guard``, ``lost-hole``.
    replaces: what the pass takes out has another entry that stands for it.
    """
    expect_dict(answer, ("argument", "result"))
    graph, where = case["graph"], f"(Seen in {case['name']}.)"
    if dumps(answer["argument"]) != dumps(graph):
        message = "The graph that was handed in is another one now: build a list of your own, and make new dicts."
        raise Mistake("changed-argument", f"{message} {where}", hint=3)
    if "later" in answer:
        message = "The list of the first call was another one after the second call: make a new list in each call."
        raise Mistake("one-list", f"{message} {where}", hint=3)
    known = [entry[0] for entry in graph] if replaces else ()
    what, outputs = "the list that came back", len(graph[-1][2])
    result = expect_graph(answer["result"], None, what, outputs, holes=True, replaced=known)
    if inputs_of(result) != inputs_of(graph):
        message = "The inputs are the arguments of the function: all of them stay, in their order, used or not."
        raise Mistake("lost-input", f"{message} {where}", inputs_of(result), inputs_of(graph), hint=2)
    if [more for _, more in guards(result)] != [more for _, more in guards(graph)]:
        message = "A guard is a side output: it stays, though nothing uses its name."
        raise Mistake("lost-guard", f"{message} {where}", len(guards(result)), len(guards(graph)), hint=2)
    if [x is None for x in result[-1][2]] != [x is None for x in graph[-1][2]]:
        message = "An output that is None (a gradient that does not exist) stays None, and no other becomes so."
        raise Mistake("lost-hole", f"{message} {where}", result[-1][2], graph[-1][2], hint=3)
    return result


def expect_the_same_again(case, answer, result):
    """Raise ``not-idempotent`` unless a second run of the pass, on its own result, changes nothing."""
    if "again" not in answer:
        message = "Run on its own result, the pass raises an exception: it must be able to read what it writes."
        raise Mistake("not-idempotent", f"{message} (Seen in {case['name']}.)", hint=2)
    if dumps(answer["again"]) != dumps(result):
        message = "Run on its own result, the pass changes it again: one sweep in order must be enough."
        raise Mistake("not-idempotent", f"{message} (Seen in {case['name']}.)", hint=2)


def changed_value(case, found):
    """The Mistake of a pass that has changed a number; found: a `difference`."""
    inputs, got, expected = found
    given = ", ".join(f"{name} = {value}" for name, value in zip(inputs_of(case["graph"]), inputs))
    message = f"The graph gives other numbers than before for {given}. (Seen in {case['name']}.)"
    return Mistake("changed-value", message, got, expected, hint=1)


def expect_operations(case, result, reference):
    """Raise ``did-more`` or ``left-over`` unless the operations are those that the reference leaves."""
    found, wanted = live(result), live(reference)
    if found < wanted:
        there, names = {entry[0]: entry[1] for entry in result}, needed(reference)
        gone = [e for e in reference if e[1] not in STRUCTURAL and e[0] in names and there.get(e[0]) != e[1]]
        message = "This pass has one task, and more than that was done: operations are gone that it must leave."
        message += f" The first is `{line_of(gone[0])}`." if gone else ""
        raise Mistake("did-more", f"{message} (Seen in {case['name']}.)", found, wanted, hint=1)
    if found > wanted or count(result) > count(reference):
        stays = {entry[0]: entry for entry in reference}
        first = next((e for e in result if e[1] not in STRUCTURAL and stays.get(e[0], e)[1] != e[1]), None)
        first = first or next((e for e in result if e[1] not in STRUCTURAL and e[0] not in stays), None)
        message = "There is still something to do: more operations are left than have to be."
        message += f" The first is `{line_of(first)}`." if first else ""
        got, expected = (found, wanted) if found > wanted else (count(result), count(reference))
        raise Mistake("left-over", f"{message} (Seen in {case['name']}.)", got, expected, hint=2)


def line_of(entry):
    return text_of([entry])[:80]


def same_attributes(a, b):
    """True when two dicts of attributes agree; a value is compared as a number, so that 6 is 6.0, and NaN is NaN."""
    a, b = dict(a), dict(b)
    x, y = a.pop("value", None), b.pop("value", None)
    return (x is y or same(x, y)) and dumps(a) == dumps(b)


def same_entry(a, b):
    return a[:3] == b[:3] and same_attributes(a[3], b[3])


def alike(graph, other):
    """True when both have the same entries in the same order."""
    return len(graph) == len(other) and all(map(same_entry, graph, other))


def same_needed(graph, other):
    """True when what is needed in both graphs are the same entries in the same order."""
    a, b = (
        [e for e in g if e[0] in names or e[1] in STRUCTURAL[2:]]
        for g, names in ((graph, needed(graph)), (other, needed(other)))
    )
    return len(a) == len(b) and all(map(same_entry, a, b))


def expect_entries(case, result, reference, unneeded=True):
    """Raise a Mistake unless result has the entries of reference as they are there, and in their order.

    unneeded: what nothing needs has to be there as well; otherwise it may be missing.
    """
    where, known = f"(Seen in {case['name']}.)", {entry[0]: entry for entry in case["graph"]}
    there, stays, names = ({e[0]: e for e in result}, {e[0]: e for e in reference}, needed(reference))
    for entry in result:
        if entry[0] not in known:
            message = f"`{line_of(entry)}` has a name that the graph does not have: every entry keeps its own."
            raise Mistake("renamed-entry", f"{message} {where}", entry[0], hint=3)
    for entry in result:
        if entry[0] not in stays:
            message = f"`{line_of(entry)}` is left. Whoever used it uses an earlier entry now, and it has to go."
            raise Mistake("left-over", f"{message} {where}", hint=2)
    for name, wanted in stays.items():
        if name not in there:
            if unneeded or name in names:
                message = f"`{line_of(wanted)}` is gone. This pass leaves it, whether anything uses it or not:"
                raise Mistake("lost-entry", f"{message} taking away what is dead is another pass. {where}", hint=3)
            continue
        found = there[name]
        shown = {"got": line_of(found), "expected": line_of(wanted), "hint": 3}
        if found[:2] == wanted[:2] and found[2] != wanted[2]:
            turned = sorted(map(str, found[2])) == sorted(map(str, wanted[2]))
            message = f"The inputs of {name or 'the output'} stand in another order now: they stay as they were."
            message = message if turned else f"{name or 'The output'} has other inputs than it must have."
            raise Mistake("turned-inputs" if turned else "other-inputs", f"{message} {where}", **shown)
        stayed = dumps(known[name]) == dumps(wanted)  # then 3 is not 3.0 either
        if found[:2] == wanted[:2] and not (
            dumps(found[3]) == dumps(wanted[3]) if stayed else same_attributes(found[3], wanted[3])
        ):
            message = f"The attributes of {name} are others than they must be: an entry that stays keeps its own."
            raise Mistake("other-attributes", f"{message} {where}", found[3], wanted[3], hint=3)
        if found[1] != wanted[1]:
            raise Mistake("other-entry", f"{name} is another entry than it must be. {where}", **shown)
    order = [name for name in stays if name in there]
    if (found := [entry[0] for entry in result]) != order:
        k = next(k for k, (a, b) in enumerate(zip(found, order)) if a != b)
        message = (
            "The entries stand in another order: those that stay keep their places, those behind an input as well."
        )
        raise Mistake("moved-entry", f"{message} {where}", line_of(result[k]), line_of(stays[order[k]]), hint=3)
