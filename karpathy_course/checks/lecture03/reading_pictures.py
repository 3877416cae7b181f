"""Reading pictures that learners write: Mermaid flowcharts and SVG, as plain nodes and edges.

Both readers take text that may be anything, know the part of the language that a graph needs, and raise a Mistake
for the rest, in words. Nothing is drawn and nothing outside Python is asked.
"""

import html
import math
import re
from xml.etree import ElementTree

from karpathy_course.checks.exercise import Mistake

NODE = re.compile(r"\s*([A-Za-z_]\w*)\s*")
SHAPES = (("([", "])"), ("[[", "]]"), ("[(", ")]"), ("((", "))"), ("{{", "}}"), ("[", "]"), ("(", ")"), ("{", "}"))
ARROW = re.compile(r"\s*(?:-->|---|==>|-\.->)\s*(?:\|[^|]*\|)?")
RESERVED = ("end", "graph", "flowchart", "subgraph", "style", "class", "click", "default", "linkStyle", "direction")
SKIPPED = ("%%", "classDef ", "class ", "style ", "linkStyle ", "direction ")
SVG = "{http://www.w3.org/2000/svg}"
STEPS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}  # numbers that a piece takes
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def read_mermaid(text):
    """``({id: label}, [(id, id), …])`` of a flowchart; edges in order, repeated ones kept."""
    lines = [line.strip().rstrip(";") for line in text.strip().splitlines()]
    if not lines or not re.fullmatch(r"(flowchart|graph)\s+(LR|RL|TB|TD|BT)", lines[0]):
        got = lines[0][:60] if lines else ""
        raise Mistake("no-flowchart", "The first line of a Mermaid flowchart is `flowchart LR` (or TD).", got, hint=2)
    labels, edges, seen = {}, [], {}
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith(SKIPPED):
            _statement(line, number, labels, edges, seen)
    for name, number in seen.items():
        if name not in labels:
            raise Mistake("no-label", f"Line {number} uses the node {name}, and no line gives it a label.", hint=2)
    return labels, edges


def _statement(line, number, labels, edges, seen):
    """Read ``a["label"] --> b --> c`` into labels, edges and seen."""
    at, before = 0, None
    while True:
        name, label, at = _node(line, at, number)
        seen.setdefault(name, number)
        if label is not None and labels.setdefault(name, label) != label:
            message = f"Line {number} gives the node {name} another label than before: two values share one id."
            raise Mistake("shared-id", message, label[:60], labels[name][:60], hint=2)
        if before is not None:
            edges.append((before, name))
        if at == len(line):
            return
        arrow = ARROW.match(line, at)
        if not arrow:
            _unreadable(
                line,
                number,
                "after the id, one word of letters and digits, a label, an arrow --> or the end of the line was expected",
            )
        at, before = arrow.end(), name


def _node(line, at, number):
    match = NODE.match(line, at)
    if not match:
        _unreadable(line, number, "an id of letters and digits was expected")
    name, at = match[1], match.end()
    if name in RESERVED:
        _unreadable(line, number, f"`{name}` is a word of Mermaid's own and may not be an id")
    for opening, closing in SHAPES:
        if not line.startswith(opening, at):
            continue
        inside = at + len(opening)
        if line.startswith('"', inside):
            end = line.find('"', inside + 1)
            if end < 0 or not line.startswith(closing, end + 1):
                _unreadable(line, number, 'the label is not closed: a " inside it must be written &quot;')
            raw, at = line[inside + 1 : end], end + 1 + len(closing)
        else:
            end = line.find(closing, inside)
            raw, at = line[inside:end], end + len(closing)
            if end < 0 or re.search(r"[\[\](){}<>\"|&;#]", raw):
                _unreadable(line, number, 'a label with signs in it stands in quotes: id["label"]')
        if re.search(r"[<>]|&(?!#?\w+;)", raw):
            message = (
                f"Line {number}: the label {raw[:60]!r} is read as HTML: write &lt; &gt; &amp; (html.escape does)."
            )
            raise Mistake("label-not-escaped", message, line[:80], hint=3)
        return (
            name,
            html.unescape(re.sub(r"(?<!&)#(\w+;)", r"&\1", raw)).strip(),
            at + len(line[at:]) - len(line[at:].lstrip()),
        )
    return name, None, at


def _unreadable(line, number, why):
    raise Mistake("mermaid-unreadable", f"Line {number} of the Mermaid text cannot be read: {why}.", line[:100], hint=2)


