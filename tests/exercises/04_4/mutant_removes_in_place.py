# mistake: changed-argument
def eliminate_dead(graph):
    needed = set()
    for k in range(len(graph) - 1, -1, -1):
        name, op, inputs, attributes = graph[k]
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs)
        else:
            del graph[k]
    return graph
