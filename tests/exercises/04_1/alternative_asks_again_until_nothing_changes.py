def fold_constants(graph, apply):
    entries = [list(entry) for entry in graph]
    changed = True
    while changed:
        changed = False
        constants = {e[0]: e[3]["value"] for e in entries if e[1] == "constant"}
        for e in entries:
            if e[1] not in ("input", "constant", "guard", "output") and not [x for x in e[2] if x not in constants]:
                e[1:] = "constant", [], dict(value=apply(e[1], *(constants[x] for x in e[2])))
                changed = True
    return tuple(tuple(e) for e in entries)
