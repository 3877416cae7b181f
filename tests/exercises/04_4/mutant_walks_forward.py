# mistake: dropped-the-loss
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in graph:
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs)
            kept.append((name, op, inputs, attributes))
    return kept
