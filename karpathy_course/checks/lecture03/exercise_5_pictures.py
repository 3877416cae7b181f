"""Exercise 03.5: a list as a picture, in two languages that are plain text.

The pictures are read back, and what stands in them is compared with the list: every entry one node with its own
label, every operand one edge. How it looks is the learner's to choose.
"""

import re
from collections import Counter

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_text
from karpathy_course.checks.lecture03.reading_pictures import RESERVED, read_mermaid, read_svg
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import draw_graph
from karpathy_course.checks.shared.graph_layouts import FORMS, demanding, handed_back

OPS = ("add", "sub", "mul", "tanh", "exp", "neg")
QUOTED = ['say "hi"', "end", "w[0]", "1st", "a b", "a_b"]
NAMES = [*QUOTED, "x<y", "a & b", "mean|loss", "p&lt;q", "a-->b", "μ·σ"]
ON_EDGE = 3.0  # how far from a box's border an edge may begin and end, in pixels


def label_of(entry):
    """What a node must say: ``name: op``, of a constant ``name: number``; the output is ``output``."""
    name, op, _, attributes = entry
    return "output" if op == "output" else f"{name}: {attributes['value']!r}" if op == "constant" else f"{name}: {op}"


def edges_of(graph):
    """(label, label) for each operand of each entry, in order; x*x has two."""
    labels = {entry[0]: label_of(entry) for entry in graph[:-1]}
    return [(labels[x], label_of(entry)) for entry in graph for x in entry[2]]


def called(graph, names):
    """The graph with these names given to as many of its entries."""
    new = dict(zip((entry[0] for entry in graph[:-1]), names))
    entries = [[new.get(e[0], e[0]), e[1], [new.get(x, x) for x in e[2]], e[3]] for e in graph]
    return entries


