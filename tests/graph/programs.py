"""Random programs: lists of operations on a few numbers, for hypothesis and for the long run by hand."""

import random

CONSTANTS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, float("inf"), float("nan"), 3]
BINARY = ["add", "sub", "mul", "div", "maximum", "minimum"]
UNARY = ["neg", "abs", "relu", "tanh", "exp", "sigmoid"]


def random_program(seed):
    """A graph as plain data: 2 or 3 inputs, up to 16 operations that tempt a rewrite, the last few as outputs.

    Many operations take a constant, or the same operand twice; with an odd seed there is one output.
    """
    rng = random.Random(seed)
    entries = [(f"x{k}", "input", (), {}) for k in range(rng.randint(2, 3))]
    entries += [(f"c{k}", "constant", (), {"value": rng.choice(CONSTANTS)}) for k in range(4)]
    numbers, names = [f"c{k}" for k in range(4)], [entry[0] for entry in entries if entry[1] == "input"]
    for k in range(rng.randint(1, 16)):
        a = rng.choice(names[-6:])
        b = rng.choices([rng.choice(numbers), rng.choice(names), a], [0.45, 0.4, 0.15])[0]
        op = rng.choice(UNARY) if rng.random() < 0.3 else "pow" if rng.random() < 0.07 else rng.choice(BINARY)
        operands = (a,) if op in UNARY else (a, b) if rng.random() < 0.7 else (b, a)
        entries.append((f"v{k}", op, operands, {}))
        names.append(f"v{k}")
    return [*entries, ("", "output", tuple(names[-1:] if seed % 2 else names[-3:]), {})]
