"""Exercise 04.3: equal things are computed once, and only equal things are.

The judge makes the usual mistakes on purpose (operands sorted for every operation, zeros taken for one another, marks
not looked at) and names the one whose numbers, or whose count, it finds.
"""

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
    same_needed,
    samples,
    written,
)
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import count, draw_graph, renamed
from karpathy_course.checks.shared.graph_layouts import NEXT, demanding, handed_back, with_names

COMMUTE = ("add", "mul")
WRONG_VALUES = [  # id, how whoever makes the mistake compares, message, hint
    (
        "order-counts",
        {"commute": ("add", "mul", "sub", "div", "gt")},
        "a - b has been taken for b - a: the order of the operands may be forgotten only for add and mul.",
        1,
    ),
    (
        "two-zeros",
        {"exact": False},
        "The constants 0.0 and -0.0 have been merged: they are equal for == and as keys of a dict, and yet 1/0.0 is inf "
        "and 1/-0.0 is -inf.",
        3,
    ),
    (
        "merged-inputs",
        {"inputs": True},
        "Two inputs have been merged: they look alike in the list, but the caller gives each its own number.",
        1,
    ),
    (
        "joined-names",
        {"apart": False},
        "Operations on other operands have been merged, whose names read alike when nothing stands between them: a, bc and "
        "ab, c. Keep the operands of the key as a tuple.",
        2,
    ),
    (
        "ignored-op",
        {"ops": False},
        "Two different operations on the same operands have been merged: the op is part of what is equal.",
        2,
    ),
    (
        "ignored-operands",
        {"operands": False},
        "Operations have been merged that have the same op, but other operands.",
        2,
    ),
    (
        "ignored-attributes",
        {"attributes": False},
        "Constants with different values have been merged: what an entry computes is also in its attributes.",
        2,
    ),
]
WRONG_COUNTS = [
    (
        "attributes-as-text",
        {"sorted_keys": False},
        "Two dicts are equal whatever the order of their keys: {'a': 1, 'b': 2} and {'b': 2, 'a': 1} are. Their texts are "
        "not: sort the items first.",
        3,
    ),
    (
        "constants-left",
        {"constants": False},
        "Two constants with the same value are the same number: merge them, and what is made of them.",
        2,
    ),
    (
        "repeat-merged",
        {"marks": False},
        "An entry with the mark `again` was computed a second time on purpose. Attributes are part of what is equal.",
        3,
    ),
    (
        "turned-round-left",
        {"commute": ()},
        "a + b and b + a are the same float, and so are a · b and b · a: they have not been merged.",
        1,
    ),
    (
        "one-level",
        {"further": False},
        "Once a and its copy b are one, a · c and b · c are equal too. Replace the operands first, then compare.",
        2,
    ),
]


def merged(
    graph,
    commute=COMMUTE,
    exact=True,
    inputs=False,
    ops=True,
    operands=True,
    attributes=True,
    marks=True,
    further=True,
    constants=True,
    sorted_keys=True,
    apart=True,
):
    """graph with each entry that equals an earlier one replaced by it; every keyword is a mistake to be made."""
    stands, first, out = {}, {}, []
    for name, op, names, more in graph:
        replaced = [stands.get(x, x) for x in names]
        order = replaced if further else names
        order = sorted(order) if op in commute else order
        key = [op if ops or not names else "", [] if not operands else order if apart else "".join(order)]
        if op == "constant" and attributes:
            key.append(repr(more["value"]) if exact else more["value"] + 0.0)
        elif marks and attributes:
            key.append([list(item) for item in (sorted(more.items()) if sorted_keys else more.items())])
        keeps = op in ("guard", "output") or (op == "input" and not inputs) or (op == "constant" and not constants)
        key = dumps([name] if keeps else key)
        if key in first:
            stands[name] = first[key]
            if op != "input":
                continue
        first.setdefault(key, name)
        out.append([name, op, replaced, more])
    return out


def with_copies(rng, graph):
    """graph with some entries written twice, under another name and, for add and mul, sometimes turned round."""
    out, names, made = [], {}, 0
    for name, op, operands, attributes in graph[:-1]:
        operands = [rng.choice(names[x]) for x in operands]
        out.append([name, op, operands, dict(attributes)])
        names[name] = [name]
        alone = op in ("input", "guard") or attributes.get("value") != attributes.get(
            "value"
        )  # NaN is not equal to NaN
        if not alone and rng.random() < 0.6:
            made += 1
            again = [rng.choice(names[base]) for base in (next(k for k in names if x in names[k]) for x in operands)]
            if op in COMMUTE and rng.random() < 0.5:
                again = again[::-1]
            names[name].append(f"k{made}")
            out.append([f"k{made}", op, again, dict(attributes)])
    outputs = [names[x][-1] for x in graph[-1][2]] if len(graph[-1][2]) > 1 else names[graph[-1][2][0]]
    return [*out, ["", "output", outputs, {}]]