class Pictures(Exercise):
    id = "03.5"
    title = "Draw the list"
    section = "Draw the list"
    why = (
        "A picture is text: anything that can print can draw a graph, and a difference between two graphs can be read."
    )
    difficulty, importance, minutes, points = 3, 3, 35, 5
    needs = ("to_mermaid", "to_svg")
    largest = 100_000
    properties = {"Mermaid": 0.3, "Mermaid, any name": 0.2, "SVG": 0.3, "SVG, any name": 0.2}
    task = """\
Write `to_mermaid(entries)` and `to_svg(entries)`: the list as the text of a picture, by Python alone.

Every entry is one node. Its label is `name: op`, as in `mul1: mul`; of a constant `name: number`, the number as `repr`
gives it; of the output entry just `output`. Every operand is one edge, from the value that is used to the entry that
uses it; `x * x` has two. Names may hold anything: quotes, brackets, `<`, `&`, blanks, words of Mermaid's own such as `end`.

* **Mermaid**: the first line is `flowchart LR` (or `TD`); then a line `id["label"]` for each node and `id --> id` for each edge.
  Ids are yours: letters and digits. In a label `& < > "` are written `&amp; &lt; &gt; &quot;`.
* **SVG**: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 width height">`, and in it for each node a `<rect>`
  and a `<text>` that begins inside it, for each edge a `<line>` (or a `<path>`) from the box of the one to the box of the
  other. Boxes do not overlap and lie inside the viewBox. In an XML text `& < >` are escaped too.

The check reads both texts back. Paste the first into a ```` ```mermaid ```` block and it is drawn."""
    hints = (
        "Number the entries: n0, n1, … are ids that no name can break, and k·60 is a place where no other box is. A dict "
        "from name to number finds the operand's box.",
        "html.escape(label) writes & < > and quotes as both languages want them. Labels need it, ids do not. A line from "
        "box i to box k begins at the border of box i.",
        "Mermaid: f'n{k}[\"{escaped}\"]' and f'n{place[x]} --> n{k}' for x in inputs. SVG: for entry k "
        "x = 10 + 150 * k, y = 10 + 40 * k: <rect x y width=140 height=30/>, <text x={x + 5} y={y + 20}>; for an edge "
        "<line x1={x of i + 140} y1={y of i + 15} x2={x of k} y2={y of k + 15} stroke='black'/>.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for way in ("Mermaid", "SVG"):
            graphs = [(way, draw_graph(rng, n, n + 3, OPS, 1)) for n in (1, 2, 3)]
            square = [["x", "input", [], {}], ["q", "mul", ["x", "x"], {}], ["", "output", ["q", "x"], {}]]
            graphs += [(way, square), (way, handed_back()), (way, demanding(rng, OPS, names=("v{}",)))]
            for names in (QUOTED, NAMES):
                graph = draw_graph(rng, 3, len(names) - 4, OPS, 1)
                graphs.append((f"{way}, any name", called(graph, rng.sample(names, len(names)))))
            graphs.append((f"{way}, any name", demanding(rng, OPS, names=FORMS)))
            cases += [{"property": property, "list": graph} for property, graph in graphs]
        return cases

    @staticmethod
    def probe(namespace, case):
        entries = [(name, op, tuple(operands), dict(more)) for name, op, operands, more in case["list"]]
        text = namespace["to_mermaid" if case["property"].startswith("Mermaid") else "to_svg"](entries)
        return {"text": text, "argument": entries}

    @staticmethod
    def judge(case, answer):
        graph = case["list"]
        text = expect_dict(answer, ("text", "argument"))["text"]
        if dumps(answer["argument"]) != dumps(graph):
            raise Mistake("changed-argument", "The list that was handed in is another one now: only read it.", hint=1)
        mermaid = case["property"].startswith("Mermaid")
        function, judge = ("to_mermaid", judge_mermaid) if mermaid else ("to_svg", judge_svg)
        text = expect_text(text, f"what {function} returns")
        try:
            judge(graph, text)
        except Mistake as mistake:
            mistake.message = f"{function}: {mistake.message}"
            raise


def judge_mermaid(graph, text):
    try:
        labels, arrows = read_mermaid(text)
    except Mistake as mistake:
        if mistake.id == "mermaid-unreadable" and (name := used_as_id(graph, mistake.got)):
            mistake.message += (
                f" {name} is used as a node's id, and an id must be a plain word: number the nodes (n0, n1, …), and put the name "
                "in the label only."
            )
        raise
    judge_labels(graph, list(labels.values()))
    judge_edges(graph, [(labels[a], labels[b]) for a, b in arrows])


def used_as_id(graph, line):
    """The longest name that is no plain word and stands in a line where an id belongs, or None."""
    names = [name for name, _, _, _ in graph if not re.fullmatch(r"[A-Za-z_]\w*", name) or name in RESERVED]
    used = [name for name in names if name and (line.startswith((f"{name}[", f"{name} ")) or line.endswith(f" {name}"))]
    return max(used, key=len, default=None)


def judge_svg(graph, text):
    boxes, lines, size = read_svg(text)
    judge_labels(graph, list(boxes))
    judge_boxes(boxes, size)
    judge_edges(graph, [tuple(label_at(boxes, point) for point in line) for line in lines])


def judge_labels(graph, labels):
    """Return when every entry has one node with its label."""
    wanted = [label_of(entry) for entry in graph]
    missing, more = Counter(wanted) - Counter(labels), Counter(labels) - Counter(wanted)
    if not missing and not more:
        return
    shown = {"got": sorted(more)[:4], "expected": sorted(missing)[:4]}
    if set(missing) == {"output"} and not more:
        raise Mistake("no-output-node", "The output entry is a node as well, with the label `output`.", **shown, hint=1)
    halves = {part for entry in graph for part in (entry[0], entry[1], repr(entry[3].get("value")))}
    if more and halves.issuperset(more):
        raise Mistake("half-a-label", "A label is `name: op`: both parts are needed.", **shown, hint=3)
    if any("&" in label and ";" in label for label in more):
        message = "A label is not what it should be once it has been read: escape it exactly once."
        raise Mistake("badly-escaped", message, **shown, hint=2)
    if not more:
        raise Mistake("missing-nodes", f"{sum(missing.values())} entries have no node.", **shown, hint=1)
    raise Mistake(
        "wrong-labels", f"The labels are not those of the entries: {min(more)[:60]!r} is none of them.", **shown, hint=3
    )


def judge_edges(graph, edges):
    """Return when every operand has one edge, in the right direction."""
    wanted = edges_of(graph)
    missing, more = Counter(wanted) - Counter(edges), Counter(edges) - Counter(wanted)
    if not missing and not more:
        return
    shown = {"got": [" --> ".join(e) for e in list(more)[:4]], "expected": [" --> ".join(e) for e in list(missing)[:4]]}
    if Counter((b, a) for a, b in edges) == Counter(wanted):
        message = "Every edge points the wrong way: from the value that is used to the entry that uses it."
        raise Mistake("reversed-edges", message, **shown, hint=3)
    if not more and set(edges) == set(wanted):
        raise Mistake("edges-once", "An operand that stands twice has two edges, as in x * x.", **shown, hint=3)
    if not edges:
        raise Mistake("no-edges", "There are no edges.", 0, len(wanted), hint=3)
    for (a, b), (c, _) in ((edge, other) for edge in missing for other in more if edge[1] == other[1]):
        labels = [label_of(entry) for entry in graph]
        above = ", the entry just above it" if c in labels and labels[labels.index(b) - 1] == c else ""
        message = f"An edge to {b!r} begins at {c!r}{above}. It must begin at its operand, {a!r}."
        raise Mistake("wrong-edges", message, **shown, hint=3)
    first = f" The first that is missing goes from {min(missing)[0]!r} to {min(missing)[1]!r}." if missing else ""
    gone, many = sum(missing.values()), sum(more.values())
    message = f"{gone} {'edge is' if gone == 1 else 'edges are'} missing, {many} too many.{first}"
    raise Mistake("wrong-edges", message, **shown, hint=3)


def judge_boxes(boxes, size):
    """Return when the boxes lie apart and inside the picture."""
    if size[0] >= size[2] or size[1] >= size[3]:
        message = "The picture has no size: <svg … viewBox='0 0 width height'> says how much of the plane is shown."
        raise Mistake("no-size", message, list(size), hint=3)
    items = list(boxes.items())
    for i, (label, a) in enumerate(items):
        if not (size[0] <= a[0] < a[2] <= size[2] and size[1] <= a[1] < a[3] <= size[3]):
            message = f"The box of {label[:40]!r} is not inside the viewBox."
            raise Mistake("outside-the-picture", message, list(a), list(size), hint=3)
        for other, b in items[:i]:
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                message = f"The boxes of {label[:40]!r} and {other[:40]!r} overlap."
                raise Mistake("overlapping-boxes", message, list(a), list(b), hint=1)


def label_at(boxes, point):
    """The label of the box on whose border, or in which, a point lies."""
    x, y = point
    for label, (left, top, right, bottom) in boxes.items():
        if left - ON_EDGE <= x <= right + ON_EDGE and top - ON_EDGE <= y <= bottom + ON_EDGE:
            return label
    message = f"An edge begins or ends at ({x:g}, {y:g}), where no box is: it must touch the boxes of both its nodes."
    raise Mistake("loose-edge", message, hint=2)
