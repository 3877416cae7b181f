# mistake: lost-input
def fold_constants(graph, apply):
    known, folded = {}, []
    for name, op, inputs, attributes in graph:
        if op == "constant":
            known[name] = attributes["value"]
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = apply(op, *[known[x] for x in inputs])
            op, inputs, attributes = "constant", (), {"value": known[name]}
        folded.append((name, op, inputs, attributes))
    used = {x for entry in folded for x in entry[2]}
    return [entry for entry in folded if entry[0] in used or entry[1] == "output"]
