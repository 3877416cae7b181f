# mistake: folded-leaf
def fold_constants(graph, apply) -> list:
    known, folded = {}, []
    for name, op, inputs, attributes in graph:
        if "value" in attributes:
            known[name] = attributes["value"]
            op, attributes = "constant", {"value": known[name]}
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = apply(op, *[known[x] for x in inputs])
            op, inputs, attributes = "constant", (), {"value": known[name]}
        folded.append((name, op, inputs, attributes))
    return folded
