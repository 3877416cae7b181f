"""Answers that know nothing: whoever hands these in has earned no points."""

import random

TEMPLATE_FUNCTIONS = {
    "returns None": "def {name}(*a, **k):\n    return None",
    "identity": "def {name}(*a, **k):\n    return a[0] if a else None",
    "last argument": "def {name}(*a, **k):\n    return a[-1] if a else None",
    "zero": "def {name}(*a, **k):\n    return 0.0",
    "one": "def {name}(*a, **k):\n    return 1",
    "true": "def {name}(*a, **k):\n    return True",
    "an empty list": "def {name}(*a, **k):\n    return []",
    "a list of zeros": "def {name}(*a, **k):\n    return [0.0] * len(a[0] if a and hasattr(a[0], '__len__') else a)",
    "its arguments": "def {name}(*a, **k):\n    return list(a)",
    "a coin flip": "import random\ndef {name}(*a, **k):\n    return random.choice([True, False, 0.0, 1.0, -1.0])",
    "a coin flip over shapes": """
import random
def {name}(*a, **k):
    flip = lambda: random.choice([0.0, 1.0, -1.0, 2.0])
    n = len(a[0]) if a and hasattr(a[0], '__len__') else len(a)
    some = [list(x) for x in (*a, getattr(a[0], 'parents', ())) if isinstance(x, (list, tuple))] if a else []
    shapes = [flip(), [flip()], [flip(), flip()], [flip() for _ in range(n)], {{c: flip() for c in 'LabcdefABCDEF'}}]
    return random.choice(shapes + [random.sample(x, len(x)) for x in some])
""",
    "not a number": "def {name}(*a, **k):\n    return float('nan')",
    "text": "def {name}(*a, **k):\n    return ''",
    "a generator": "def {name}(*a, **k):\n    yield 0.0",
    "always equal": "class Yes(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n"
    "    __ne__ = __lt__ = lambda s, o: False\n    __hash__ = float.__hash__\ndef {name}(*a, **k):\n    return Yes(0)",
    "itself": "def {name}(*a, **k):\n    x = []\n    x.append(x)\n    return x",
}
IN_SHAPE = {  # what has the form of an answer, and knows nothing
    "01.3": {
        "zeros by name": "def manual_backprop(a, b, c, f):\n    return dict.fromkeys('Lfdceab', 0.0)",
        "ones by name": "def manual_backprop(a, b, c, f):\n    return dict.fromkeys('Lfdceab', 1.0)",
        "its numbers by name": "def manual_backprop(a, b, c, f):\n"
        "    return {'L': a, 'a': a, 'b': b, 'c': c, 'd': a, 'e': b, 'f': f}",
        "L alone": "def manual_backprop(a, b, c, f):\n"
        "    return {'L': (a * b + c) * f} | dict.fromkeys('fdceab', 0.0)",
        "coin flips by name": "import random\ndef manual_backprop(*a):\n"
        "    return {name: random.choice([*a, 0.0, 1.0, -1.0]) for name in 'Lfdceab'}",
    },
    "02.2": {
        "the root alone": "def topo_sort(root):\n    return [root]",
        "the root and its parents": "def topo_sort(root):\n    return [root, *root.parents]",
        "all nodes as they are found": "def topo_sort(root):\n    nodes = {root: 0}\n    stack = [root]\n"
        "    while stack:\n        for parent in stack.pop().parents:\n            if parent not in nodes:\n"
        "                nodes[parent] = 0\n                stack.append(parent)\n    return list(nodes)",
    },
    "02.4": {"zeros of its shape": """
class Part:
    def __init__(self, n_inputs, sizes, activation=None, rng=None):
        self.sizes = sizes if isinstance(sizes, list) else [sizes]
        counts = [(a + 1) * b for a, b in zip([n_inputs, *self.sizes], self.sizes)]
        self.values = [Value(0.0) for _ in range(sum(counts))]
        self.w, self.b, self.neurons, self.layers = self.values[:-1], self.values[-1], [], []
    def __call__(self, x):
        return [Value(0.0) for _ in range(self.sizes[-1])]
    def parameters(self):
        return self.values
class Neuron(Part):
    def __init__(self, n_inputs, activation, rng):
        super().__init__(n_inputs, 1)
    def __call__(self, x):
        return Value(0.0)
class Layer(Part):
    pass
class MLP(Part):
    def __call__(self, x):
        return super().__call__(x) if self.sizes[-1] > 1 else Value(0.0)
"""},
    "02.5": {
        f"losses of {number}": f"def hinge_loss(scores, labels):\n    return Value({number})\n"
        f"binary_cross_entropy = hinge_loss\n{train}"
        for number, train in {
            "0.0": "def train(model, points, labels, steps, rate):\n    pass",
            "1.0": "def train(model, points, labels, steps, rate):\n    for p in model.parameters():\n"
            "        p.data = 0.0",
            "random.choice([0.0, 1.0, 0.5])": "import random\ndef train(model, points, labels, steps, rate):\n"
            "    for p in model.parameters():\n        p.data = random.uniform(-1, 1)",
        }.items()
    },
    "02.6": {
        "a line for each": "def faulty_lines():\n    return dict(zip('ABCDEF', range(1, 7)))",
        "coin flips for each": "import random\ndef faulty_lines():\n"
        "    return {letter: random.randint(1, 9) for letter in 'ABCDEF'}",
    },
    "02.7": {
        f"the line {pair}": f"import random\ndef fit_line(xs, ys, rate, steps):\n    return {pair}"
        for pair in ("[0.0, 0.0]", "[1.0, 0.0]", "[2.0, 1.0]", "[0.0, sum(ys) / len(ys)]", "[1e9, 1e9]",
                     "[random.uniform(-3, 3), random.uniform(-3, 3)]")
    },
}  # fmt: skip
DOES_NOTHING = """
class {name}:
    data = grad = 0.0
    parents = local_derivatives = neurons = layers = ()
    op = ""
    def __init__(self, *a, **k):
        if a and isinstance(a[0], (int, float)):
            self.data = a[0]
    def __call__(self, *a, **k):
        return self
    def backward(self, *a, **k):
        pass
    zero_grad = backward
    def parameters(self):
        return []
    def same(self, *a, **k):
        return self
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = __rtruediv__ = same
    __pow__ = __rpow__ = __neg__ = exp = log = tanh = relu = sigmoid = same
"""


