# mistake: wrong-head
def to_numpy(graph, templates) -> str:
    outputs = graph[-1][2]
    uses = [x for name, op, inputs, attributes in graph[:-1] for x in inputs]
    text, arguments, lines = {}, [], []
    for name, op, inputs, attributes in graph[:-1]:
        if op == "input":
            arguments.append(name)
            text[name] = name
        elif op == "constant":
            text[name] = repr(attributes["value"]).replace("inf", "np.inf").replace("nan", "np.nan")
        else:
            expression = templates[op].format(*[text[x] for x in inputs])
            if uses.count(name) == 1 and name not in outputs:
                text[name] = f"({expression})"
            else:
                text[name] = name
                lines.append(f"    {name} = {expression}")
    handed_back = ", ".join(text[x] for x in outputs)
    return "\n".join([f"def run({', '.join(sorted(arguments))}):", *lines, f"    return [{handed_back}]"])
