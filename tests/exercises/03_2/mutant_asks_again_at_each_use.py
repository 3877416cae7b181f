# mistake: recomputed
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


def interpret(entries, inputs):
    made = {entry[0]: entry for entry in entries}
    given = dict(zip([name for name, op, _, _ in entries if op == "input"], inputs))

    def value(name):
        _, op, operands, attributes = made[name]
        if op == "input":
            return given[name]
        if op == "constant":
            return attributes["value"]
        return TABLE[op](*[value(x) for x in operands])

    return [value(name) for name in entries[-1][2]]