def random_case(rng):
    """A random graph with copies on several levels, which every wrong way of comparing would count otherwise."""
    while True:
        graph = draw_graph(rng, inputs=3, operations=7, ops=("add", "sub", "mul", "div", "tanh"), constants=2)
        graph = renamed(with_copies(rng, graph), rng)
        levels, sides, numbers = (live(merged(graph, **{word: no})) for word, no in CHANGES)
        if live(merged(graph)) < min(levels, sides) and live(merged(graph)) <= numbers < live(graph):
            return graph


def all_kinds(rng):
    """A graph with everything that code for graphs overlooks, and copies in it that every wrong way would miss."""
    while True:
        graph = with_names(with_copies(rng, demanding(rng, ("add", "sub", "mul", "div", "tanh", "exp"))), rng)
        levels, sides, numbers = (live(merged(graph, **{word: no})) for word, no in CHANGES)
        if live(merged(graph)) < min(levels, sides, numbers):
            return graph


CHANGES = (("further", False), ("commute", ()), ("constants", False))


class MergeCommon(Exercise):
    id = "04.3"
    title = "Merge what is computed twice"
    section = "Merge common subexpressions"
    why = "An operation on the same operands gives the same bits, so computing it once loses nothing."
    difficulty, importance, minutes, points = 3, 4, 25, 3
    needs = ("merge_common",)
    shared = ("karpathy_course.checks.shared.running_a_pass",)
    properties = {
        "the same again": 0.3,
        "the order of operands": 0.25,
        "constants and inputs": 0.25,
        "side outputs": 0.2,
    }
    task = """\
Write `merge_common(graph)`, common subexpression elimination: where an entry computes what an earlier one has computed,
it goes, and whoever used it, the output too, uses the earlier one.

Two operations are equal when op, inputs and attributes are, after every input has been replaced by what it
stands for. add and mul give the same float either way round; of the others the order counts. Two constants are equal
when their values are the same float: 2.0 and 2.0, but not 0.0 and -0.0. Two inputs are never equal, and every
`guard` stays.

Attributes may hold a mark, `{"again": "mul1"}`: this entry repeats `mul1` on purpose (04.6 says why), and is not
equal to it. All other entries stay as they are, in their order, those that nothing uses among them."""
    hints = (
        "In (a + b) · (b + a), which entries compute the same? And in (a - b) · (b - a)? Then change your mind about "
        "inputs: two of them may look exactly alike.",
        "A dict `first` from key to name finds an equal earlier entry in one step. The key is made of op, inputs and "
        "attributes, with the inputs already replaced by what they stand for; sort them for add and mul alone.",
        "Dicts cannot be part of a key, and 0.0 == -0.0: repr(sorted(attributes.items())) is text, and keeps the zeros "
        "apart. key = (op, inputs, that text); an input, a guard or the output never gets one.",
    )

    @staticmethod
    def cases(rng):
        r = round(rng.uniform(2, 9), 2)
        found = [
            ("the same again", "(a · b) + (a · b)", written("a b", "p = mul(a, b); q = mul(a, b); y = add(p, q)", "y")),
            ("the same again", "tanh(a) · tanh(a)", written("a", "p = tanh(a); q = tanh(a); y = mul(p, q)", "y")),
            ("the same again", "(a + b) · (b + a)", written("a b", "p = add(a, b); q = add(b, a); y = mul(p, q)", "y")),
            (
                "the same again",
                "tanh(a · b) - tanh(b · a)",
                written("a b", "p = mul(a, b); q = mul(b, a); s = tanh(p); t = tanh(q); y = sub(s, t)", "y t"),
            ),
            (
                "the order of operands",
                "(a - b) · (b - a) · (a - b)",
                written("a b", "p = sub(a, b); q = sub(b, a); r = sub(a, b); s = mul(p, q); y = mul(s, r)", "y"),
            ),
            (
                "the order of operands",
                "(a / b) + (b / a) + (a / b)",
                written("a b", "p = div(a, b); q = div(b, a); r = div(a, b); s = add(p, q); y = add(s, r)", "y"),
            ),
            (
                "constants and inputs",
                f"({r} · a) · ({r} · a)",
                written("a", f"c = {r}; d = {r}; p = mul(c, a); q = mul(a, d); y = mul(p, q)", "y"),
            ),
            (
                "constants and inputs",
                "1 / (a · 0.0) + 1 / (a · -0.0) + 1 / (0.0 · a)",
                written(
                    "a",
                    "z = 0.0; m = -0.0; i = 1; j = 1; p = mul(a, z); q = mul(a, m); r = mul(z, a); s = div(i, p); "
                    "t = div(j, q); u = div(i, r); v = add(s, t); y = add(v, u)",
                    "y t",
                ),
            ),
            (
                "constants and inputs",
                "tanh(a) - tanh(b) + tanh(a)",
                written("a b", "p = tanh(a); q = tanh(b); r = tanh(a); s = sub(p, q); y = add(s, r)", "y"),
            ),
            (
                "the order of operands",
                "(a + b) - (b · a) - (a / b)",
                written("a b", "p = add(a, b); q = mul(b, a); r = div(a, b); s = sub(p, q); y = sub(s, r)", "y p"),
            ),
            (
                "the order of operands",
                "names that read alike: a, bc and ab, c",
                written(
                    "a bc ab c",
                    "p = sub(a, bc); q = sub(ab, c); r = mul(bc, a); s = mul(c, ab); y = mul(p, r)",
                    "y q s",
                ),
            ),
            (
                "constants and inputs",
                "(1 · a) · (1.0000000000000002 · a)",
                written("a", f"c = 1.0; d = {NEXT}; p = mul(c, a); q = mul(d, a); y = mul(p, q)", "y p q"),
            ),
            ("constants and inputs", "no operation at all", handed_back()),
            ("side outputs", "two guards on a > b", guarded()),
            ("side outputs", "a mark `again`", repeated()),
            ("side outputs", "attributes in another order", ordered(rng)),
        ]
        for property in MergeCommon.properties:
            found += [(property, "a random graph", random_case(rng)) for _ in range(2)]
        found.sort(key=lambda case: list(MergeCommon.properties).index(case[0]))
        found += [(property, "a graph of all kinds", all_kinds(rng)) for property in list(MergeCommon.properties)[1:]]
        return [{"property": p, "name": n, "graph": g, "judge": {"trials": samples(rng, g)}} for p, n, g in found]

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.running_a_pass import run_pass

        return run_pass(namespace["merge_common"], case["graph"])

    @staticmethod
    def judge(case, answer):
        graph, trials, where = case["graph"], case["judge"]["trials"], f"(Seen in {case['name']}.)"
        result = expect_pass(case, answer)
        if found := difference(result, graph, trials):
            for id, otherwise, message, hint in WRONG_VALUES:
                if agree(result, merged(graph, **otherwise), trials):
                    raise Mistake(id, f"{message} {where}", *found[1:], hint=hint)
            raise changed_value(case, found)
        reference = merged(graph)
        for id, otherwise, message, hint in (*WRONG_COUNTS, *WRONG_VALUES):
            other = merged(graph, **otherwise)
            if not alike(result, reference) and (alike(result, other) or counted_alike(result, other, reference)):
                left = [e for e in result if e[0] not in {entry[0] for entry in reference}]
                message += f" The first that is left is `{line_of(left[0])}`." if left else ""
                raise Mistake(id, f"{message} {where}", live(result), live(reference), hint=hint)
        if live(result) == live(reference) and count(result) > count(reference):
            message = "Nobody uses the second one any more, but it is still in the list, and would still be computed."
            raise Mistake("not-removed", f"{message} {where}", count(result), count(reference), hint=2)
        if live(result) > live(reference) and (message := repeated_line(result)):
            raise Mistake("left-over", f"{message} {where}", live(result), live(reference), hint=2)
        expect_operations(case, result, reference)
        expect_entries(case, result, reference)
        expect_the_same_again(case, answer, result)


