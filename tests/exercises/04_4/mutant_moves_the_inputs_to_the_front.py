# mistake: changed-entry
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs)
            kept.append((name, op, inputs, attributes))
    kept.reverse()
    return sorted(kept, key=lambda entry: {"input": 0, "constant": 1, "output": 3}.get(entry[1], 2))
