# mistake: lost-guard
def merge_common(graph):
    stands, first, merged = {}, {}, []
    for name, op, inputs, attributes in graph:
        inputs = tuple(stands.get(x, x) for x in inputs)
        if op not in ("input", "output"):
            operands = sorted(inputs) if op in ("add", "mul") else inputs
            key = op, tuple(operands), repr(sorted(attributes.items()))
            if key in first:
                stands[name] = first[key]
                continue
            first[key] = name
        merged.append((name, op, inputs, attributes))
    used = {x for entry in merged for x in entry[2]}
    return [entry for entry in merged if entry[0] in used or entry[1] in ("input", "output")]
