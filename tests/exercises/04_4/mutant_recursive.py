# mistake: recursion
def eliminate_dead(graph):
    made = {entry[0]: entry for entry in graph}
    needed = set()

    def need(name):
        if name not in needed and name in made:
            needed.add(name)
            for x in made[name][2]:
                need(x)

    for entry in graph:
        if entry[1] in ("output", "guard"):
            for x in entry[2]:
                need(x)
    return [entry for entry in graph if entry[0] in needed or entry[1] in ("input", "guard", "output")]
