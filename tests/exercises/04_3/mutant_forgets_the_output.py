# mistake: used-before-made
def merge_common(graph) -> list:
    stands, first, merged = {}, {}, []
    for name, op, inputs, attributes in graph:
        if op != "output":
            inputs = tuple(stands.get(x, x) for x in inputs)
        if op not in ("input", "guard", "output"):
            operands = sorted(inputs) if op in ("add", "mul") else inputs
            key = op, tuple(operands), repr(sorted(attributes.items()))
            if key in first:
                stands[name] = first[key]
                continue
            first[key] = name
        merged.append((name, op, inputs, attributes))
    return merged
