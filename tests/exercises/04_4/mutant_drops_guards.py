# mistake: lost-guard
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "input") or name in needed:
            needed.update(inputs)
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
