"""Exercise 03.4: how long values live, and how many must be kept at once, forward alone and with the backward.

The judge counts by brute force: it writes down every moment at which a value is touched. Each usual mistake is
the same count with one flaw, so that it can be named; graphs are drawn on which the flaws show.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_list
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import OPERATIONS, STRUCTURAL, draw_graph, renamed
from karpathy_course.checks.shared.graph_layouts import demanding, handed_back

READS = {  # what the backward of an operation reads again: operands by their place, "y" for its own result
    **{"add": (), "sub": (), "neg": (), "mul": (0, 1), "div": (1, "y"), "sin": (0,), "cos": (0,)},
    **{"exp": ("y",), "tanh": ("y",), "sigmoid": ("y",), "relu": ("y",)},
}
OPS = tuple(READS)
READS |= dict.fromkeys(("lt", "le", "gt", "ge"), ())
FLAWS = {  # id -> (message, hint)
    "counts-inputs": ("Inputs and constants are counted too: they belong to the caller and are there all the time.", 1),
    "forgets-outputs": ("An output is dropped after its last use inside the list: the caller wants it at the end.", 1),
    "first-use": ("A value lives until its last use; here it ends at its first.", 2),
    "keeps-everything": ("Every value is kept to the end, as the eager tape does. Drop it after its last use.", 1),
    "frees-too-early": (
        "While an operation runs, its operands are still there beside the result: a value counts at the moment of its "
        "last use too.",
        2,
    ),
    "forgets-backward": ("This is the forward pass alone: the backward reads values again, and they have to wait.", 2),
    "saves-everything": (
        "All operands and results are kept for the backward. READS says what a rule reads: add reads nothing.",
        2,
    ),
    "forgets-results": ('READS has "y" for the result of the operation itself, as for tanh: it is read again too.', 3),
    "backward-in-forward-order": (
        "The backward starts at the end of the list: entry k runs backward at the moment 2n - 1 - k.",
        3,
    ),
    "guards-use-nothing": (
        "A guard uses its condition, as an operation uses its operands: so long the condition lives.",
        1,
    ),
    "unused-to-the-end": (
        "A value that nobody uses lives for one moment, the one that makes it; here it never ends.",
        1,
    ),
    "one-output": ("Only the first name of the output entry lives to the very end: all of them do.", 1),
    "operand-for-y": ('In READS "y" is the result of the operation itself, not its operand.', 3),
    "outputs-end-with-the-forward": ("With the backward pass outputs live to its end, the moment 2n - 1.", 2),
    "one-moment-late": (
        "The backward's moments are off by one: entry k runs backward at 2n - 1 - k, not at 2n - k.",
        3,
    ),
    "overwritten": (
        "Two entries read the same value again, and the earlier of these moments has replaced the later: take the max.",
        2,
    ),
    "one-read": ("READS names two things for some operations, as (0, 1) for mul: only the first of them is read.", 3),
    "unused-not-run": ("An operation whose result nobody uses runs backward too: every entry does.", 2),
}
FORWARD = ("counts-inputs", "forgets-outputs", "first-use", "keeps-everything", "frees-too-early")
IN_LIFETIMES = ("guards-use-nothing", "unused-to-the-end")  # and in no peak, or not always
IN_BACKWARD = (
    "one-output",
    "operand-for-y",
    "outputs-end-with-the-forward",
    "one-moment-late",
    "overwritten",
    "one-read",
    "unused-not-run",
)
BACKWARD = (*FORWARD[:2], "forgets-backward", "saves-everything", "forgets-results", "backward-in-forward-order")


def touched(graph, backward, flaw=""):
    """``{name: [moments at which the value is made, used or read again]}`` of what operations make."""
    backward = backward and flaw != "forgets-backward"
    n, moments = len(graph), {}
    for k, (name, op, operands, _) in enumerate(graph):
        if op not in STRUCTURAL or (flaw == "counts-inputs" and op in ("input", "constant")):
            moments[name] = [k]
        if (op == "output" and flaw == "forgets-outputs") or (op == "guard" and flaw == "guards-use-nothing"):
            continue
        end = [2 * n - 1] if backward and op == "output" and flaw != "outputs-end-with-the-forward" else []
        for x in operands:
            if x in moments:
                moments[x] += [k, *(end if flaw != "one-output" or x == operands[0] else [])]
    used, again = {x for entry in graph for x in entry[2]}, {}
    for k, (name, op, operands, _) in enumerate(graph):
        if not backward or op in STRUCTURAL:
            continue
        read = [name if r == "y" else operands[r] for r in READS[op] if r != "y" or flaw != "forgets-results"]
        if flaw == "saves-everything":
            read = [name, *operands]
        if flaw == "operand-for-y":
            read = [operands[0 if r == "y" else r] for r in READS[op]]
        if flaw == "one-read":
            read = read[:1]
        if flaw == "unused-not-run" and name not in used:
            read = []
        for x in read:
            if x in moments:
                now = n + k if flaw == "backward-in-forward-order" else 2 * n - k - (flaw != "one-moment-late")
                again[x] = [now] if flaw == "overwritten" else [*again.get(x, []), now]
    if flaw == "unused-to-the-end":
        again = {x: [*again.get(x, []), (2 * n if backward else n) - 1] for x in [*moments] if x not in used} | again
    return {x: at + again.get(x, []) for x, at in moments.items()}


def lifetimes(graph, backward, flaw=""):
    """``{name: [first, last]}``."""
    n, moments = len(graph), touched(graph, backward, flaw)
    if flaw == "keeps-everything":
        return {name: [at[0], (2 * n if backward else n) - 1] for name, at in moments.items()}
    if flaw == "first-use":
        return {name: [at[0], sorted(at)[min(1, len(at) - 1)]] for name, at in moments.items()}
    return {name: [at[0], max(at)] for name, at in moments.items()}


def peak(graph, backward, flaw=""):
    lives = lifetimes(graph, backward, flaw).values()
    late = 1 if flaw == "frees-too-early" else 0
    moments = {first for first, _ in lives}  # at these alone the number rises
    return max([sum(first <= now <= max(first, last - late) for first, last in lives) for now in moments], default=0)


def draw(rng, backward):
    """A graph with two outputs and an operation that nobody uses, on which every flaw shows in the peak."""
    flaws = BACKWARD[:-1] if backward else FORWARD  # the order of the backward shows in the lifetimes
    while True:
        graph = draw_graph(rng, rng.randint(2, 3), rng.randint(6, 10), OPS, rng.randint(1, 2))
        made = [entry[0] for entry in graph if entry[1] not in STRUCTURAL]
        graph[-1][2] = rng.sample([made[-1], rng.choice(made[:3])], 2)
        graph.insert(rng.randint(4, len(graph) - 1), ["dead", rng.choice(["sin", "exp"]), [made[0]], {}])
        place = {entry[0]: k for k, entry in enumerate(graph)}
        if place[made[0]] > place["dead"]:
            continue
        watched = rng.randint(max(place[made[0]], place[made[1]]) + 2, len(graph) - 1)
        graph.insert(watched, ["asks", "gt", rng.sample(made[:2], 2), {}])
        said = {"expected": True, "where": "line 4"}
        graph.insert(rng.randint(watched + 2, len(graph)), ["stop", "guard", ["asks"], said])
        graph.append(graph.pop(next(k for k, entry in enumerate(graph) if entry[1] == "output")))
        right, wrong = peak(graph, backward), [peak(graph, backward, flaw) for flaw in flaws]
        other = {peak(graph, False), peak(graph, True, "frees-too-early")} if backward else {right, None}
        alike = backward and lifetimes(graph, True, "forgets-results") == lifetimes(graph, True, "operand-for-y")
        alike = alike or (backward and lifetimes(graph, True, "one-read") == lifetimes(graph, True, "overwritten"))
        if len(set(graph[-1][2])) == 2 and right not in wrong and len(other) == 2 and not alike:
            return renamed(graph, rng)


def chain(rng, op, length):
    """A chain of one operation: of tanh, the backward needs every link; of add, none."""
    graph, at = [["x", "input", [], {}]], "x"
    for k in range(length):
        graph.append([f"v{k}", op, [at, "x"] if op == "add" else [at], {}])
        at = f"v{k}"
    return renamed([*graph, ["", "output", [at], {}]], rng)


def every_op(rng):
    """Each operation once, on values that nothing else uses: what it reads again decides how long they live."""
    graph, results = [["x", "input", [], {}]], []
    for op in rng.sample(OPS, len(OPS)):
        operands = [f"{op}_{side}" for side in "ab"[: OPERATIONS[op]]]
        graph += [[name, "neg", ["x"], {}] for name in operands]
        graph.append([op, op, operands, {}])
        results.append(op)
    return renamed([*graph, ["", "output", rng.sample(results, 2), {}]], rng)


def read_again(rng):
    """A value that two entries read again, an operation that nobody uses, and an output beside the first."""
    graph = [["x", "input", [], {}], ["a", "tanh", ["x"], {}], ["b", "mul", ["a", "x"], {}], ["u", "exp", ["a"], {}]]
    graph += [["c", "mul", ["x", "b"], {}], ["d", "mul", ["a", "c"], {}], ["e", "exp", ["d"], {}]]
    return renamed([*graph, ["", "output", rng.choice((["e", "b"], ["e", "c"])), {}]], rng)


class Liveness(Exercise):
    id = "03.4"
    title = "How long a value lives"
    section = "How long a value lives"
    why = "The backward pass needs the values of the forward pass in the opposite order, so nearly all of them wait."
    difficulty, importance, minutes, points = 4, 4, 35, 5
    needs = ("lifetimes", "peak")
    properties = {"lifetimes": 0.3, "peak of the forward pass": 0.3, "with the backward pass": 0.4}
    task = """\
