from collections import Counter


def to_numpy(graph, templates):
    uses = Counter()
    for _, op, inputs, _ in graph:
        uses.update({"output": list(inputs) * 2}.get(op, inputs))
    head, body, end, text = [], [], "", {}
    for name, op, inputs, attributes in graph:
        parts = [text[x] for x in inputs]
        if op == "input":
            head.append(name)
            text[name] = name
        elif op == "constant":
            number = str(float(attributes["value"]))
            text[name] = "np." .join(["-", number[1:]] if number == "-inf" else ["", number]) if number[-1] in "fn" else number
            text[name] = "(" * (number < "0") + text[name] + ")" * (number < "0")
        elif op == "output":
            end = "    return [" + ", ".join(parts) + "]"
        elif uses[name] == 1:
            text[name] = "({})".format(templates[op].format(*parts))
        else:
            body.append("    " + name + " = " + templates[op].format(*parts))
            text[name] = name
    return "def run(" + ", ".join(head) + "):\n" + "\n".join(body) + "\n" + end