def repeated_line(graph):
    """What to say of the first entry that equals an earlier one; "" where none does."""
    seen = {}
    for k, (_, op, operands, attributes) in enumerate(graph):
        key = dumps([op, sorted(operands) if op in COMMUTE else operands, sorted(attributes.items())])
        if op not in ("input", "guard", "output"):
            if key in seen:
                message = (
                    f"`{line_of(graph[k])}` is left, and computes what `{line_of(graph[seen[key]])}` has computed."
                )
                far = (
                    " They do not stand side by side: compare an entry with every earlier one, not with the last alone."
                )
                return message + (far if seen[key] < k - 1 else "")
            seen[key] = k
    return ""


def counted_alike(result, other, reference):
    """True when result has other operations than reference, and those that other needs are those that it needs."""
    sizes = [(live(graph), count(graph)) for graph in (result, other, reference)]
    return sizes[0] == sizes[1] != sizes[2] and same_needed(result, other)


def guarded():
    """a > b is asked for twice, by two lines of the trace that are alike; each has left its guard."""
    lines = "p = gt(a, b); q = gt(a, b); w = where(p, a, b); s = add(w, a); t = add(a, w); y = mul(s, t)"
    graph = written("a b", lines, "y")
    guards = [[f"guard{k}", "guard", [x], {"expected": True, "where": "if a > b:"}] for k, x in ((1, "p"), (2, "q"))]
    return [*graph[:4], *guards, *graph[4:]]


def ordered(rng):
    """Three sums over axes, as a program on arrays has them: two are equal, and say so in another order."""
    axes = rng.sample((0, 1, 2), 2)
    graph = written("a b", "e = exp(a); f = exp(a); g = exp(a); s = add(e, f); y = mul(s, g)", "y")
    said = {
        "e": {"axis": axes, "keep": True},
        "f": {"keep": True, "axis": axes},
        "g": {"axis": axes[::-1], "keep": True},
    }
    return [[n, op, xs, said.get(n, more)] for n, op, xs, more in graph]


def repeated():
    """exp(a) is computed a second time on purpose, and a · b by mistake, and later exp(a) too."""
    lines = "e = exp(a); p = mul(a, b); r = exp(a); q = mul(b, a); s = mul(e, p); t = mul(r, q); f = exp(a)"
    graph = written("a b", f"{lines}; u = mul(f, t); y = add(s, u)", "y")
    return [[n, op, xs, {"again": "e"} if n == "r" else more] for n, op, xs, more in graph]
