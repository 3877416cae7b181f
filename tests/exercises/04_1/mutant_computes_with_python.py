# mistake: raises
import math

RULES = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "exp": lambda a: math.exp(a),
    "tanh": lambda a: math.tanh(a),
}


def fold_constants(graph, apply) -> list:
    known, folded = {}, []
    for name, op, inputs, attributes in graph:
        if op == "constant":
            known[name] = attributes["value"]
        elif inputs and op != "output" and all(x in known for x in inputs):
            known[name] = RULES[op](*[known[x] for x in inputs])
            op, inputs, attributes = "constant", (), {"value": known[name]}
        folded.append((name, op, inputs, attributes))
    return folded
