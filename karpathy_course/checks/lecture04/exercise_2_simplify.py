"""Exercise 04.2: which school identities hold for every float, and which need a permission by name.

The judge holds an answer bit for bit to a reference that makes exactly the rewrites that are legal or allowed, on
inputs with -0.0, inf and NaN; the same reference with one forbidden rewrite more tells which one was made.
"""

import struct

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture04.pass_laws import (
    agree,
    alike,
    changed_value,
    difference,
    expect_entries,
    expect_operations,
    expect_pass,
    expect_the_same_again,
    line_of,
    live,
    samples,
    written,
)
from karpathy_course.checks.shared.graph_entries import draw_graph, draw_inputs, inputs_of, renamed
from karpathy_course.checks.shared.graph_layouts import NEXT, NUMBERS, SAID, demanding, handed_back

LEGAL = {"x*1", "x-0", "x+-0"}
ON_PERMISSION = ("x+0", "x-x", "x*0")
WRONG = {  # what must not be rewritten: why, and the hint that helps
    "x+0": ("x + 0.0 is not x for x = -0.0: -0.0 + 0.0 is 0.0, and 1/0.0 is not 1/-0.0.", 1),
    "x-x": ("x - x is not 0.0 for every float: inf - inf and NaN - NaN are NaN.", 1),
    "x*0": ("x · 0.0 is not 0.0 for every float: inf · 0.0 and NaN · 0.0 are NaN, and -3 · 0.0 is -0.0.", 1),
    "x--0": ("x - (-0.0) is x + 0.0: for x = -0.0 that is 0.0. Only x - 0.0, with the zero's own sign, is x.", 2),
    "x*-1": ("x · (-1.0) is -x: -1.0 is not 1.0.", 2),
    "x*-0": ("x · (-0.0) is none of the six identities: x*0 speaks of 0.0 alone, and the bits differ.", 2),
    "x*1-nearly": ("A number near 1.0 has been taken for 1.0: x · 1.0000000000000002 is not x.", 2),
    "x+0-nearly": ("A number near 0.0 has been taken for 0.0: the smallest float, 5e-324, is not zero.", 2),
    "0-x": ("0.0 - x has become x: a difference may not be turned round.", 2),
}


KINDS = ("add", "sub", "mul", "div", "tanh", "exp")
KIND_NUMBERS = (*NUMBERS, 5e-324, *3 * (0.0, -0.0, 1.0))  # so often that they stand on both sides of several operations


def bits(x):
    return struct.pack("d", x)


def simplified(graph, rules, one_side=False, last=False, traced=False):
    """graph after one sweep of the rewrites that rules names; one_side: constants are seen on the right only.

    traced: the value that an input had in the trace is taken for a constant.
    last: of two rewrites that fit, as for 0.0 · 1.0, the last is made, and not the first.
    """
    stands, values, out = {}, {}, []
    for name, op, operands, attributes in graph:
        operands = [stands.get(x, x) for x in operands]
        value = None
        if op in ("add", "sub", "mul"):
            a, b = operands
            sides = [(a, b)] if one_side or op == "sub" else [(a, b), (b, a)]
            rewrites = [other for x, c in sides if (other := rewritten(op, x, values.get(c), rules)) is not None]
            if op == "sub" and "0-x" in rules and a in values and values[a] == 0:
                rewrites.append(b)
            if op == "sub" and "x-x" in rules and a == b:
                rewrites.append(0.0)
            becomes = rewrites[-last] if rewrites else None
            if type(becomes) is str:
                stands[name] = becomes
                continue
            if rewrites:
                value = becomes
                op, operands, attributes = "constant", [], {"value": value}
        elif op == "constant" or (traced and op == "input"):
            value = attributes.get("value")
        if value is not None:
            values[name] = value
        out.append([name, op, operands, attributes])
    return out


def rewritten(op, x, constant, rules):
    """What ``x op constant`` becomes: the name x, the number 0.0, or None where it stays."""
    if constant is None:
        return None
    if "x*1-nearly" in rules and abs(constant - 1) < 1e-9:
        constant = 1.0
    if "x+0-nearly" in rules and 0 < abs(constant) < 1e-9:
        constant = -0.0 if op == "add" else 0.0
    zero, minus = bits(constant) == bits(0.0), bits(constant) == bits(-0.0)
    rule = {
        "mul": {1.0: "x*1", -1.0: "x*-1", 0.0: "x*-0" if minus else "x*0"}.get(constant, ""),
        "add": "x+0" if zero else "x+-0" if minus else "",
        "sub": "x-0" if zero else "x--0" if minus else "",
    }[op]
    if rule not in rules:
        return None
    return 0.0 if rule in ("x*0", "x*-0") else x


