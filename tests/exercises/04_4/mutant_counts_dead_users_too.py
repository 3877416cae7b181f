# mistake: one-look
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        needed.update(inputs)
        if op in ("output", "guard", "input") or name in needed:
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
