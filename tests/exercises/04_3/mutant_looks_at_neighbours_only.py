# mistake: left-over
def merge_common(graph):
    stands, merged = {}, []
    for name, op, inputs, attributes in graph:
        inputs = tuple(stands.get(x, x) for x in inputs)
        operands = sorted(inputs) if op in ("add", "mul") else list(inputs)
        last = merged[-1] if merged else ("", "", (), {})
        same = [last[1], sorted(last[2]) if op in ("add", "mul") else list(last[2]), repr(last[3])]
        if op not in ("input", "guard", "output") and [op, operands, repr(attributes)] == same:
            stands[name] = last[0]
            continue
        merged.append((name, op, inputs, attributes))
    return merged