def random_case(rng, allow=(), tempting=True):
    """A random graph in which the legal rewrites matter, and those that allow names.

    tempting: whether it holds forbidden ones too.
    """
    numbers = (1.0, 0.0, 1.0, 0.0, 2.5) if allow else (1.0, 0.0, -0.0, 1.0, 2.5) if tempting else (1.0, -0.0, 1.0, 2.5)
    ops = ("add", "sub", "mul", "add", "mul", "tanh") if tempting else ("add", "mul", "tanh")
    while True:
        graph = draw_graph(rng, inputs=3, operations=11, ops=ops, constants=len(numbers))
        constants = {entry[0]: number for entry, number in zip((e for e in graph if e[1] == "constant"), numbers)}
        for name, op, operands, attributes in graph:
            if op == "constant":
                attributes["value"] = constants[name]
            elif op == "sub" and rng.random() < 0.5:
                operands[1] = operands[0]
        alone = any(len(operands) == 2 and all(x in constants for x in operands) for _, _, operands, _ in graph)
        legal, asked = live(simplified(graph, LEGAL)), live(simplified(graph, LEGAL | set(allow)))
        more = live(simplified(graph, LEGAL | set(ON_PERMISSION))) < legal
        enough = 2 <= asked < live(graph) and more == tempting and (not allow or asked < legal)
        if enough and not alone and decided(graph, allow):
            return renamed(graph, rng)


def decided(graph, allow):
    """Whether there is one right answer: no operation fits two identities that make different things of it."""
    rules = LEGAL | set(allow)
    return alike(simplified(graph, rules), simplified(graph, rules, last=True))


def all_kinds(rng, allow):
    """A graph with everything that code for graphs overlooks."""
    while True:
        graph = demanding(rng, KINDS, KIND_NUMBERS)
        if decided(graph, allow):
            return graph


