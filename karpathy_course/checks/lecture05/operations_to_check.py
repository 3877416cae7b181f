"""Operations with their gradients, right ones and broken ones, as the text of their code: what 05.6 is tried on.

A case holds the text alone, with numbers of its own: whether it is right has to be found out by whoever runs it. What a
check might forgive is in every draw, one operation for each kind, and each is measured here before it is handed out: a
right one is off by less than 1e-9 of its largest number, a broken one by more than 1e-6, where 1e-7 decides.
"""

import numpy as np

from karpathy_course.checks.lecture05.array_answers import drawn
from karpathy_course.checks.shared.plain_arrays import array_of

ONE, SEVERAL, SIZES, ARRAYS = "one input", "several inputs", "large and small numbers", "arrays of all kinds"
SMOOTH = (
    ("{c} * np.sin(a)", "gradient * {c} * np.cos(a)"),
    ("a ** 3 / {c}", "gradient * 3 * a ** 2 / {c}"),
    ("np.exp(a / {c})", "gradient * np.exp(a / {c}) / {c}"),
    ("np.log(a * a + {c})", "gradient * 2 * a / (a * a + {c})"),
    ("{c} / (1 + np.exp(-a))", "gradient * {c} * np.exp(-a) / (1 + np.exp(-a)) ** 2"),
    ("np.tanh(a) * {c}", "gradient * {c} * (1 - np.tanh(a) ** 2)"),
)
BENT = (  # forward, right, right for positive numbers alone
    ("{c} * np.abs(a)", "gradient * {c} * np.sign(a)", "gradient * {c}"),
    ("a * np.abs(a) / {c}", "gradient * 2 * np.abs(a) / {c}", "gradient * 2 * a / {c}"),
    ("{c} * np.maximum(a, 0)", "gradient * {c} * (a > 0)", "gradient * {c}"),
)
TWICE_USED = (  # forward, right, without one of the two uses
    ("a * a.sum() * {c}", "gradient * a.sum() * {c} + (gradient * a).sum() * {c}", "gradient * a.sum() * {c}"),
    ("a * np.sin(a) / {c}", "(gradient * np.sin(a) + gradient * a * np.cos(a)) / {c}", "gradient * np.sin(a) / {c}"),
    ("a @ a * {c}", "(gradient @ a.T + a.T @ gradient) * {c}", "gradient @ a.T * {c}"),
)
PAIRS = (
    ("a * b + {c} * b", "gradient * b", "gradient * (a + {c})"),
    ("a / (b * b + {c})", "gradient / (b * b + {c})", "-2 * gradient * a * b / (b * b + {c}) ** 2"),
    ("np.sin(a) * np.exp(b) * {c}", "gradient * np.cos(a) * np.exp(b) * {c}", "gradient * np.sin(a) * np.exp(b) * {c}"),
)
PLACE = "np.arange(a.size).reshape(a.shape) == {i}"

LOOKS_BROKEN = (  # right operations with the very words in them that broken ones have
    lambda forward, backward: (forward, backward),
    lambda forward, backward: (f"({forward}) * 1.00001", f"({backward}) * 1.00001"),
    lambda forward, backward: (f"({forward}) * np.where({PLACE}, -1, 1)", f"({backward}) * np.where({PLACE}, -1, 1)"),
    lambda forward, backward: (f"np.roll({forward}, 1)", backward.replace("gradient", "np.roll(gradient, -1)")),
)


def numbers(rng, shape, low=0.4, high=1.6, layout="plain", signs=(-1, 1)):
    """A described array of numbers away from 0, of both signs where there are two or more."""
    size = int(np.prod(shape))
    values = [rng.choice(signs) * rng.uniform(low, high) for _ in range(size)]
    for sign, place in zip(signs, rng.sample(range(size), min(size, len(signs)))):
        values[place] = sign * abs(values[place])
    return {"shape": list(shape), "dtype": "float64", "layout": layout, "numbers": values}


def shape_of(rng):
    return rng.sample((2, 3, 4), rng.choice((1, 2)))


