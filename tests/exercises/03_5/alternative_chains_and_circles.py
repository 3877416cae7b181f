def caption(entry):
    name, op, _, more = entry
    if op == "output":
        return op
    return name + ": " + (repr(more["value"]) if op == "constant" else op)




def to_mermaid(entries):
    out, ids = "graph TD;", {entry[0]: f"v_{k}" for k, entry in enumerate(entries)}
    for entry in entries:
        me = f'{ids[entry[0]]}(["{safe_text(caption(entry))}"])'
        if not entry[2]:
            out += f"\n  {me};"
        for x in entry[2]:
            out += f"\n  {ids[x]} -->|used| {me};"
    return out


def safe_text(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "#quot;")


def to_svg(entries):
    spots = {entry[0]: (50 + 110 * (k % 4), 50 + 110 * (k // 4)) for k, entry in enumerate(entries)}
    height = 110 * (len(entries) // 4 + 1)
    text = f'<svg width="460" height="{height}" xmlns="http://www.w3.org/2000/svg"><title>a &lt; graph</title>'
    text += f'<rect width="460" height="{height}" fill="#eee"/>'
    for entry in entries:
        x, y = spots[entry[0]]
        for operand in entry[2]:
            a, b = spots[operand]
            text += f'<path d="M {a} {b} C {a + 20} {b} {x - 20} {y} {x} {y}" fill="none" stroke="gray"/>'
    for entry in entries:
        x, y = spots[entry[0]]
        words = caption(entry).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text += f'<g transform="translate({x}, {y})"><circle r="50" fill="none" stroke="black"/>'
        text += f'<text text-anchor="middle">{words}</text></g>'
    return text + "</svg>"
