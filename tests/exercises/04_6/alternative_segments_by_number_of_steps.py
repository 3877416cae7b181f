import math


def checkpoint(graph):
    *entries, output = graph
    value = output[2][0]
    place = {entry[0]: k for k, entry in enumerate(entries)}
    forward, stack = set(), [value]
    while stack:
        name = stack.pop()
        if name not in forward:
            forward.add(name)
            stack += entries[place[name]][2]
    work = [k for k, entry in enumerate(entries) if entry[0] in forward and len(entry[2]) > 0]
    size = math.ceil(math.sqrt(len(work)))
    block = {entries[k][0]: i // size for i, k in enumerate(work)}
    keep = set(output[2]) | {name for name in block if block[name] == max(block.values())}
    for k in work:
        name, _, inputs, _ = entries[k]
        keep |= {x for x in inputs if block.get(x, block[name]) < block[name]}
    new, out = {}, []
    for name, op, inputs, attributes in entries:
        if name in forward:
            out.append([name, op, list(inputs), attributes])
            continue
        for asked in inputs:
            if asked not in block or asked in keep or asked in new:
                continue
            for again in [n for n in block if block[n] == block[asked]]:  # the whole stretch, in its order
                if again not in keep and again not in new:
                    _, its_op, its_inputs, its_attributes = entries[place[again]]
                    title = f"{again}_2"
                    while title in place or title in new.values():
                        title += "_2"
                    out.append(
                        [title, its_op, [new.get(x, x) for x in its_inputs], dict(its_attributes, again=again)]
                    )
                    new[again] = title
        out.append([name, op, [new.get(x, x) for x in inputs], attributes])
    return [*out, output]
