"""Operations with their gradients, right ones and broken ones, as the text of their code: what 05.6 is tried on.

A case holds the text alone, with numbers of its own: whether it is right has to be found out by whoever runs it. What a
check might forgive is in every draw, one operation for each kind, and each is measured here before it is handed out: a
right one is off by less than 1e-9 of its largest number, a broken one by more than 1e-6, where 1e-7 decides. Of the
two whose gradients are off by 3e-8 and by 3e-7, the first is right.
"""

from karpathy_course.checks.lecture05.array_answers import drawn
from karpathy_course.checks.lecture05.numpy_when_used import np

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


def is_place(place):
    """Text that is True at one place of a, in the order in which one reads."""
    return f"np.arange(a.size).reshape(a.shape) == {place}"


LOOKS_BROKEN = (  # right operations with the very words in them that broken ones have
    lambda forward, backward: (forward, backward),
    lambda forward, backward: (f"({forward}) * 1.00001", f"({backward}) * 1.00001"),
    lambda forward, backward: (
        f"({forward}) * np.where({is_place(1)}, -1, 1)",
        f"({backward}) * np.where({is_place(1)}, -1, 1)",
    ),
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
    return rng.choice(([3], [4], [2, 3], [3, 2]))


class Drawn(list):
    """Drawn operations, ``(property, kind, right, forward, gradients, inputs)``, not yet measured."""

    def __init__(self, rng):
        super().__init__()
        self.c, self.place = round(rng.uniform(1.2, 2.9), 3), rng.randrange(3)

    def add(self, property, kind, right, inputs, forward, *gradients):
        texts = [t.replace("{c}", str(self.c)) for t in (forward, *gradients)]
        self.append((property, kind, right, texts[0], texts[1:], inputs))


def operations(rng):
    """One of every kind, as `Drawn`. Of each property, the right ones stand before the others."""
    made = Drawn(rng)
    factor, near = rng.choice((0.5, 2, 3, 1.5)), rng.choice(("1.00001", "0.99999"))
    of_one_input(rng, made, factor, near)
    of_several_inputs(rng, made, factor)
    of_every_size(rng, made, factor, near)
    of_every_array(rng, made)
    return made


# fmt: off
def of_one_input(rng, made, factor, near):
    vector, square = [numbers(rng, [4])], [numbers(rng, [2, 2])]
    centred = "{c} * (a - a.mean())"
    for (forward, backward), looks_broken in zip(rng.sample(SMOOTH, 4), LOOKS_BROKEN):
        made.add(ONE, "right", True, [numbers(rng, shape_of(rng))], *looks_broken(forward, backward))
    forward, backward = rng.choice(SMOOTH)
    made.add(ONE, "just right", True, [numbers(rng, shape_of(rng))], f"({forward}) / 50", f"({backward}) * 0.0200000006")
    made.add(ONE, "right", True, [drawn(rng, [2, 4])], *SMOOTH[1])  # 0 among them, where its gradient is 0
    made.add(ONE, "right", True, vector, *rng.choice(BENT)[:2])
    made.add(ONE, "right", True, square, *rng.choice(TWICE_USED)[:2])
    made.add(ONE, "centred", True, vector, centred, "{c} * (gradient - gradient.mean())")
    turned = rng.choice(("[::-1]", "[:, ::-1]"))
    made.add(ONE, "view", True, [numbers(rng, [3, 2])], f"a{turned}", f"gradient{turned}")

    for kind, change, shape in (
        ("factor", f"({{}}) * {factor}", shape_of(rng)),
        ("sign", f"({{}}) * np.where({is_place(made.place)}, -1, 1)", [4]),
        ("last place", f"({{}}) * np.where({is_place(5)}, 0, 1)", [2, 3]),
        ("places", "np.roll({}, 1)", [4]),
        ("near", f"({{}}) * {near}", shape_of(rng)),
        ("nan", f"{{}} + np.where({is_place(made.place)}, np.nan, 0)", [4]),
        ("inf", f"{{}} + np.where({is_place(made.place)}, np.inf, 0)", [4]),
    ):
        forward, backward = rng.choice(SMOOTH)
        made.add(ONE, kind, False, [numbers(rng, shape)], forward, change.replace("{}", backward))
    forward, backward = rng.choice(SMOOTH)
    made.add(ONE, "just off", False, [numbers(rng, shape_of(rng))], f"({forward}) * 50", f"({backward}) * 50.000015")
    forward, _, backward = rng.choice(BENT)
    made.add(ONE, "positive", False, vector, forward, backward)
    forward, _, backward = rng.choice(TWICE_USED)
    made.add(ONE, "used twice", False, square, forward, backward)
    made.add(ONE, "hidden", False, vector, centred, "2 * {c} * (gradient - gradient.mean())")


def of_several_inputs(rng, made, factor):
    n, m = rng.sample((2, 3), 2)
    pair, row = [numbers(rng, [n]), numbers(rng, [n])], [numbers(rng, [n, m]), numbers(rng, [1, m])]
    three, one = [numbers(rng, [n]), numbers(rng, []), numbers(rng, [n])], [numbers(rng, [n])]
    added, unused, twice = "np.sin(a) + {c} * b", "np.sin(a) + 0 * b", "a * b * {c} + a"
    for forward, *gradients in rng.sample(PAIRS, 2):
        made.add(SEVERAL, "right", True, pair, forward, *gradients)
    matrices = [numbers(rng, [n, 2]), numbers(rng, [2, m])]
    made.add(SEVERAL, "right", True, matrices, "a @ b", "gradient @ b.T", "a.T @ gradient")
    made.add(SEVERAL, "right", True, row, added, "gradient * np.cos(a)", "{c} * gradient.sum(axis=0, keepdims=True)")
    made.add(SEVERAL, "unused", True, row, unused, "gradient * np.cos(a)", "0 * b")
    made.add(SEVERAL, "one array twice", True, one, twice, "gradient * (b * {c} + 1)", "gradient * a * {c}")
    made.add(SEVERAL, "right", True, three, "a * b + c", "gradient * b", "(gradient * a).sum()", "gradient")

    forward, first, second = rng.choice(PAIRS)
    made.add(SEVERAL, "second input", False, pair, forward, first, f"({second}) * {factor}")
    square = [numbers(rng, [2, 2]), numbers(rng, [2, 2])]
    turned = rng.choice((("(gradient @ b.T).T", "a.T @ gradient"), ("gradient @ b.T", "(a.T @ gradient).T")))
    made.add(SEVERAL, "transposed", False, square, "a @ b", *turned)
    forward, first, second = rng.choice(PAIRS)
    made.add(SEVERAL, "swapped", False, pair, forward, second, first)
    made.add(SEVERAL, "shape", False, row, added, "gradient * np.cos(a)", "{c} * gradient.sum(axis=0)")
    made.add(SEVERAL, "unused but moved", False, row, unused, "gradient * np.cos(a)", "0.001 * b")
    made.add(SEVERAL, "third input", False, three, "a * b + c", "gradient * b", "(gradient * a).sum()", "-gradient")
    made.add(SEVERAL, "one array twice, broken", False, one, twice, "gradient * b * {c}", "gradient * a * {c}")


def of_every_size(rng, made, factor, near):
    few, small, large = numbers(rng, [4]), numbers(rng, [3], 1e-4, 9e-4), numbers(rng, [3], 1e3, 9e3)
    far = [rng.uniform(1e3, 9e3), rng.uniform(1e-4, 9e-4), -rng.uniform(1, 2), rng.uniform(30, 90)]
    scale = rng.choice((1e-12, 1e-13))
    for word, right, off, much in (("", True, "", ""), (", broken", False, f" * {near}", f" * {factor}")):
        for kind, inputs, forward, *gradients in (
            ("large results", [few], f"np.sin(a) / {scale}", f"gradient * np.cos(a) / {scale}{off}"),
            ("small results", [few], f"np.sin(a) * {scale}", f"gradient * np.cos(a) * {scale}{much}"),
            ("small inputs", [small], "{c} / a", f"-gradient * {{c}} / (a * a){off}"),
            ("large inputs", [large], "a ** 3 / {c}", f"gradient * 3 * a * a / {{c}}{off}"),
            ("small beside large", [large, small], "a * {c} / b", "gradient * {c} / b",
             f"-gradient * a * {{c}} / (b * b){off}"),
            ("large results beside small", [numbers(rng, [3]), large], "np.concatenate([np.sin(a), b * b])",
             f"gradient[:3] * np.cos(a){off}", "gradient[3:] * 2 * b"),
            ("tiny results", [few], "np.sin(a) * 1e-20", f"gradient * np.cos(a) * 1e-20{off}"),
            ("all in one array", [few | {"numbers": far}], "{c} * np.log(np.abs(a))", f"gradient * {{c}} / a{off}"),
        ):
            made.add(SIZES, kind + word, right, inputs, forward, *gradients)


def of_every_array(rng, made):
    smooth, single, block = (lambda: rng.choice(SMOOTH)), [numbers(rng, [])], [numbers(rng, [2, 2])]
    four, empty = [numbers(rng, [1, 2, 1, 3])], [numbers(rng, [0, 2]), numbers(rng, [3, 2])]
    for layout in ("turned", "with gaps", "backwards"):
        made.add(ARRAYS, "layout", True, [numbers(rng, [3, 2], layout=layout)], *smooth())
    made.add(ARRAYS, "no axis", True, single, *smooth())
    made.add(ARRAYS, "one result", True, block, "(a ** 2).sum() * {c}", "gradient * 2 * {c} * a")
    made.add(ARRAYS, "nothing in it", True, empty, "np.concatenate([a, b * {c}])", "gradient[:0]", "gradient * {c}")
    made.add(ARRAYS, "right", True, four, *smooth())

    whole = [numbers(rng, [3]) | {"dtype": "int64", "numbers": [1, -2, 3]}]
    made.add(ARRAYS, "integers", None, whole, "a * a", "2 * gradient * a")
    forward, backward = smooth()
    flipped = f"({backward}) * np.where({is_place(made.place)}, -1, 1)"
    made.add(ARRAYS, "layout, broken", False, [numbers(rng, [3, 2], layout="turned")], forward, flipped)
    forward, backward = smooth()
    made.add(ARRAYS, "no axis, broken", False, single, forward, f"-({backward})")
    made.add(ARRAYS, "one result, broken", False, block, "(a ** 2).sum() * {c}", "2 * {c} * a")
    forward, backward = smooth()
    made.add(ARRAYS, "four axes, broken", False, four, forward, f"np.roll({backward}, 1, axis=3)")
    for place in (0, 1):
        pair = [numbers(rng, [2]), numbers(rng, [2])]
        pair[place]["dtype"] = "float32"
        made.add(ARRAYS, "float32", None, pair, "a * b", "gradient * b", "gradient * a")
# fmt: on


def functions(forward, gradients, count):
    """(forward, backward) of their texts, for so many inputs a, b, …"""
    names = ", ".join("abc"[:count])
    return eval(f"lambda {names}: {forward}, lambda {names}, gradient: [{', '.join(gradients)}]", {"np": np})


def error_of(forward, gradients, inputs):
    """How far a gradient is off: the largest difference from central differences, as a share of its largest number."""
    from karpathy_course.checks.shared.plain_arrays import array_of  # it loads NumPy

    arrays = [array_of(x) for x in inputs]
    arrays = [np.array(x) for x in (arrays * len(gradients) if len(arrays) < len(gradients) else arrays)]
    forward, backward = functions(forward, gradients, len(arrays))
    weights = np.random.default_rng(1).uniform(0.5, 1.5, np.shape(forward(*arrays)))
    worst = 0.0
    with np.errstate(all="ignore"):
        for array, gradient in zip(arrays, backward(*arrays, weights)):
            if np.shape(gradient) != array.shape or not np.isfinite(gradient).all():
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


def holds(kind, right, forward, gradients, inputs):
    """Whether an operation is clearly as right or as broken as is said. right: None where it is to be refused."""
    if right is None:
        return True
    error = error_of(forward, gradients, inputs)
    if kind.startswith("just"):
        return abs(error - (3e-8 if right else 3e-7)) < 2e-9
    return error < 1e-9 if right else error > 1e-6


def measured_operations(rng):
    """`operations`, each drawn again until it holds, in an order that does not tell which are right.

    Those that are right keep their order, and so do the others; of each property a right one comes first, and how the
    rest are mixed is drawn.
    """
    found = operations(rng)
    while wanting := [k for k, operation in enumerate(found) if not holds(*operation[1:])]:
        others = operations(rng)
        for k in wanting:
            found[k] = others[k]
    mixed = []
    for property in (ONE, SEVERAL, SIZES, ARRAYS):
        mine = [operation for operation in found if operation[0] == property]
        right, other = [o for o in mine if o[2]], [o for o in mine if not o[2]]
        turns = [True] * (len(right) - 1) + [False] * len(other)
        rng.shuffle(turns)
        mixed += [(right if turn else other).pop(0) for turn in (True, *turns)]
    return mixed