def operations(rng):
    """``[(property, kind, right, forward, gradients, inputs), …]``, as one draw of what is not yet measured."""
    c, i = round(rng.uniform(1.2, 2.9), 3), rng.randrange(3)
    fill = lambda *texts: [text.replace("{c}", str(c)).replace("{i}", str(i)) for text in texts]
    made = []

    def add(property, kind, right, inputs, forward, *gradients):
        forward, *gradients = fill(forward, *gradients)
        made.append((property, kind, right, forward, gradients, inputs))

    def smooth():
        return rng.choice(SMOOTH)

    for (forward, backward), looks_broken in zip(rng.sample(SMOOTH, 4), LOOKS_BROKEN):
        add(ONE, "right", True, [numbers(rng, shape_of(rng))], *looks_broken(forward, backward))
    add(ONE, "right", True, [drawn(rng, [3, 4])], *SMOOTH[1])
    add(ONE, "right", True, [numbers(rng, [5])], *rng.choice(BENT)[:2])
    add(ONE, "right", True, [numbers(rng, [3, 3])], *rng.choice(TWICE_USED)[:2])
    add(ONE, "right", True, [numbers(rng, [5])], "{c} * (a - a.mean())", "{c} * (gradient - gradient.mean())")
    turned = rng.choice(("[::-1]", "[:, ::-1]"))
    add(ONE, "view", True, [numbers(rng, [3, 2])], f"a{turned}", f"gradient{turned}")
    forward, backward = smooth()
    factor = rng.choice((0.5, 2, 3, 1.5))
    add(ONE, "factor", False, [numbers(rng, shape_of(rng))], forward, f"({backward}) * {factor}")
    forward, backward = smooth()
    add(ONE, "sign", False, [numbers(rng, [5])], forward, f"({backward}) * np.where({PLACE}, -1, 1)")
    forward, backward = smooth()
    add(ONE, "last place", False, [numbers(rng, [2, 3])], forward, f"({backward}) * np.where({PLACE}, 0, 1)".replace("{i}", "5"))
    forward, _, backward = rng.choice(BENT)
    add(ONE, "positive", False, [numbers(rng, [5])], forward, backward)
    forward, backward = smooth()
    near = rng.choice(("1.00001", "0.99999"))
    add(ONE, "near", False, [numbers(rng, shape_of(rng))], forward, f"({backward}) * {near}")
    forward, _, backward = rng.choice(TWICE_USED)
    add(ONE, "used twice", False, [numbers(rng, [3, 3])], forward, backward)
    forward, backward = smooth()
    add(ONE, "places", False, [numbers(rng, [4])], forward, f"np.roll({backward}, 1)")
    add(ONE, "hidden", False, [numbers(rng, [5])], "{c} * (a - a.mean())", "2 * {c} * (gradient - gradient.mean())")
    forward, backward = smooth()
    add(ONE, "nan", False, [numbers(rng, [4])], forward, f"{backward} + np.where({PLACE}, np.nan, 0)")

    n, m = rng.sample((2, 3, 4), 2)
    for forward, *gradients in rng.sample(PAIRS, 2):
        add(SEVERAL, "right", True, [numbers(rng, [n]), numbers(rng, [n])], forward, *gradients)
    matrices = lambda: [numbers(rng, [3, 3]), numbers(rng, [3, 3])]
    add(SEVERAL, "right", True, [numbers(rng, [n, 2]), numbers(rng, [2, m])], "a @ b", "gradient @ b.T", "a.T @ gradient")
    row = lambda: [numbers(rng, [n, m]), numbers(rng, [1, m])]
    add(SEVERAL, "right", True, row(), "np.sin(a) + {c} * b", "gradient * np.cos(a)", "{c} * gradient.sum(axis=0, keepdims=True)")
    add(SEVERAL, "unused", True, row(), "np.sin(a) + 0 * b", "gradient * np.cos(a)", "0 * b")
    add(SEVERAL, "one array twice", True, [numbers(rng, [n])], "a * b * {c} + a", "gradient * (b * {c} + 1)", "gradient * a * {c}")
    add(SEVERAL, "right", True, [numbers(rng, [n]), numbers(rng, []), numbers(rng, [n])], "a * b + c",
        "gradient * b", "(gradient * a).sum()", "gradient")  # fmt: skip
    transposed = rng.choice((("(gradient @ b.T).T", "a.T @ gradient"), ("gradient @ b.T", "(a.T @ gradient).T")))
    add(SEVERAL, "transposed", False, matrices(), "a @ b", *transposed)
    forward, first, second = rng.choice(PAIRS)
    add(SEVERAL, "second input", False, [numbers(rng, [n]), numbers(rng, [n])], forward, first, f"({second}) * {factor}")
    forward, first, second = rng.choice(PAIRS)
    add(SEVERAL, "swapped", False, [numbers(rng, [n]), numbers(rng, [n])], forward, second, first)
    add(SEVERAL, "shape", False, row(), "np.sin(a) + {c} * b", "gradient * np.cos(a)", "{c} * gradient.sum(axis=0)")
    add(SEVERAL, "unused but moved", False, row(), "np.sin(a) + 0 * b", "gradient * np.cos(a)", "0.001 * b")
    add(SEVERAL, "third input", False, [numbers(rng, [n]), numbers(rng, []), numbers(rng, [n])], "a * b + c",
        "gradient * b", "(gradient * a).sum()", "-gradient")  # fmt: skip
    add(SEVERAL, "one array twice, broken", False, [numbers(rng, [n])], "a * b * {c} + a", "gradient * b * {c}", "gradient * a * {c}")

    small, large = (lambda: numbers(rng, [3], 1e-4, 9e-4)), (lambda: numbers(rng, [3], 1e3, 9e3))
    scale = rng.choice((1e-9, 1e-10))
    for word, right, text in (("", True, ""), (", broken", False, f" * {near}")):
        add(SIZES, "large results" + word, right, [numbers(rng, [4])], f"np.sin(a) / {scale}", f"gradient * np.cos(a) / {scale}" + text)
        add(SIZES, "small results" + word, right, [numbers(rng, [4])], f"np.sin(a) * {scale}",
            f"gradient * np.cos(a) * {scale}" + text.replace(near, str(factor)))  # fmt: skip
        add(SIZES, "small inputs" + word, right, [small()], "{c} / a", "-gradient * {c} / (a * a)" + text)
        add(SIZES, "large inputs" + word, right, [large()], "a ** 3 / {c}", "gradient * 3 * a * a / {c}" + text)
        add(SIZES, "small beside large" + word, right, [large(), small()], "a * {c} / b", "gradient * {c} / b",
            "-gradient * a * {c} / (b * b)" + text)  # fmt: skip
        add(SIZES, "large results beside small" + word, right, [numbers(rng, [3]), large()], "np.concatenate([np.sin(a), b * b])",
            "gradient[:3] * np.cos(a)" + text, "gradient[3:] * 2 * b")  # fmt: skip
        far = numbers(rng, [4]) | {"numbers": [rng.uniform(1e3, 9e3), rng.uniform(1e-4, 9e-4), -rng.uniform(1, 2), rng.uniform(30, 90)]}
        add(SIZES, "all in one array" + word, right, [far], "{c} * np.log(np.abs(a))", "gradient * {c} / a" + text)

    for layout in ("turned", "with gaps", "backwards"):
        forward, backward = smooth()
        add(ARRAYS, "layout", True, [numbers(rng, [3, 2], layout=layout)], forward, backward)
    add(ARRAYS, "no axis", True, [numbers(rng, [])], *smooth())
    add(ARRAYS, "one result", True, [numbers(rng, [2, 2, 2])], "(a ** 2).sum() * {c}", "gradient * 2 * {c} * a")
    add(ARRAYS, "nothing in it", True, [numbers(rng, [0, 2]), numbers(rng, [n, 2])], "np.concatenate([a, b * {c}])",
        "gradient[:0]", "gradient * {c}")  # fmt: skip
    add(ARRAYS, "right", True, [numbers(rng, [1, 2, 1, 3])], *smooth())
    add(ARRAYS, "integers", None, [numbers(rng, [3]) | {"dtype": "int64", "numbers": [1, -2, 3]}], "a * a", "2 * gradient * a")
    for layout in ("turned", "with gaps"):
        forward, backward = smooth()
        add(ARRAYS, "layout, broken", False, [numbers(rng, [3, 2], layout=layout)], forward, f"({backward}) * np.where({PLACE}, -1, 1)")
    forward, backward = smooth()
    add(ARRAYS, "no axis, broken", False, [numbers(rng, [])], forward, f"-({backward})")
    add(ARRAYS, "one result, broken", False, [numbers(rng, [2, 2, 2])], "(a ** 2).sum() * {c}", "2 * {c} * a")
    forward, backward = smooth()
    add(ARRAYS, "four axes, broken", False, [numbers(rng, [1, 2, 1, 3])], forward, f"np.roll({backward}, 1, axis=3)")
    for place in (0, 1):
        pair = [numbers(rng, [n]), numbers(rng, [n])]
        pair[place]["dtype"] = "float32"
        add(ARRAYS, "float32", None, pair, "a * b", "gradient * b", "gradient * a")
    return made


