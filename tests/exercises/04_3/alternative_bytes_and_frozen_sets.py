import struct


def _key(op, xs, more):
    xs = frozenset(xs) if op in ("mul", "add") and len(set(xs)) == 2 else tuple(xs)
    vals = tuple((k, struct.pack("d", v) if isinstance(v, float) else str(v)) for k, v in sorted(more.items()))
    return (op, xs, vals)


def merge_common(graph):
    t, new, result = {}, {}, []
    for n, op, xs, more in graph:
        xs = [new.get(x, x) for x in xs]
        k = _key(op, xs, more) if op not in ("input", "output", "guard") else object()
        if k in t:
            new[n] = t[k]
        else:
            t[k] = n
            result += [(n, op, tuple(xs), more)]
    return result
