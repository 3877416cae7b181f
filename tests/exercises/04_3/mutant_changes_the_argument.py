# mistake: changed-argument
def merge_common(graph):
    stands, first = {}, {}
    for k in range(len(graph)):
        name, op, inputs, attributes = graph[k]
        inputs = tuple(stands.get(x, x) for x in inputs)
        graph[k] = (name, op, inputs, attributes)
        if op not in ("input", "guard", "output"):
            operands = sorted(inputs) if op in ("add", "mul") else inputs
            key = op, tuple(operands), repr(sorted(attributes.items()))
            if key in first:
                stands[name] = first[key]
            first.setdefault(key, name)
    return [entry for entry in graph if entry[0] not in stands]