def functions(forward, gradients, count):
    """(forward, backward) of their texts, for so many inputs a, b, …"""
    names, scope = ", ".join("abc"[:count]), {"np": np}
    exec(f"def forward({names}):\n    return {forward}\n", scope)
    exec(f"def backward({names}, gradient):\n    return [{', '.join(gradients)}]\n", scope)
    return scope["forward"], scope["backward"]


def error_of(forward, gradients, inputs):
    """How far a gradient is off: the largest difference from central differences, as a share of its largest number."""
    arrays = [array_of(x) for x in inputs]
    arrays = [np.array(x) for x in (arrays * len(gradients) if len(arrays) < len(gradients) else arrays)]
    forward, backward = functions(forward, gradients, len(arrays))
    weights = np.random.default_rng(1).uniform(0.5, 1.5, np.shape(forward(*arrays)))
    worst = 0.0
    with np.errstate(all="ignore"):
        for array, gradient in zip(arrays, backward(*arrays, weights)):
            if np.shape(gradient) != array.shape or np.isnan(gradient).any():
                return np.inf
            numeric = np.zeros_like(array)
            for place in np.ndindex(array.shape):
                middle, ends = array[place], []
                step = 1e-5 * (abs(middle) or 1.0)
                for nudged in (middle + step, middle - step):
                    array[place] = nudged
                    ends.append(np.array(forward(*arrays)))
                array[place] = middle
                numeric[place] = ((ends[0] - ends[1]) * weights).sum() / (2 * step)
            largest = max(abs(numeric).max(initial=0), abs(gradient).max(initial=0))
            worst = max(worst, abs(numeric - gradient).max(initial=0) / (largest or 1.0))
    return worst


def holds(right, forward, gradients, inputs):
    """Whether an operation is clearly as right, or as broken, as it is said to be; None is for what has to be refused."""
    if right is None:
        return True
    error = error_of(forward, gradients, inputs)
    return error < 1e-9 if right else error > 1e-6


def measured_operations(rng):
    """`operations`, each drawn again until it holds, in an order that does not tell which are right.

    Those that are right keep their order, and so do the others: only how the two are mixed is drawn.
    """
    found = operations(rng)
    while wanting := [k for k, operation in enumerate(found) if not holds(*operation[2:])]:
        others = operations(rng)
        for k in wanting:
            found[k] = others[k]
    mixed = []
    for property in (ONE, SEVERAL, SIZES, ARRAYS):
        mine = [operation for operation in found if operation[0] == property]
        right, other = [o for o in mine if o[2]], [o for o in mine if not o[2]]
        turns = [True] * len(right) + [False] * len(other)
        rng.shuffle(turns)
        mixed += [(right if turn else other).pop(0) for turn in turns]
    return mixed
