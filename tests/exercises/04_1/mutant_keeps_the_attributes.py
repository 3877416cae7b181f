# mistake: wrong-attributes
def fold_constants(graph, apply) -> list:
    known, folded = {}, []
    for name, op, inputs, attributes in graph:
        if op == "constant":
            known[name] = attributes["value"]
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = apply(op, *[known[x] for x in inputs])
            op, inputs, attributes = "constant", (), attributes
        folded.append((name, op, inputs, attributes))
    return folded
