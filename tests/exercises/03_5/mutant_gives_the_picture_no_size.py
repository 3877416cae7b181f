# mistake: no-size
def label(name, op, attributes) -> str:
    if op == "output":
        return "output"
    return f"{name}: {attributes['value']!r}" if op == "constant" else f"{name}: {op}"


def to_mermaid(entries) -> str:
    place = {name: k for k, (name, _, _, _) in enumerate(entries)}
    lines = ["flowchart LR"]
    for k, (name, op, inputs, attributes) in enumerate(entries):
        text = html.escape(label(name, op, attributes), quote=False).replace('"', "&quot;")
        lines.append(f'n{k}["{text}"]')
        lines += [f"n{place[x]} --> n{k}" for x in inputs]
    return "\n".join(lines)


def to_svg(entries) -> str:
    place = {name: k for k, (name, _, _, _) in enumerate(entries)}
    parts = []
    for k, (name, op, inputs, attributes) in enumerate(entries):
        x, y = 160 * k, 40 * k
        parts.append(f'<rect x="{x}" y="{y}" width="120" height="30" fill="none" stroke="black"/>')
        parts.append(f'<text x="{x + 6}" y="{y + 20}">{html.escape(label(name, op, attributes))}</text>')
        for i in (place[operand] for operand in inputs):
            parts.append(f'<line x1="{160 * i + 120}" y1="{40 * i + 15}" x2="{x}" y2="{y + 15}" stroke="black"/>')
    size = f"{160 * len(entries)} {40 * len(entries)}"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
