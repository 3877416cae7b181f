# mistake: dropped-the-loss
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs[:1] if op == "output" else inputs)
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
