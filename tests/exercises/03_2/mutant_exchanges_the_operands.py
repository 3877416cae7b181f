# mistake: swapped-operands
import math

TABLE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
}


def interpret(entries, inputs) -> list:
    values, given = {}, iter(inputs)
    for name, op, operands, attributes in entries:
        if op == "output":
            return [values[x] for x in operands]
        if op == "input":
            values[name] = next(given)
        elif op == "constant":
            values[name] = attributes["value"]
        else:
            values[name] = TABLE[op](*[values[x] for x in operands[::-1]])
