# mistake: changed-argument
from math import isqrt


def checkpoint(graph) -> list:
    needed = {graph[-1][2][0]}
    for name, op, inputs, attributes in reversed(graph):
        if name in needed:
            needed.update(inputs)
    forward = [entry for entry in graph if entry[0] in needed and entry[1] not in ("input", "constant")]
    length = isqrt(len(forward))
    stretch = {entry[0]: k // length for k, entry in enumerate(forward)}
    last = max(stretch.values())
    kept = set()
    for name, op, inputs, attributes in forward:
        kept.update(x for x in inputs if x in stretch and stretch[x] != stretch[name])
    dropped = {entry[0]: entry for entry in forward if entry[0] not in kept and stretch[entry[0]] != last}
    again, result = {}, []

    def repeat(name):
        if name not in dropped:
            return name
        if name not in again:
            _, op, inputs, attributes = dropped[name]
            inputs = tuple(repeat(x) for x in inputs)
            attributes["again"] = name
            again[name] = f"{name} again"
            result.append((again[name], op, inputs, {**attributes, "again": name}))
        return again[name]

    for name, op, inputs, attributes in graph:
        if name not in stretch:
            inputs = tuple(repeat(x) for x in inputs)
        result.append((name, op, inputs, attributes))
    return result
