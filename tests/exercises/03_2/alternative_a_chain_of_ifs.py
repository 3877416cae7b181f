from math import cos, exp, log, sin, tanh


def interpret(entries, inputs):
    known, count = {}, 0
    for name, op, args, more in entries[:-1]:
        xs = [known[a] for a in args]
        if op == "input":
            y = inputs[count]
            count += 1
        elif op == "constant":
            y = more["value"]
        elif op == "add":
            y = xs[0] + xs[1]
        elif op == "sub":
            y = xs[0] - xs[1]
        elif op == "mul":
            y = xs[0] * xs[1]
        elif op == "div":
            y = xs[0] / xs[1]
        elif op == "neg":
            y = -xs[0]
        elif op == "sigmoid":
            y = 0.5 + 0.5 * tanh(xs[0] / 2)
        elif op == "relu":
            y = xs[0] if xs[0] > 0 else 0.0
        else:
            y = {"exp": exp, "log": log, "sin": sin, "cos": cos, "tanh": tanh}[op](xs[0])
        known[name] = y
    return tuple(known[a] for a in entries[-1][2])
