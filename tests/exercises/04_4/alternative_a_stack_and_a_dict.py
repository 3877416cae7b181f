def eliminate_dead(graph):
    made = {entry[0]: entry for entry in graph if entry[1] != "output"}
    stack = [x for entry in graph if entry[1] in ("output", "guard") for x in entry[2]]
    met = set()
    while stack:
        name = stack.pop()
        if name is not None and name not in met:
            met.add(name)
            stack.extend(made[name][2])
    return [list(e) for e in graph if e[0] in met or e[1] in {"input", "guard", "output"}]
