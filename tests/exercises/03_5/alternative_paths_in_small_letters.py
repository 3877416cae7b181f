import html


def words(name, op, attributes):
    return op if op == "output" else f"{name}: {attributes['value']!r}" if op == "constant" else f"{name}: {op}"


def to_mermaid(entries):
    ids = {entry[0]: f"k{k}" for k, entry in enumerate(entries)}
    nodes = [f'{ids[n]}["{html.escape(words(n, op, more))}"]' for n, op, _, more in entries]
    return "\n".join(["flowchart LR", *nodes, *[f"{ids[x]} --> {ids[n]}" for n, _, xs, _ in entries for x in xs]])


def to_svg(entries):
    place = {entry[0]: 60 * k + 10 for k, entry in enumerate(entries)}
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {60 * len(entries) + 10}">'
    for k, (name, op, inputs, more) in enumerate(entries):
        y = place[name]
        text += f'<rect x="10" y="{y}" width="880" height="30" fill="none" stroke="black"/>'
        text += f'<text x="30" y="{y + 20}">{html.escape(words(name, op, more))}</text>'
        for j, x in enumerate(inputs):
            down = y - place[x] - 30
            begin = f"{40 + 20 * j},{place[x] + 30}"
            text += f'<path d="M{begin} {40 + 20 * j} {place[x] + 35}H{45 + 20 * j}V{y}"/>' if k % 2 else ""
            text += "" if k % 2 else f'<path d="m{begin}v5h4l-4,-2v{down - 3}"/>'
    return text + "</svg>"
