"""For every row of the table inputs to try it on: each test of the table runs over all of them.

Numbers are plain nested lists, so that any library can make its arrays of them; no input sits on a kink.
"""

from math import prod

import numpy as np

A = [[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]]
B = [[1.5, -2.25, 0.5], [-0.75, 0.25, 3.0]]
P = [[0.5, 1.25, 2.0], [1.5, 0.75, 0.625]]
ROW = [0.75, -1.5, 2.5]
COLUMN = [[1.25], [-0.5]]
CUBE = [[[0.5, -1.0], [2.0, 1.5], [0.25, -0.75]], [[1.0, 3.0], [-2.0, 0.5], [1.25, 0.375]]]
MASK = [[True, False, True], [False, False, True]]
WHOLE = [2, 0, 2, 1]


def numbers(*shape):
    """Numbers that all differ, without a pattern: nested lists."""
    return np.random.default_rng(shape).permutation(np.linspace(-2, 2, prod(shape)) + 0.01).reshape(shape).tolist()


# Rectangular throughout: kernel (2, 3), stride (2, 1), padding (1, 0), dilation (1, 2).
STRIDED = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
WINDOW = {"kernel": (2, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
MEANS = {"kernel": (2, 3), "stride": (2, 1), "padding": (1, 1)}
PLACES = [[[5, 1, 0], [3, 4, 2]]]

# row: [(inputs, attributes), …]
SAMPLES = {
    **{name: [((A, B), {}), ((A, ROW), {}), ((COLUMN, ROW), {}), ((CUBE, 2.0), {})] for name in ("add", "sub", "mul")},
    "div": [((A, P), {}), ((COLUMN, ROW), {}), ((A, 4.0), {}), ((3.0, P), {})],
    "pow": [((P, B), {}), ((P, 3), {}), ((A, 2), {}), ((A, 0), {}), ((A, 1), {}), ((P, -0.5), {}), ((P, ROW), {})],
    **{
        name: [((A,), {}), ((CUBE,), {})] for name in ("neg", "abs", "sign", "exp", "sin", "cos", "tanh", "erf", "relu")
    },
    "softplus": [((A,), {}), (([-40.0, 40.0],), {})],
    "sigmoid": [((A,), {}), (([-40.0, 40.0],), {})],
    **{name: [((P,), {})] for name in ("log", "log1p", "sqrt")},
    **{name: [((A, B), {}), ((A, ROW), {}), ((A, 0.5), {})] for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{name: [((MASK, [True, True, False]), {})] for name in ("logical_and", "logical_or")},
    "logical_not": [((MASK,), {})],
    "where": [((MASK, A, B), {}), ((MASK, COLUMN, ROW), {}), ((MASK, A, 0.0), {})],
    "maximum": [((A, B), {}), ((A, ROW), {}), ((A, 0.25), {})],
    "minimum": [((A, B), {}), ((COLUMN, ROW), {}), ((A, 0.25), {})],
    **{
        name: [
            ((A,), {}),
            ((A,), {"axis": 0}),
            ((CUBE,), {"axis": (0, -1)}),
            ((CUBE,), {"axis": 1, "keepdims": True}),
        ]
        for name in ("sum", "max", "min", "logsumexp")
    },
    **{
        name: [((A,), {}), ((CUBE,), {"axis": 1}), ((CUBE,), {"axis": -1, "keepdims": True})]
        for name in ("argmax", "argmin")
    },
    "softmax": [((A,), {"axis": -1}), ((CUBE,), {"axis": 1})],
    "cross_entropy": [((A, [2, 0]), {}), ((CUBE, [[0, 1, 1], [1, 0, 0]]), {}), ((ROW, 1), {})],
    "one_hot": [((WHOLE,), {"classes": 3, "dtype": "float64"})],
    "astype": [((A,), {"dtype": "float64"}), ((MASK,), {"dtype": "float64"})],
    "detach": [((A,), {})],
    "reshape": [((A,), {"shape": (3, 2)}), ((CUBE,), {"shape": (2, -1)}), (([[2.5]],), {"shape": ()})],
    "permute_dims": [((CUBE,), {"axes": (2, 0, 1)}), ((A,), {"axes": (1, 0)})],
    "mT": [((A,), {}), ((CUBE,), {})],
    "broadcast_to": [((ROW,), {"shape": (2, 3)}), ((COLUMN,), {"shape": (3, 2, 4)})],
    "concat": [((A, B, A), {"axis": 0}), ((A, COLUMN), {"axis": -1})],
    "stack": [((A, B), {"axis": 0}), ((ROW, ROW, ROW), {"axis": -1}), ((2.5, -1.0), {"axis": 0})],
    "getitem": [
        ((CUBE,), {"index": (1, slice(0, 2), ...)}),
        ((CUBE,), {"index": (..., slice(None, None, 2), None, 0)}),
        ((ROW,), {"index": (-1, ...)}),
    ],
    "put": [((ROW,), {"index": (1, ...), "shape": (2, 3)})],
    "take": [((ROW, WHOLE), {"axis": 0}), ((CUBE, [[1, 0], [-1, 1]]), {"axis": 1}), ((ROW, 2), {"axis": 0})],
    "reorder": [((ROW, [2, 0, 1], [1, 2, 0]), {})],
    "scatter_add": [
        (([1.0, 2.0, 4.0, 8.0], WHOLE), {"axis": 0, "size": 3}),
        ((CUBE, [0, 0, 2]), {"axis": 1, "size": 4}),
        (([[1.0, 2.0], [4.0, 8.0]], [[0, -1], [1, 1]]), {"axis": 0, "size": 2}),
    ],
    "matmul": [((A, [[1.0], [2.0], [-0.5]]), {}), ((CUBE, [[1.0, 0.5, 2.0], [0.25, -1.0, 1.0]]), {})],
    "conv2d": [
        ((numbers(2, 2, 4, 6), numbers(3, 2, 2, 3)), STRIDED),
        ((numbers(1, 4, 3, 4), numbers(2, 2, 3, 2)), {"groups": 2}),
        ((numbers(2, 1, 3, 4), numbers(4, 1, 2, 2)), {"padding": (0, 1)}),
    ],
    "conv2d_input": [
        ((numbers(2, 3, 3, 2), numbers(3, 2, 2, 3)), {"size": (4, 6), **STRIDED}),
        ((numbers(1, 2, 1, 3), numbers(2, 2, 3, 2)), {"size": (3, 4), "groups": 2}),
    ],
    "conv2d_weight": [
        ((numbers(2, 2, 4, 6), numbers(2, 3, 3, 2)), {"kernel": (2, 3), **STRIDED}),
        ((numbers(1, 4, 3, 4), numbers(1, 2, 1, 3)), {"kernel": (3, 2), "groups": 2}),
    ],
    "max_pool2d": [((numbers(2, 2, 4, 6),), WINDOW), ((numbers(4, 6),), {"kernel": (2, 2), "stride": (2, 2)})],
    "max_pool2d_places": [
        (
            ([[1.0, 3.0, 2.0, 2.0], [3.0, 0.0, 1.0, 2.0]], [[3.0, 2.0]]),
            {"dtype": kind, "kernel": (2, 2), "stride": (2, 2)},
        )
        for kind in ("int8", "int16")
    ],
    "max_pool2d_input": [((numbers(1, 2, 3), PLACES), {"size": (3, 7), **WINDOW})],
    "max_pool2d_pick": [((numbers(1, 3, 7), PLACES), WINDOW)],
    "avg_pool2d": [((numbers(2, 1, 4, 5),), MEANS), ((numbers(4, 5),), {**MEANS, "divisor": 4})],
    "avg_pool2d_input": [((numbers(2, 1, 3, 5),), {"size": (4, 5), **MEANS})],
    "adaptive_avg_pool2d": [((numbers(2, 1, 5, 4),), {"size": (3, 2)}), ((CUBE,), {"size": (1, 3)})],
    "adaptive_avg_pool2d_input": [((numbers(2, 1, 3, 2),), {"size": (5, 4)})],
    "linear": [((A, B, [1.0, -0.5]), {}), ((CUBE, [[1.0, 0.5]], [2.0]), {}), ((ROW, A, [0.5, 0.25]), {})],
}
CASES = [(name, k) for name, samples in SAMPLES.items() for k in range(len(samples))]


def arrays(name, k, make):
    """(inputs, attributes) of one sample: make(numbers) for lists, plain numbers as they are.

    Row inputs that count (places, classes) are lists or whole numbers; those, and what is stacked, become arrays too.
    """
    inputs, attributes = SAMPLES[name][k]
    counts = name in ("stack", "reorder", "take", "scatter_add", "cross_entropy", "one_hot")
    made = [make(x) if isinstance(x, list) or (counts and isinstance(x, (int, float))) else x for x in inputs]
    return made, attributes
