def fold_constants(graph, apply):
    numbers = {}

    def fold(entry):
        name, op, inputs, attributes = entry
        if op == "constant":
            numbers[name] = attributes["value"]
        if op in ("constant", "input", "guard", "output"):
            return list(entry)
        try:
            numbers[name] = apply(op, *[numbers[x] for x in inputs])
        except KeyError:
            return list(entry)
        return [name, "constant", [], {"value": numbers[name]}]

    return list(map(fold, graph))
