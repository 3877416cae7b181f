"""Do the cases of an exercise ask enough? What every draw has to hold, and slips that every check has to see.

Wrong answers pass for few reasons, and always the same ones: comfortable numbers, nodes that all have two parents, one
layout of a graph, what belongs to the caller not compared afterwards, no second call, and a pair of cases that only
some seeds draw. So two questions are put to every exercise:

- `missing`: which of `FEATURES` do the learner's functions never receive, on some seed? What an exercise leaves out,
  it leaves out with a reason: ``leaves_out = {"infinite": "a slope there is not defined"}``.
- `slips`: the solution with one slip in what it returns or does to its arguments, of those in ``SLIPS`` that make a
  difference there. A check that lets one through says why it may: ``allows = {"renames": "names are free"}``.
"""

import ast
import functools
import math
import types

from karpathy_course.checks.authoring.trials import drawn
from karpathy_course.checks.runner.plain_data import plain

DEEP, MOST, CALLS = 500, 20_000, 40  # nodes of a deep graph; things looked at in a call; calls looked at in a case
NUMBERS = {
    "zero": lambda x: x == 0 and math.copysign(1, x) > 0,
    "minus zero": lambda x: type(x) is float and x == 0 and math.copysign(1, x) < 0,
    "one": lambda x: x == 1,
    "minus one": lambda x: x == -1,
    "negative": lambda x: x < 0,
    "whole number": lambda x: type(x) is int,
    "fraction": lambda x: type(x) is float and x != x // 1,
    "not a number": lambda x: x != x,
    "infinite": lambda x: x in (math.inf, -math.inf),
}
FEATURES = {
    "numbers": ("zero", "one", "minus one", "negative", "whole number", "fraction", "two equal numbers"),
    "arrays": (
        *("no axis", "an axis of size 1", "an axis of size 0", "four axes", "two axes of one size"),
        *("float32", "float64", "numbers that do not lie one after the other"),
    ),
    "nodes": (
        *("a node with one parent", "a node with two parents", "a node with three parents", "a parent twice"),
        *("a node used three times", "the root alone", "a deep graph"),
    ),
    "entries": (
        *("an input behind an operation", "an input with attributes", "an operation with attributes"),
        *("an output that is an input", "an output that is a constant", "an output named twice", "two outputs"),
        *("a name that is no identifier", "a guard", "an operand twice", "one operand", "a constant of 0"),
        *("two operations on the same operands", "the same operation on exchanged operands", "an unused input"),
        *("no constant", "no operation", "minus zero", "not a number", "infinite"),
    ),
}


def missing(exercise, namespace, seeds=range(5)):
    """``{feature: a seed on which no argument has it}``, of the kinds of things that the exercise hands out at all.

    namespace: one that holds a right answer; it is called as the check would call it.
    """
    drawn = [seen_in(exercise, namespace, seed) for seed in seeds]
    kinds = {kind for found in drawn for kind in found if kind in FEATURES}
    wanted = [feature for kind in FEATURES if kind in kinds for feature in FEATURES[kind]]
    lacking = {feature: next((s for s, found in zip(seeds, drawn) if feature not in found), None) for feature in wanted}
    return {feature: seed for feature, seed in lacking.items() if seed is not None}


def seen_in(exercise, namespace, seed):
    """The kinds and features of all that the learner's functions and methods receive on one draw."""
    found = set()
    watch(exercise, namespace, seed, lambda arguments, out: found.update(features_of(arguments)))
    return found


def watch(exercise, namespace, seed, note):
    """Run the probe on one draw; ``note(arguments, result)`` of the first calls in each case."""
    left, undo = [0], []

    def watched(thing):
        if isinstance(thing, type):
            for name, method in list(vars(thing).items()):
                if isinstance(method, types.FunctionType):
                    undo.append((thing, name, method))
                    setattr(thing, name, watched(method))
            return thing
        if not isinstance(thing, types.FunctionType):
            return thing

        @functools.wraps(thing)
        def noted(*arguments, **keywords):
            left[0] -= 1
            looked = left[0] >= 0
            if looked:
                note([*arguments, *keywords.values()], None)
            out = thing(*arguments, **keywords)
            if looked:
                note([], out)
            return out

        return noted

    names = {name: watched(namespace[name]) if name in exercise.needs else thing for name, thing in namespace.items()}
    try:
        for case in drawn(exercise, seed):
            left[0] = CALLS
            exercise.probe(names, {key: value for key, value in plain(case).items() if key != "judge"})
    finally:
        for owner, name, method in undo:
            setattr(owner, name, method)