class Simplify(Exercise):
    id = "04.2"
    title = "Identities that hold for every float"
    section = "Which identities are legal"
    why = (
        "An optimiser may only use what holds for every float, or a program would change its answer by being optimised."
    )
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("simplify",)
    shared = ("karpathy_course.checks.shared.running_a_pass",)
    properties = {"always": 0.3, "never without permission": 0.4, "by permission": 0.3}
    task = """\
School knows these identities; a float is not always a number from school. Write `simplify(graph, allow=())`, which
rewrites an operation only where the result has **the same bits for every x**: -0.0, inf and NaN among them (any NaN
is as good as another). Find out which these are: run both sides on such an x.

| name | operation | becomes |
|---|---|---|
| `x*1` | x · 1.0, 1.0 · x | x |
| `x+0` | x + 0.0, 0.0 + x | x |
| `x+-0` | x + (-0.0), (-0.0) + x | x |
| `x-0` | x - 0.0 | x |
| `x-x` | x - x | 0.0 |
| `x*0` | x · 0.0, 0.0 · x | 0.0 |

Those that are legal are always rewritten, the others only where their name is in `allow`. Nothing else is rewritten.
Take a constant for what `("c", "constant", (), {"value": 1.0})` says; in `allow` may stand any of the six names.

Where an operation becomes x, its entry goes, and whoever used it, the output too, uses x. Where it becomes
0.0, a constant takes its name and its place. One sweep must do: (x · 1) + (-0.0) is x. What nothing uses any more
may go or stay; all other entries stay as they are, in their order."""
    hints = (
        "Print x + 0.0 and x - x for x = -0.0, inf, nan, and look at the sign: 0.0 == -0.0 is True, and yet they are two "
        "floats. Three of the six identities hold for every one of them.",
        "`value == 0` cannot tell the zeros apart; math.copysign(1.0, value) or str(value) can. x + (-0.0) is always x "
        "and x + 0.0 is not; with minus it is the other way round.",
        "Keep `stands`, a dict from each vanished name to what it stands for, and `value`, from name to constant. For each "
        "entry first replace the inputs by what they stand for. Then for add and mul try (a, b) and (b, a), for sub "
        '(a, b): which of the six is it, and is it one of {"x*1", "x+-0", "x-0"} or in allow?',
    )

    @staticmethod
    def cases(rng):
        r = round(rng.uniform(2, 9), 2)
        small = [  # property, name, inputs, lines, allow, what it tempts to
            ("always", "(x · 1.0) · y", "x y", "c = 1.0; a = mul(x, c); b = mul(a, y)", "b", [], None),
            ("always", "1.0 · x, handed back", "x y", "c = 1.0; a = mul(c, x); b = mul(x, y)", "b a", [], None),
            ("always", "tanh(x + -0.0)", "x", "m = -0.0; a = add(x, m); y = tanh(a)", "y", [], None),
            ("always", "tanh(x - 0.0)", "x", "z = 0.0; a = sub(x, z); y = tanh(a)", "y", [], None),
            ("always", "(x + -0.0) - 0.0", "x", "m = -0.0; z = 0.0; a = add(x, m); b = sub(a, z); y = tanh(b)", "y", [], None),
            ("always", f"-0.0 + (x · {r})", "x", f"m = -0.0; r = {r}; a = mul(x, r); y = add(m, a)", "y", [], None),
            ("always", "a guard on x · 1.0 > y", "x y", "c = 1.0; a = mul(x, c); g = gt(a, y); y2 = mul(a, y)", "y2 a", [], None),
            ("always", "a guard on x · 1.0", "x y", "c = 1.0; a = mul(x, c); b = mul(a, y)", "b", [], None),
            ("always", "1.0 · 1.0 · x", "x", "c = 1.0; a = mul(c, c); b = mul(a, x); y = tanh(b)", "y a", [], None),
            ("never without permission", "2.5 · 3.5 and 1.5 + 2.0", "x", "c = 2.5; d = 3.5; o = 1.0; a = mul(c, d); b = add(a, c); e = mul(b, o); y = mul(e, x)", "y", [], None),
            ("never without permission", "(x + 0.0) · 1.0", "x", "z = 0.0; c = 1.0; a = add(x, z); y = mul(a, c)", "y", [], "x+0"),
            ("never without permission", "(0.0 + x) · 1.0", "x", "z = 0.0; c = 1.0; a = add(z, x); y = mul(a, c)", "y", [], "x+0"),
            ("never without permission", "(x - x) · 1.0", "x", "c = 1.0; a = sub(x, x); y = mul(a, c)", "y", [], "x-x"),
            ("never without permission", "(x · 0.0) - 0.0", "x", "z = 0.0; a = mul(x, z); y = sub(a, z)", "y", [], "x*0"),
            ("never without permission", "(0.0 · x) - 0.0", "x", "z = 0.0; a = mul(z, x); y = sub(a, z)", "y", [], "x*0"),
            ("never without permission", "(x - -0.0) · 1.0", "x", "m = -0.0; c = 1.0; a = sub(x, m); y = mul(a, c)", "y", [], "x--0"),
            ("never without permission", "(0.0 - x) · 1.0", "x", "z = 0.0; c = 1.0; a = sub(z, x); y = mul(a, c)", "y", [], "0-x"),
            ("never without permission", "-1.0 · (x · 1.0)", "x", "c = 1.0; m = -1.0; a = mul(x, c); y = mul(m, a)", "y a", [], "x*-1"),
            ("never without permission", "x · 1.0000000000000002 · 1.0", "x", f"n = {NEXT}; c = 1.0; a = mul(x, n); y = mul(a, c)", "y", [], "x*1-nearly"),
            ("never without permission", "(x + 5e-324) - 5e-324", "x", "n = 5e-324; z = 0.0; a = add(x, n); b = sub(a, n); y = sub(b, z)", "y", [], "x+0-nearly"),
            ("never without permission", "(x · y) + (x · y) · 1.0", "x y", "c = 1.0; p = mul(x, y); q = mul(x, y); r = mul(q, c); s = add(p, r)", "s", [], None),
            ("never without permission", "x + x, x / x, (x · x) · 1.0", "x", "c = 1.0; a = add(x, x); b = div(x, x); d = mul(x, x); e = mul(d, c)", "a b e", [], None),
            ("never without permission", "x / 1.0, 0.0 / x, tanh(0.0)", "x", "c = 1.0; z = 0.0; a = div(x, c); b = div(z, x); t = tanh(z); d = mul(a, c)", "d b t", [], None),
            ("by permission", "x + 0.0, allowed", "x y", "z = 0.0; a = add(x, z); b = mul(a, y)", "b", ["x+0"], None),
            ("by permission", "-0.0 · x, where x*0 is allowed", "x y", "m = -0.0; z = 0.0; a = mul(m, x); b = mul(y, z)", "a b", ["x*0"], "x*-0"),
            ("by permission", "x - x, allowed", "x y", "a = sub(x, x); b = mul(x, y)", "b a", ["x-x"], None),
            ("by permission", "(x · 1.0) - x, x-x allowed", "x y", "c = 1.0; a = mul(x, c); b = sub(a, x); t = mul(b, y)", "t b", ["x-x"], None),
            ("by permission", "2.5 - 2.5 of two constants, x-x allowed", "x", "c = 2.5; d = 2.5; a = sub(c, d); b = sub(x, x); t = mul(a, b)", "t b", ["x-x"], None),
            ("by permission", "0.0 · x, allowed", "x y", "z = 0.0; a = mul(z, x); b = mul(x, y)", "b a", ["x*0"], None),
            ("by permission", "x · 0.0 + y, both allowed", "x y", "z = 0.0; a = mul(x, z); b = add(a, y); t = tanh(b)", "t", ["x*0", "x+0"], None),
            ("by permission", "(x + 0.0) · 0.0, x+0 allowed", "x", "z = 0.0; a = add(x, z); y = mul(a, z)", "y", ["x+0", "x*1"], "x*0"),
            ("by permission", "(x - x) + 0.0, x-x allowed", "x y", "z = 0.0; a = sub(x, x); b = add(y, z); t = mul(a, b)", "t", ["x-x"], "x+0"),
        ]  # fmt: skip
        found = [
            (p, n, with_guard(n, written(i, lines, o)), allow, tempts) for p, n, i, lines, o, allow, tempts in small
        ]
        for _ in range(2):
            found.append(("always", "a random graph", random_case(rng, tempting=False), [], None))
            found.append(("never without permission", "a random graph", random_case(rng), [], None))
        for k in range(3):
            allow = [ON_PERMISSION[k]] if k else rng.sample(ON_PERMISSION, 2)
            found.append(("by permission", "a random graph", random_case(rng, allow), allow, None))
        traced = written("x y", "a = mul(x, y); c = 1.0; b = mul(a, c)", "b")
        traced[1][3] |= {"value": 1.0, "trainable": True}
        found.append(("never without permission", "x · y, where y was 1.0 in the trace", traced, [], None))
        found.append(("always", "no operation at all", handed_back(), [], None))
        every = [("always", []), ("never without permission", [])]
        every += [
            ("by permission", allow)
            for allow in (*([rule] for rule in ON_PERMISSION), sorted(LEGAL | set(ON_PERMISSION)))
        ]
        every = [(p, "a graph of all kinds", all_kinds(rng, allow), allow, None) for p, allow in every]
        cases = []
        for p, n, graph, allow, tempts in [
            *sorted(found, key=lambda case: list(Simplify.properties).index(case[0])),
            *every,
        ]:
            special = [[x] * len(inputs_of(graph)) for x in (-0.0, float("inf"), float("nan"), -3.0)]
            trials = [*special, *samples(rng, graph), draw_inputs(rng, len(inputs_of(graph)), True)]
            case = {"property": p, "name": n, "graph": graph, "allow": allow}
            cases.append({**case, "judge": {"tempts": tempts, "trials": trials}})
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.running_a_pass import run_pass

        simplify, allow = namespace["simplify"], tuple(case["allow"])
        return run_pass(lambda graph: simplify(graph, allow) if allow else simplify(graph), case["graph"])

    @staticmethod
    def judge(case, answer):
        graph, trials, allow, where = (
            case["graph"],
            case["judge"]["trials"],
            set(case["allow"]),
            f"(Seen in {case['name']}.)",
        )
        result = expect_pass(case, answer, replaces=True)
        rules = LEGAL | allow
        reference = simplified(graph, rules)
        found = difference(result, reference, trials)
        if found is None and live(result) == live(reference):
            expect_operations(case, result, reference)
            expect_entries(case, result, reference, unneeded=False)
            expect_the_same_again(case, answer, result)
            return
        shown = {"got": live(result), "expected": live(reference)}
        if found is not None:
            shown = {"got": found[1], "expected": found[2]}
        only = f" Here only {', '.join(sorted(allow))} is allowed." if allow else ""
        for id, message, hint, other in slips(graph, rules, allow, case["judge"]["tempts"], result):
            if live(result) == live(other) and agree(result, other, trials):
                raise Mistake(id, f"{message}{only if id in WRONG else ''} {where}", **shown, hint=hint)
        expect_one_name(graph, result, reference, where)
        expect_operations(case, result, reference)
        raise changed_value(case, found)