Entry k of a list runs at the moment k. A value lives from the moment that makes it to the last one that uses it, both
included: while an operation runs, its operands and its result are there together. What the `output` entry names lives
to the very end; a value that nobody uses lives for one moment. A guard uses its condition. Only what *operations* make
counts: inputs and constants belong to the caller.

* `lifetimes(entries, backward=False)`: a dict from name to `(first, last)`, for every value that an operation makes.
* `peak(entries, backward=False)`: the most values that are alive at the same moment.

With `backward=True` the list of n entries is followed by its backward pass, last entry first: entry k runs backward at
the moment 2n - 1 - k. It then reads again what `READS` says: operands by their place, `"y"` for the result of the
operation itself. (Gradients are not counted, only values that wait for them.) Outputs live to the moment 2n - 1."""
    hints = (
        "Walk over the entries once and note for each value the moment that makes it. Every later use moves its end: "
        "the last one that you meet wins. The output entry is a use like any other, and the last of the forward pass.",
        "For the backward, walk once more: for entry k, each thing in READS[op] is used at 2n - 1 - k. An index i means "
        'operands[i], "y" means the entry\'s own name. An end is only ever moved to later: take the max. Then peak: for '
        "every moment count the values with first <= moment <= last.",
        "ends = {}; for k, (name, op, operands, _): if op is an operation: first[name] = ends[name] = k; for x in "
        "operands: if x in ends: ends[x] = k. Backward: for r in READS[op]: x = name if r == 'y' else operands[r]; "
        "if x in ends: ends[x] = max(ends[x], 2 * n - 1 - k). Outputs: ends[x] = 2 * n - 1.",
    )

    @staticmethod
    def cases(rng):
        cases = [{"property": "lifetimes", "graph": draw(rng, False)} for _ in range(4)]
        for _ in range(5):
            cases.append({"property": "peak of the forward pass", "graph": draw(rng, False)})
        for _ in range(5):
            cases.append({"property": "with the backward pass", "graph": draw(rng, True)})
        cases.append({"property": "with the backward pass", "graph": every_op(rng)})
        cases.append({"property": "with the backward pass", "graph": read_again(rng)})
        for property in ("peak of the forward pass", "with the backward pass"):
            for op in ("tanh", "add"):
                cases.append({"property": property, "graph": chain(rng, op, rng.randint(8, 20))})
        for property in Liveness.properties:
            cases.append({"property": property, "graph": demanding(rng, OPS)})
            cases.append({"property": property, "graph": handed_back()})
        return cases

    @staticmethod
    def probe(namespace, case):
        entries = [(name, op, tuple(operands), dict(more)) for name, op, operands, more in case["graph"]]
        backward = {"backward": True} if case["property"] == "with the backward pass" else {}
        lives = namespace["lifetimes"](entries, **backward)
        most = 0 if case["property"] == "lifetimes" else namespace["peak"](entries, **backward)
        return {"argument": entries, "lifetimes": lives, "peak": most}

    @staticmethod
    def judge(case, answer):
        graph, backward = case["graph"], case["property"] == "with the backward pass"
        lives = expect_dict(answer, ("argument", "lifetimes", "peak"))["lifetimes"]
        if dumps(answer["argument"]) != dumps(graph):
            raise Mistake("changed-argument", "The list that was handed in is another one now: only read it.", hint=1)
        if case["property"] != "peak of the forward pass":
            judge_lifetimes(graph, backward, lives)
        if case["property"] != "lifetimes":
            judge_peak(graph, backward, expect_integer(answer["peak"], "the peak"), lives)


def judge_peak(graph, backward, got, lives):
    """Return when got is the peak, or raise the Mistake that explains it; lives: what lifetimes returned."""
    right = peak(graph, backward)
    if got == right:
        return
    only = lives == lifetimes(graph, backward)  # then it is the counting that is wrong
    if only and backward and got == peak(graph, False):
        message = "This is the peak of the forward pass alone: does peak hand `backward` on to lifetimes?"
        raise Mistake("peak-of-the-forward", message, got, right, hint=2)
    for flaw in ("frees-too-early",) if only else (*FORWARD, *(BACKWARD if backward else ())):
        if got == peak(graph, backward, flaw):
            message, hint = FLAWS[flaw]
            raise Mistake(flaw, message, got, right, hint=hint)
    if only and got == len(lives):
        message = "So many values there are in all; the peak is how many of them are alive at one and the same moment."
        raise Mistake("all-values", message, got, right, hint=2)
    what = "The lifetimes are right, but the peak is not" if only else "The peak is wrong"
    message = f"{what}: for every moment count the values with first <= moment <= last; the peak is the largest count."
    raise Mistake("wrong-peak", message, got, right, hint=2)


def judge_lifetimes(graph, backward, got):
    """Return when these are the lifetimes, or raise the Mistake that explains the first difference."""
    right = lifetimes(graph, backward)
    what = "what lifetimes returns"
    expect_dict(got, (), what)
    for name, life in got.items():
        for moment in expect_list(life, 2, f"the lifetime of {name[:20]}"):
            expect_integer(moment, f"a moment in the lifetime of {name[:20]}")
    if got == right:
        return
    for flaw in (*BACKWARD, *IN_LIFETIMES, *IN_BACKWARD) if backward else (*FORWARD[:-1], *IN_LIFETIMES):
        if flaw == "overwritten" and any(
            not_read(graph, x, got[x][1]) for x in right if got.get(x, right[x]) != right[x]
        ):
            continue  # the moment is that of a backward which does not read this value, whatever was overwritten
        if got == lifetimes(graph, backward, flaw):
            message, hint = FLAWS[flaw]
            name = next((x for x in got if got[x] != right.get(x)), None) or next(iter(right))
            raise Mistake(flaw, f"{message} Look at {name}.", got.get(name), right.get(name), hint=hint)
    expect_dict(got, right, what)
    if len(got) > len(right):
        more = ", ".join(map(repr, sorted(set(got) - set(right))))[:80]
        raise Mistake(
            "counts-others", f"{more}: no operation makes that. Leave it out.", sorted(got)[:9], sorted(right), hint=1
        )
    name = next(x for x in right if got[x] != right[x])
    line = next(k for k, entry in enumerate(graph) if entry[0] == name)
    message = f"The lifetime of {name} (entry {line} of {len(graph)}) is wrong."
    if got[name][0] != right[name][0]:
        message += " It begins at the moment that makes it, the number of its entry, from 0."
    elif backward and (why := not_read(graph, name, got[name][1])):
        message = f"{name} lives until {got[name][1]} here, {why}"
    elif (again := 2 * len(graph) - 1 - right[name][1]) < len(graph) and name not in graph[-1][2]:
        message += f" The last that reads it is entry {again}, {graph[again][1]}, which then runs backward."
    raise Mistake("wrong-lifetime", message, got[name], right[name], hint=2 if backward else 1)


def not_read(graph, name, moment):
    """Why the backward that runs at this moment does not read name, though it stands at that entry; "" where it does."""
    k = 2 * len(graph) - 1 - moment
    if not 0 <= k < len(graph) or graph[k][1] not in READS or name not in (graph[k][0], *graph[k][2]):
        return ""
    result, op, operands, _ = graph[k]
    read = {result if r == "y" else operands[r] for r in READS[op]}
    if name in read:
        return ""
    reads = f"READS[{op!r}] is {READS[op]!r}".replace("'", '"')
    what = f"reads {' and '.join(sorted(read))} alone" if read else "reads nothing"
    return (
        f"the moment at which the backward of {result} = {op}({', '.join(operands)}) runs. But {reads}: that backward {what}, "
        f"and not {name}."
    )
