"""Answers that know nothing: whoever hands these in has earned no points."""

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
    "not a number": "def {name}(*a, **k):\n    return float('nan')",
    "text": "def {name}(*a, **k):\n    return ''",
    "a generator": "def {name}(*a, **k):\n    yield 0.0",
    "always equal": "class Yes(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n"
    "    __ne__ = __lt__ = lambda s, o: False\n    __hash__ = float.__hash__\ndef {name}(*a, **k):\n    return Yes(0)",
    "itself": "def {name}(*a, **k):\n    x = []\n    x.append(x)\n    return x",
}
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
    found = {"nothing at all": "x = 1"}
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
}