def with_guard(name, graph):
    """graph, and where its name says so a guard behind everything, on what name says."""
    condition = {"a guard on x · 1.0 > y": "g", "a guard on x · 1.0": "a"}.get(name)
    return graph if condition is None else [*graph[:-1], ["guard1", "guard", [condition], dict(SAID)], graph[-1]]


def expect_one_name(graph, result, reference, where):
    """Raise ``equal-constants`` where an operation on two constants with equal values was taken for one on one name."""
    value, left = ({e[0]: e[3]["value"] for e in graph if e[1] == "constant"}, {e[0]: e[1] for e in result})
    for name, op, operands, _ in reference:
        a, b = (*operands, None, None)[:2]
        if left.get(name) != op and a != b and a in value and b in value and value[a] == value[b]:
            message = (
                f"`{op}({a}, {b})` is gone, but {a} and {b} are two entries, though their numbers are equal: the identity is about "
                "one name that stands twice. What two constants give, constant folding computes."
            )
            raise Mistake("equal-constants", f"{message} {where}", hint=2)


def late_pair(graph, result):
    """What to say where each x - x that is left is one only by what stands for its operands; "" otherwise."""
    before = {entry[0]: entry for entry in graph}
    left = [(before[e[0]], e[2][0]) for e in result if e[1] == "sub" and e[2][0] == e[2][1] and e[0] in before]
    if not left or any(was[1] != "sub" or was[2][0] == was[2][1] for was, _ in left):
        return ""
    was, x = left[0]
    old = next(operand for operand in was[2] if operand != x)
    message = f" `{line_of(was)}` is left: {x} stands for {old} by now, so this is {x} - {x} too."
    return message + " Compare the operands after they have been replaced."


