# mistake: too-much-work
def checkpoint(graph):
    needed = {graph[-1][2][0]}
    for name, op, inputs, attributes in graph[-2::-1]:
        if name in needed:
            needed.update(inputs)
    made = {entry[0]: entry for entry in graph if entry[0] in needed and entry[1] not in ("input", "constant")}
    keep, result = graph[-1][2], []

    def repeat(name, turn, again):
        chain = []
        while name in made and name not in keep:
            chain.append(name)
            name = next((x for x in made[name][2] if x in made), None)
        for each in chain[::-1]:
            _, op, inputs, attributes = made[each]
            again[each] = f"{each} again {turn}"
            inputs = tuple(again.get(x, x) for x in inputs)
            result.append((again[each], op, inputs, {**attributes, "again": each}))

    for k, (name, op, inputs, attributes) in enumerate(graph):
        if name not in made and op not in ("input", "constant", "output"):
            again = {}
            for x in inputs:
                if x in made and x not in again:
                    repeat(x, k, again)
            inputs = tuple(again.get(x, x) for x in inputs)
        result.append((name, op, inputs, attributes))
    return result
