from xml.etree import ElementTree


def to_mermaid(entries):
    lines, number = ["flowchart TB", "    %% a list, drawn"], {}
    for entry in entries:
        number[entry[0]] = f"node{len(number)}"
        lines.append(f'    {number[entry[0]]}["{html.escape(what(entry))}"]')
    for name, _, inputs, _ in entries:
        for x in inputs:
            lines.append(f"    {number[x]} --> {number[name]}")
    return "\n".join(lines) + "\n"


def what(entry):
    if entry[1] == "output":
        return "output"
    return f"{entry[0]}: {entry[3]['value'] if entry[1] == 'constant' else entry[1]}"


def to_svg(entries):
    svg = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 400 {50 * len(entries)}"})
    rows = {}
    for name, op, inputs, attributes in entries:
        y = 50 * len(rows)
        rows[name] = y
        ElementTree.SubElement(svg, "rect", {"x": "100", "y": str(y), "width": "200", "height": "30", "fill": "none"})
        ElementTree.SubElement(svg, "text", {"x": "110", "y": str(y + 20)}).text = what((name, op, inputs, attributes))
        for x in inputs:
            points = f"100,{rows[x] + 15} 50,{rows[x] + 15} 50,{y + 15} 100,{y + 15}"
            ElementTree.SubElement(svg, "polyline", {"points": points, "fill": "none", "stroke": "black"})
    return ElementTree.tostring(svg, encoding="unicode")
