# mistake: blind-guard
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs if op != "guard" else ())
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