def answers(exercise, solution):
    """``{what it is: source}`` of the trivial answers; solution: the names that the solution defines."""
    found = {"nothing at all": "x = 1"} | IN_SHAPE.get(exercise.id, {})
    kinds = {name: solution[name] for name in exercise.needs}
    if all(not callable(thing) for thing in kinds.values()):
        for what, change in VALUES.items():
            found[what] = "\n".join(f"{name} = {change(thing)!r}" for name, thing in kinds.items())
        return found
    for what, template in TEMPLATE_FUNCTIONS.items():
        lines = []
        for name, thing in kinds.items():
            lines.append(DOES_NOTHING.format(name=name) if isinstance(thing, type) else template.format(name=name))
        found[what] = "\n".join(lines)
    return found


def flipped(seed):
    """A changed by which each leaf becomes one of a few values of its kind, by the toss of a coin."""
    rng = random.Random(seed)
    return lambda thing: changed(thing, lambda leaf: of_kind(rng.choice([-1, 0, 1, 2]), rng.choice("ab"))(leaf))


def changed(thing, leaf):
    """thing with every leaf of it changed."""
    if isinstance(thing, dict):
        return {key: changed(value, leaf) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [changed(value, leaf) for value in thing]
    return leaf(thing)


def of_kind(number, text):
    def leaf_of(leaf):
        if isinstance(leaf, str):
            return text
        return type(leaf)(number) if isinstance(leaf, (int, float)) else None

    return leaf_of


VALUES = {
    "zeros": lambda thing: changed(thing, of_kind(0, "")),
    "ones": lambda thing: changed(thing, of_kind(1, "a")),
    "minus ones": lambda thing: changed(thing, of_kind(-1, "b")),
    "None everywhere": lambda thing: changed(thing, lambda leaf: None),
    "empty": lambda thing: type(thing)(),
    "no container": lambda thing: 0.0,
    **{f"coin flips, seed {seed}": flipped(seed) for seed in range(3)},
}
