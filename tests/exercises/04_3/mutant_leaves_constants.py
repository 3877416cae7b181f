# mistake: constants-left
def merge_common(graph) -> list:
    stands, first, merged = {}, {}, []
    for name, op, inputs, attributes in graph:
        inputs = tuple(stands.get(x, x) for x in inputs)
        if op not in ("input", "constant", "guard", "output"):
            operands = sorted(inputs) if op in ("add", "mul") else inputs
            key = op, tuple(operands), repr(sorted(attributes.items()))
            if key in first:
                stands[name] = first[key]
                continue
            first[key] = name
        merged.append((name, op, inputs, attributes))
    return merged