def features_of(arguments):
    """The kinds of things among arguments ("numbers", "nodes", "entries") and their features."""
    found, numbers, seen = set(), [], set()
    stack = list(arguments)
    while stack and len(seen) < MOST:
        thing = stack.pop()
        if type(thing) in (int, float):
            numbers.append(thing)
        elif isinstance(thing, (list, tuple, set, frozenset)):
            if is_entries(thing):
                found |= entry_features(thing)
            elif id(thing) not in seen:
                seen.add(id(thing))
                stack += thing
        elif isinstance(thing, dict):
            stack += thing.values()
        elif is_array(thing):
            found |= array_features(thing)
            numbers += thing.ravel().tolist()[:MOST]
        elif hasattr(thing, "parents") and hasattr(thing, "data") and id(thing) not in seen:
            nodes = nodes_below(thing)
            seen |= set(map(id, nodes))
            numbers += [node.data for node in nodes if type(node.data) in (int, float)]
            found |= node_features(thing, nodes)
    if numbers:
        found.add("numbers")
        found |= {name for name, holds in NUMBERS.items() if any(map(holds, numbers))}
        if len(set(numbers)) < len(numbers):
            found.add("two equal numbers")
    return found


def is_array(thing):
    return hasattr(thing, "strides") and hasattr(thing, "dtype")


def array_features(array):
    sizes = array.shape
    tests = {
        "no axis": not sizes,
        "an axis of size 1": 1 in sizes,
        "an axis of size 0": 0 in sizes,
        "four axes": len(sizes) == 4,
        "two axes of one size": len({n for n in sizes if n > 1}) < sum(n > 1 for n in sizes),
        "numbers that do not lie one after the other": not array.flags.c_contiguous,
        str(array.dtype): True,
    }
    return {"arrays"} | {name for name, holds in tests.items() if holds}


def nodes_below(root):
    nodes, stack = {id(root): root}, [root]
    while stack and len(nodes) < MOST:
        for parent in stack.pop().parents:
            if id(parent) not in nodes:
                nodes[id(parent)] = parent
                stack.append(parent)
    return list(nodes.values())


def node_features(root, nodes):
    counts = [len(node.parents) for node in nodes]
    uses = [id(parent) for node in nodes for parent in node.parents]
    words = {1: "a node with one parent", 2: "a node with two parents", 3: "a node with three parents"}
    found = {"nodes"} | {words[min(n, 3)] for n in counts if n}
    if any(len(set(map(id, node.parents))) < len(node.parents) for node in nodes):
        found.add("a parent twice")
    if any(uses.count(id(node)) >= 3 for node in nodes[:200]):
        found.add("a node used three times")
    if not root.parents:
        found.add("the root alone")
    if len(nodes) > DEEP and max(counts) < len(nodes) / 2:
        found.add("a deep graph")
    return found


def is_entries(thing):
    """Whether this is a graph as a list of (name, op, inputs, attributes)."""
    rows = (
        isinstance(thing, (list, tuple)) and thing and all(isinstance(e, (list, tuple)) and len(e) == 4 for e in thing)
    )
    return bool(rows) and all(type(e[0]) is type(e[1]) is str and isinstance(e[3], dict) for e in thing)


