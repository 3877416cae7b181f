# mistake: dropped-operand
def eliminate_dead(graph):
    needed = {x for name, op, inputs, attributes in graph if op in ("output", "guard") for x in inputs}
    return [entry for entry in graph if entry[0] in needed or entry[1] in ("input", "guard", "output")]
