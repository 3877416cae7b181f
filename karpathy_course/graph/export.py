"""A graph to look at: as text, as Mermaid, as an SVG picture; nothing but Python makes them."""

from html import escape

from karpathy_course import palette
from karpathy_course.graph.as_list import to_list
from karpathy_course.graph.errors import takes_a_graph

STEP_X, STEP_Y, WIDE, HIGH = 132, 64, 116, 38
GROUNDS = {
    "input": palette.VALUED,
    "constant": palette.PANEL,
    "output": palette.LIT,
    "guard": palette.BARRED,
}


@takes_a_graph
def to_text(graph):
    """One line a node: ``name = op(inputs) attributes  # shape``."""
    lines = []
    for (name, op, inputs, attributes), shape in zip(to_list(graph), [*graph.shapes, ()]):
        inside = ", ".join(map(str, inputs))
        if op == "output":
            lines.append(f"return {inside}")
        elif op == "input":
            lines.append(f"{name}: {attributes['dtype']}{shape or ''}")
        elif op == "constant":
            lines.append(f"{name} = {_short(attributes['value'])}")
        else:
            more = "".join(f", {key}={_short(value)}" for key, value in attributes.items())
            lines.append(f"{name} = {op}({inside}{more})" + f"  # {shape}" * bool(shape))
    return "\n".join(lines)


@takes_a_graph
def to_mermaid(graph):
    """A Mermaid flowchart: JupyterLab and GitHub draw it from a fenced ``mermaid`` block."""
    entries = to_list(graph)
    ids = {name: f"n{k}" for k, (name, *_) in enumerate(entries)}
    lines = ["flowchart LR"]
    for k, (name, op, inputs, attributes) in enumerate(entries):
        left, right = {"input": ("([", "])"), "constant": ("(", ")"), "output": ("[[", "]]")}.get(op, ("[", "]"))
        label = "output" if op == "output" else _label(name, op, attributes)
        lines.append(f'    n{k}{left}"{_quoted(label)}"{right}')
        lines += [f"    {ids[x]} --> n{k}" for x in inputs if x is not None]
    return "\n".join(lines) + "\n"


@takes_a_graph
def to_svg(graph):
    """An SVG picture, inputs on the left: each node stands right of all that it needs."""
    entries = to_list(graph)
    column, row, filled = {}, {}, {}
    place = {name: k for k, (name, *_) in enumerate(entries)}
    for k, (_, _, inputs, _) in enumerate(entries):
        column[k] = 1 + max((column[place[x]] for x in inputs if x is not None), default=-1)
        above = [row[place[x]] for x in inputs if x is not None]
        wish = max(filled.get(column[k], 0), min(above, default=0))
        row[k], filled[column[k]] = wish, wish + 1
    spot = lambda k: (12 + column[k] * STEP_X, 12 + row[k] * STEP_Y)
    width, height = 12 + (max(column.values()) + 1) * STEP_X, 12 + (max(row.values()) + 1) * STEP_Y
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>A graph of {graph.operations()} operations</title>'
    ]
    for k, (_, _, inputs, _) in enumerate(entries):
        x2, y2 = spot(k)
        for x in inputs:
            if x is not None:
                x1, y1 = spot(place[x])
                a, b = f"{x1 + WIDE} {y1 + HIGH / 2:g}", f"{x2} {y2 + HIGH / 2:g}"
                bend = f"{x1 + WIDE + 12} {y1 + HIGH / 2:g} {x2 - 12} {y2 + HIGH / 2:g}"
                parts.append(f'<path d="M{a} C{bend} {b}" fill="none" stroke="{palette.MUTED}"/>')
    for k, (name, op, _, attributes) in enumerate(entries):
        x, y = spot(k)
        fill = GROUNDS.get(op, palette.PAPER)
        label = "output" if op == "output" else _label(name, op, attributes)
        parts.append(
            f'<g><title>{escape(label)}</title><rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" '
            f'fill="{fill}" stroke="{palette.SOFT}"/><text x="{x + WIDE / 2:g}" y="{y + 23}" text-anchor="middle">'
            f"{escape(label if len(label) <= 17 else label[:16] + '…')}</text></g>"
        )
    return "".join(parts) + "</svg>"


def _label(name, op, attributes):
    if op == "input":
        return name
    if op == "constant":
        return _short(attributes["value"])
    return f"{op} {name[len(op) :]}" if name.startswith(op) else f"{name}: {op}"


def _short(value):
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _quoted(text):
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