def entry_features(entries):
    found, ops = {"entries"}, {name: op for name, op, _, _ in entries}
    outputs = [name for _, op, inputs, _ in entries if op == "output" for name in inputs]
    names = [entry[0] for entry in entries if entry[1] != "output"]
    used = {name for _, _, inputs, _ in entries for name in inputs}
    operations = [e for e in entries if e[1] not in ("input", "constant", "guard", "output")]
    first = next((i for i, e in enumerate(entries) if e in operations), len(entries))
    keys = [(op, tuple(inputs)) for _, op, inputs, _ in operations]
    tests = {
        "an input behind an operation": any(op == "input" for _, op, _, _ in entries[first:]),
        "an input with attributes": any(op == "input" and more for _, op, _, more in entries),
        "an operation with attributes": any(more for _, _, _, more in operations),
        "an output that is an input": any(ops.get(name) == "input" for name in outputs),
        "an output that is a constant": any(ops.get(name) == "constant" for name in outputs),
        "an output named twice": len(set(outputs)) < len(outputs),
        "two outputs": len(set(outputs)) > 1,
        "a name that is no identifier": not all(name.isidentifier() for name in names),
        "a guard": "guard" in ops.values(),
        "an operand twice": any(len(set(inputs)) < len(inputs) for _, _, inputs, _ in operations),
        "one operand": any(len(inputs) == 1 for _, _, inputs, _ in operations),
        "a constant of 0": any(op == "constant" and more.get("value") == 0 for _, op, _, more in entries),
        "two operations on the same operands": any(a[1] == b[1] and a[0] != b[0] for a in keys for b in keys[:50]),
        "the same operation on exchanged operands": any(
            (op, inputs[::-1]) in keys for op, inputs in keys if len(set(inputs)) > 1
        ),
        "an unused input": any(op == "input" and name not in used for name, op, _, _ in entries),
        "no constant": "constant" not in ops.values(),
        "no operation": not operations,
    }
    numbers = [e[3]["value"] for e in entries if e[1] == "constant" and type(e[3].get("value")) in (int, float)]
    if numbers:
        found |= {"numbers"} | {name for name, holds in NUMBERS.items() if any(map(holds, numbers))}
        found |= {"two equal numbers"} if len(set(numbers)) < len(numbers) else set()
    return found | {name for name, holds in tests.items() if holds}


# What each slip does to the result of a function, or to its arguments; `again` rebuilds lists, tuples and dicts, and
# `array` asks whether something is an array or a number of NumPy's.
SLIPS = {  # slip: (what has to be in a result, or given, for it to make a difference; the body)
    "rounds to 4 digits": (
        "digits",
        "return again(out, lambda x: round(x, 4) if type(x) is float and x - x == 0 else x)",
    ),
    "makes whole numbers floats": ("int", "return again(out, lambda x: float(x) if type(x) is int else x)"),
    "loses the sign of zero": ("minus zero", "return again(out, lambda x: x + 0.0 if type(x) is float else x)"),
    "keeps its first result": ("", "kept.append(out)\nreturn kept[0]"),
    "hands back one list each time": (
        "list",
        "kept.append(out)\nif type(out) is list and out is not kept[0]:\n    kept[0][:] = out\n"
        "return kept[0] if type(out) is list else out",
    ),
    "empties the lists that it was given": (
        "given",
        "out = again(out, lambda x: x)\nfor x in arguments:\n    if type(x) in (list, dict, set):\n"
        "        x.clear()\nreturn out",
    ),
    "appends to the lists that it was given": (
        "given",
        "out = again(out, lambda x: x)\nfor x in arguments:\n    if type(x) is list:\n"
        "        x.append(x[-1] if x else 0.0)\nreturn out",
    ),
    "turns its result round": ("order", "return out[::-1] if type(out) in (list, tuple) else out"),
    "sorts its entries": ("unsorted", "return sorted(out, key=str) if type(out) is list else out"),
    "loses its last entry": ("list", "return out[:-1] if type(out) is list else out"),
    "says its first entry twice": ("list", "return [*out[:1], *out] if type(out) is list else out"),
    "rounds its arrays to 4 digits": ("array of digits", "return again(out, lambda x: x.round(4) if array(x) else x)"),
    "turns float32 into float64": ("float32", "return again(out, lambda x: x.astype('float64') if array(x) else x)"),
    "writes into the arrays that it was given": (
        "given an array",
        "out = again(out, lambda x: x.copy() if array(x) else x)\nfor x in arguments:\n"
        "    if array(x) and x.flags.writeable:\n        x[...] = 0\nreturn out",
    ),
    "hands back the same memory each time": (
        "array",
        "def room(x):\n    key = (x.shape, str(x.dtype)) if array(x) else None\n    if key is None or not x.shape:\n"
        "        return x\n    same = next((y for k, y in kept if k == key), None)\n    if same is None:\n"
        "        kept.append((key, x))\n        return x\n    same[...] = x\n    return same\nreturn again(out, room)",
    ),
    "drops attributes": (
        "attributes",
        "rows = type(out) is list and all(type(e) in (list, tuple) and len(e) == 4 for e in out)\n"
        "return [(*e[:3], {}) if e[1] not in ('constant', 'guard') else e for e in out] if rows else out",
    ),
    "renames": (
        "entries",
        "rows = type(out) is list and all(type(e) in (list, tuple) and len(e) == 4 for e in out)\n"
        "new = {e[0]: e[0] + '_' for e in out if e[0] and e[1] != 'input'} if rows else {}\n"
        "return [(new.get(e[0], e[0]), e[1], tuple(new.get(x, x) for x in e[2]), e[3]) for e in out] if rows else out",
    ),
}
TEMPLATE = """

def _slips(function, kept):
    def again(out, change):
        if type(out) in (list, tuple):
            return type(out)(again(x, change) for x in out)
        return {{key: again(x, change) for key, x in out.items()}} if type(out) is dict else change(out)

    def array(x):
        return hasattr(x, "strides") and hasattr(x, "dtype")

    def slipped(*arguments, **keywords):
        out = function(*arguments, **keywords)
{body}

    return slipped


{names}
"""


