# mistake: lost-entry
def fold_constants(graph, apply):
    result = []
    for entry in graph:
        name, op, inputs, attributes = entry
        known = {n: a["value"] for n, o, _, a in result if o == "constant"}
        if op not in ("input", "constant", "output", "guard") and set(inputs) <= set(known):
            entry = (name, "constant", [], {"value": apply(op, *map(known.get, inputs))})
        result.append(entry)
    used = {x for entry in result for x in entry[2]}
    return [entry for entry in result if entry[1] != "constant" or entry[0] in used]
