# mistake: recomputed
import math


def interpret(entries, inputs):
    texts, given = {}, iter(inputs)
    signs = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
    scope = {name: getattr(math, name) for name in ("exp", "log", "sin", "cos", "tanh")}
    scope["sigmoid"] = lambda x: 1 / (1 + math.exp(-x))
    scope["relu"] = lambda x: max(x, 0.0)
    for name, op, operands, attributes in entries:
        if op == "output":
            return [eval(texts[x], scope) for x in operands]
        if op == "input":
            scope[f"x{len(texts)}"] = next(given)
            texts[name] = f"x{len(texts)}"
        elif op == "constant":
            texts[name] = repr(attributes["value"])
        elif op in signs:
            texts[name] = f"({texts[operands[0]]} {signs[op]} {texts[operands[1]]})"
        else:
            texts[name] = f"(-{texts[operands[0]]})" if op == "neg" else f"{op}({texts[operands[0]]})"