def tells(thing):
    """What a result is made of, so that a slip in it would make a difference."""
    found, stack = set(), [thing]
    while stack:
        part = stack.pop()
        if type(part) in (list, tuple):
            stack += part
            found |= {"list"} if type(part) is list and part else set()
        elif type(part) is dict:
            stack += part.values()
        elif type(part) is float and part - part == 0 and round(part, 4) != part:
            found.add("digits")
        elif type(part) is float and part == 0 and math.copysign(1, part) < 0:
            found.add("minus zero")
        elif type(part) is int:
            found.add("int")
        elif is_array(part):  # a tensor of PyTorch's is none: the slips below are NumPy's
            found |= {"array", str(part.dtype)}
            digits = part.dtype.kind == "f" and (part.round(4) != part).any()  # truths cannot be rounded
            found |= {"array of digits"} if digits else set()
    if type(thing) in (list, tuple) and any(map(is_array, thing)):
        found |= {"order"} if len(thing) > 1 else set()
    elif type(thing) in (list, tuple) and len(thing) > 1:
        found |= {"order"} if differ(thing[::-1], thing) else set()
        found |= {"unsorted"} if differ(sorted(thing, key=str), thing) else set()
    if is_entries(thing):
        found |= {"attributes"} if any(e[3] for e in thing if e[1] not in ("constant", "guard")) else set()
        found.add("entries")
    return found


def differ(things, others):
    """Whether two lists or tuples differ; arrays in them do not say so with one truth."""
    try:
        return list(things) != list(others)
    except (ValueError, RuntimeError):  # NumPy's, and PyTorch's
        return [str(thing) for thing in things] != [str(thing) for thing in others]


def given(arguments):
    found = {"given"} if any(type(thing) in (list, dict, set) and thing for thing in arguments) else set()
    return found | ({"given an array"} if any(map(is_array, arguments)) else set())


def slips(exercise, source, namespace):
    """``{slip: the source of a solution that makes it}``, for the functions of the exercise that return something.

    namespace: one that holds the solution; slips that would change nothing on a draw are left out.
    """
    functions = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    names = [name for name in exercise.needs if name in functions and name not in exercise.acts]
    if not names:
        return {}
    told = set()
    watch(exercise, namespace, 0, lambda arguments, out: told.update(tells(out), given(arguments)))
    wrapped = "\n".join(f"{name} = _slips({name}, [])" for name in names)
    found = {}
    for slip, (needed, body) in SLIPS.items():
        if needed and needed not in told:
            continue
        lines = "\n".join("        " + line for line in body.split("\n"))
        found[slip] = source.rstrip("\n") + TEMPLATE.format(body=lines, names=wrapped)
    return found
