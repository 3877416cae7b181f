# mistake: lost-hole
def eliminate_dead(graph) -> list:
    needed, kept = set(), []
    for name, op, inputs, attributes in reversed(graph):
        if op in ("output", "guard", "input") or name in needed:
            needed.update(inputs)
            if op == "output":
                inputs = tuple(x if x else graph[0][0] for x in inputs)
            kept.append((name, op, inputs, attributes))
    return kept[::-1]
