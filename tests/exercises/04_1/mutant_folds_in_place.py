# mistake: changed-argument
def fold_constants(graph, apply):
    known = {}
    for k, (name, op, inputs, attributes) in enumerate(graph):
        if op == "constant":
            known[name] = attributes["value"]
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = apply(op, *[known[x] for x in inputs])
            graph[k] = (name, "constant", (), {"value": known[name]})
    return graph
