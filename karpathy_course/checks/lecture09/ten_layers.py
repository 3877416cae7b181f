"""The ten layers of exercise 09.6, and what a move of the picture does to each: measured, with weights and pictures of its own.

So no list of right words stands anywhere: the judge moves pictures that it has drawn, and looks.
"""

from karpathy_course.checks.lecture05.numpy_when_used import np

WORDS = EVERYWHERE, INSIDE, NOWHERE = ("everywhere", "inside", "nowhere")
SIZE, PICTURES = 16, 4
LETTERS = "ABCDEFGHIJ"


def described(array):
    return {"shape": list(array.shape), "dtype": "float64", "numbers": array.ravel().tolist()}


def ten(generator):
    """{letter: (the layer's parts, rows that the picture moves, rows that the result may have moved)}."""

    def conv(padding, border="constant", stride=1):
        weight = described(generator.normal(size=(1, 1, 3, 3)))
        return {"kind": "conv", "weight": weight, "stride": [stride] * 2, "padding": padding, "border": border}

    pool = {"kind": "pool", "kernel": [2, 2], "stride": [2, 2]}
    own = {"kind": "weigh", "factors": described(generator.normal(size=(1, SIZE, SIZE))), "share": 1.0}
    return {
        "A": (conv(0), 1, (1,)),
        "B": (conv(1), 1, (1,)),
        "C": (conv(1, "wrap"), 1, (1,)),
        "D": ({"kind": "relu"}, 1, (1,)),
        "E": (conv(1, "wrap", 2), 1, (0, 1)),
        "F": (conv(1, "constant", 2), 2, (1,)),
        "G": (pool, 1, (0, 1)),
        "H": (pool, 2, (1,)),
        "I": (own, 1, (1,)),
        "J": ({"kind": "centre"}, 1, (1,)),
    }


def measured(seed):
    """{letter: one of WORDS}: in which rows the result for the moved picture is the moved result."""
    from karpathy_course.checks.shared.picture_layers import layer_of  # it loads NumPy

    generator, found = np.random.default_rng(seed), {}
    x = generator.normal(size=(PICTURES, 1, SIZE, SIZE))
    for letter, (part, rows, moves) in ten(generator).items():
        layer = layer_of([part])
        after = layer(np.roll(x, rows, axis=2))
        same = [abs(after - np.roll(layer(x), move, axis=2)).max(axis=(0, 1, 3)) <= 1e-9 for move in moves]
        share = max(rows_alike.mean() for rows_alike in same)
        found[letter] = EVERYWHERE if share == 1 else INSIDE if share > 0 else NOWHERE
    return found
