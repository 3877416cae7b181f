def fold_constants(graph, apply):
    made = {entry[0]: entry for entry in graph}
    values = {}

    def value(name):
        """The number that a name always has, or None."""
        if name not in values:
            _, op, inputs, attributes = made[name]
            parts = [value(x) for x in inputs]
            if op == "constant":
                values[name] = attributes["value"]
            else:
                known = op != "input" and not any(part is None for part in parts)
                values[name] = apply(op, *parts) if known else None
        return values[name]

    out = []
    for name, op, inputs, attributes in graph:
        if op in ("input", "constant", "guard", "output") or value(name) is None:
            out.append((name, op, inputs, attributes))
        else:
            out.append((name, "constant", (), {"value": value(name)}))
    return out