def read_svg(text):
    """``({label: (left, top, right, bottom)}, [((x, y), (x, y)), …], size)`` of an SVG picture.

    A label's box is the smallest rect, circle or ellipse around the point where its text is put. A line, polyline or
    path is a connection from its first point to its last. size: (left, top, right, bottom) of what is shown.
    """
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.I):
        raise Mistake("svg-not-xml", "An SVG text needs no DOCTYPE and no ENTITY: begin with <svg …>.", hint=3)
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        message = f"The SVG is not well-formed XML ({error}): close every tag, and write & < > as &amp; &lt; &gt;."
        raise Mistake("svg-not-xml", message, hint=3) from None
    if root.tag != SVG + "svg":
        message = (
            'The outermost element must be <svg xmlns="http://www.w3.org/2000/svg" …>: no viewer draws it otherwise.'
        )
        raise Mistake("no-svg", message, str(root.tag)[:60], hint=2)
    boxes, texts, lines = [], [], []
    _walk(root, (0.0, 0.0), boxes, texts, lines)
    found = {}
    for label, (x, y) in texts:
        around = [b for b in boxes if b[0] - 1 <= x <= b[2] + 1 and b[1] - 1 <= y <= b[3] + 1]
        if not around:
            raise Mistake("text-outside", f"The text {label[:40]!r} at ({x:g}, {y:g}) stands in no box.", hint=3)
        if label in found:
            raise Mistake("drawn-twice", f"The text {label[:40]!r} stands in the picture twice.", hint=2)
        found[label] = min(around, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
    return found, lines, _size(root)


def _walk(element, shift, boxes, texts, lines):
    for child in element:
        tag = child.tag.removeprefix(SVG) if isinstance(child.tag, str) else ""
        if tag in ("script", "image", "foreignObject", "use", "animate", "iframe"):
            raise Mistake(
                "not-plain-svg", f"<{tag}> does not belong in this picture: rect, text, line and path are enough."
            )
        x, y = _moved(child, shift)
        if tag in ("rect", "circle", "ellipse"):
            boxes.append(_box(child, tag, x, y))
        elif tag == "text":
            texts.append(
                (" ".join("".join(child.itertext()).split()), (x + _number(child, "x"), y + _number(child, "y")))
            )
        elif tag in ("line", "polyline", "path"):
            lines.append(_ends(child, tag, x, y))
        elif tag not in ("defs", "marker", "title", "desc", "style"):
            _walk(child, (x, y), boxes, texts, lines)


def _moved(element, shift):
    transform = element.get("transform", "").strip()
    if not transform:
        return shift
    match = re.fullmatch(r"translate\(([^()]*)\)", transform)
    numbers = [float(n) for n in NUMBER.findall(match[1])] if match else []
    if len(numbers) not in (1, 2):
        raise Mistake("not-plain-svg", f"transform={transform[:40]!r}: only translate(x, y) is read here.", hint=3)
    return shift[0] + numbers[0], shift[1] + (numbers[1] if len(numbers) == 2 else 0.0)


def _number(element, name):
    value = element.get(name, "0").strip().removesuffix("px")
    if not NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        tag = str(element.tag).removeprefix(SVG)[:20]
        raise Mistake("not-a-coordinate", f"<{tag} {name}={value[:30]!r}> is no plain number.", hint=3)
    return float(value)


def _box(element, tag, x, y):
    if tag == "rect":
        left, top = x + _number(element, "x"), y + _number(element, "y")
        return left, top, left + _number(element, "width"), top + _number(element, "height")
    across, down = ("r", "r") if tag == "circle" else ("rx", "ry")
    cx, cy, a, b = (
        x + _number(element, "cx"),
        y + _number(element, "cy"),
        _number(element, across),
        _number(element, down),
    )
    return cx - a, cy - b, cx + a, cy + b


def _ends(element, tag, x, y):
    if tag == "line":
        numbers = [_number(element, name) for name in ("x1", "y1", "x2", "y2")]
    else:
        source = element.get("points" if tag == "polyline" else "d", "")
        numbers = _path_ends(source) if tag == "path" else [float(n) for n in NUMBER.findall(source)]
    if len(numbers) < 4 or len(numbers) % 2:
        raise Mistake("not-a-coordinate", f"A <{tag}> has no beginning and end.", hint=3)
    return (x + numbers[0], y + numbers[1]), (x + numbers[-2], y + numbers[-1])


def _path_ends(source):
    """[x, y, x, y]: where a path begins, and where its last piece ends; [] where it has no piece."""
    start = first = here = None
    drawn = False
    for letter, rest in re.findall(r"([A-Za-df-z])([^A-Za-df-z]*)", source):
        kind, numbers, pieces = letter.upper(), [float(n) for n in NUMBER.findall(rest)], STEPS.get(letter.upper())
        if pieces is None or len(numbers) % (pieces or 1) or bool(numbers) is not bool(pieces):
            message = f"The path {source[:40]!r} cannot be read: {letter} takes {pieces or 'no'} numbers."
            message = (
                message
                if pieces is not None
                else f"The path {source[:40]!r} has the letter {letter}, which SVG has not."
            )
            raise Mistake("not-plain-svg", message, hint=3)
        if here is None and kind != "M":
            raise Mistake(
                "not-plain-svg", f"The path {source[:40]!r} does not begin with M, the place to begin at.", hint=3
            )
        for k in range(0, len(numbers), pieces or 1):
            x, y = here or (0.0, 0.0)
            base = (x, y) if letter.islower() else (0.0, 0.0)
            if kind == "H":
                here = base[0] + numbers[k], y
            elif kind == "V":
                here = x, base[1] + numbers[k]
            else:
                here = base[0] + numbers[k + pieces - 2], base[1] + numbers[k + pieces - 1]
            moved = kind == "M" and k == 0  # whatever more stands behind an M is a line
            first, start = (here, start or here) if moved else (first, start)
            drawn = drawn or not moved
        here = first if kind == "Z" else here
    return [*start, *here] if drawn else []


def _size(root):
    numbers = [float(n) for n in NUMBER.findall(root.get("viewBox", ""))]
    if len(numbers) != 4:
        numbers = [0.0, 0.0, _number(root, "width"), _number(root, "height")]
    return numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]
