def to_numpy(graph, templates):
    made = {entry[0]: entry for entry in graph}
    outputs = list(made.pop("")[2])
    often = {}
    for entry in graph[:-1]:
        for x in entry[2]:
            often[x] = often.get(x, 0) + 1

    def own_line(name):
        return made[name][1] not in ("input", "constant") and (often.get(name, 0) != 1 or name in outputs)

    def written(name, whole=False):
        _, op, inputs, attributes = made[name]
        if op == "constant":
            value = attributes["value"]
            if value != value:
                return "np.nan"
            return {float("inf"): "np.inf", float("-inf"): "(-np.inf)"}.get(value, f"({value!r})")
        if op == "input" or (own_line(name) and not whole):
            return name
        text = templates[op].format(*map(written, inputs))
        return text if whole else "(" + text + ")"

    lines = ["import numpy as np", "", f"def run({', '.join(n for n in made if made[n][1] == 'input')}):"]
    lines += ["  # the values that need a name"]
    lines += [f"  {name} = {written(name, whole=True)}" for name in made if own_line(name)]
    return "\n".join([*lines, "", "  return (" + "".join(written(x) + ", " for x in outputs) + ")", ""])
