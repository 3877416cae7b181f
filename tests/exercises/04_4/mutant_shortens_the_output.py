# mistake: wrong-outputs
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs)
            if op == "output":
                inputs = tuple(x for x in inputs if x)
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
