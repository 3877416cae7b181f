def eliminate_dead(graph):
    place = {entry[0]: k for k, entry in enumerate(graph)}
    keep = [entry[1] in ("input", "output", "guard") for entry in graph]
    for k in reversed(range(len(graph))):
        if keep[k]:
            for x in graph[k][2]:
                if x is not None:
                    keep[place[x]] = True
    return tuple(entry for entry, wanted in zip(graph, keep) if wanted)
