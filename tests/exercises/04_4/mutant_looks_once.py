# mistake: one-look
def eliminate_dead(graph):
    used = {x for entry in graph for x in entry[2]}
    return [entry for entry in graph if entry[0] in used or entry[1] in ("input", "guard", "output")]
