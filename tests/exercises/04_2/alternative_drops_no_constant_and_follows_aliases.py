import math


def same(v, w):
    return v is not None and v == w and math.copysign(1, v) == math.copysign(1, w)


def simplify(graph, allow=()):
    out, alias, val = [], {}, {}

    def sub(n):
        while n in alias: n = alias[n]
        return n
    for n, op, xs, more in graph:
        xs = list(map(sub, xs))
        to = None
        if op == "mul":
            for p, q in (xs, xs[::-1]):
                if same(val.get(q), 1.0): to = p
                elif same(val.get(q), 0.0) and "x*0" in allow: to = 0.0
        elif op == "add":
            for p, q in (xs, xs[::-1]):
                if same(val.get(q), -0.0) or same(val.get(q), 0.0) and "x+0" in allow: to = p
        elif op == "sub":
            if same(val.get(xs[1]), 0.0): to = xs[0]
            elif xs[0] == xs[1] and "x-x" in allow: to = 0.0
        if isinstance(to, str):
            alias[n] = to
        elif to is not None:
            val[n] = to
            out.append((n, "constant", (), {"value": to}))
        else:
            if op == "constant": val[n] = more["value"]
            out.append((n, op, tuple(xs), more))
    return out
