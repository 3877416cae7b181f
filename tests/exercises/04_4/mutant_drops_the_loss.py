# mistake: dropped-the-loss
def eliminate_dead(graph):
    used = {x for name, op, inputs, attributes in graph if op != "output" for x in inputs}
    return [entry for entry in graph if entry[0] in used or entry[1] in ("input", "guard", "output")]
