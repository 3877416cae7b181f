# mistake: no-output
def eliminate_dead(graph) -> list:
    needed, kept = set(graph[-1][2]), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("guard", "input") or name in needed:
            needed.update(inputs)
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
