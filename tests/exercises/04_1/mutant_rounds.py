# mistake: changed-value
def fold_constants(graph, apply) -> list:
    known, folded = {}, []
    for name, op, inputs, attributes in graph:
        if op == "constant":
            known[name] = attributes["value"]
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = round(apply(op, *[known[x] for x in inputs]), 6)
            op, inputs, attributes = "constant", (), {"value": known[name]}
        folded.append((name, op, inputs, attributes))
    return folded