def not_used(rule, graph, result, reference, other):
    """The message of a legal identity that was not used, with the first place; other: what comes of not using it."""
    left, gone = {e[0]: e for e in result}, {e[0] for e in other} - {e[0] for e in reference}
    numbers = {entry[0] for entry in graph if entry[1] == "constant"}
    for name, op, operands, _ in graph:
        if name in gone and name in left and left[name][1] == op:
            too = ", also where x is a constant itself" if {*operands} <= numbers else ""
            return f"`{line_of(left[name])}` is left, but the identity {rule} holds for every float{too}."
    return f"The identity {rule} holds for every float, and is not used everywhere."


def slips(graph, rules, allow, tempts, result):
    """``(id, message, hint, the graph that comes of it)`` of every usual mistake; result: the answer's."""
    for id, (message, hint) in WRONG.items():
        if id not in rules:
            yield id, message, hint, simplified(graph, rules | {id})
    if tempts:
        yield tempts, *WRONG[tempts], simplified(graph, rules | set(ON_PERMISSION))
    ignored = [LEGAL, *(rules - {rule} for rule in sorted(allow))] if allow else []
    for fewer in ignored:
        message = f"`allow` names {', '.join(sorted(allow))}, and not everything that this permits has been rewritten."
        message += late_pair(graph, result) if "x-x" in allow else ""
        yield "permission-ignored", message, 3, simplified(graph, fewer)
    message = "An input is no constant, whatever value stands in its attributes: that is the one it had in the trace."
    yield "input-for-constant", message, 2, simplified(graph, rules, traced=True)
    message = "A constant that stands first, as in 1.0 · x, has not been seen: products and sums have two sides."
    yield "one-side", message, 3, simplified(graph, rules, one_side=True)
    for rule in sorted(LEGAL):
        other = simplified(graph, rules - {rule})
        yield "legal-left", not_used(rule, graph, result, simplified(graph, rules), other), 1, other
