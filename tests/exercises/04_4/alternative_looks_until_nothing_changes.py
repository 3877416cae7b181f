def eliminate_dead(graph):
    size = -1
    graph = list(graph)
    while size != len(graph):
        size = len(graph)
        used = set()
        for entry in graph:
            used |= set(entry[2])
        graph = [entry for entry in graph if entry[0] in used or entry[1] in ("input", "guard", "output")]
        if size > 2000:  # a long dead chain: from the back in one go
            wanted, kept = set(), []
            for entry in graph[::-1]:
                if entry[1] in ("input", "guard", "output") or entry[0] in wanted:
                    wanted |= set(entry[2])
                    kept.insert(0, entry)
            graph = kept
    return graph
