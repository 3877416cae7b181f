"""Residual blocks for 08.5: what each adds to its input, and how its gradient goes back; the calls are counted.

A case names widths, kinds and a seed; the weights come from there. This file runs beside the learner's code.
"""

import numpy as np

from karpathy_course.checks.shared.plain_arrays import array_of, snapshot


class Blocks:
    """The blocks of a case: ``listed`` holds (f, vjp, skip) for each. dtype: to compute in, if not the case's own."""

    def __init__(self, case, dtype=None):
        self.calls = {"f": 0, "vjp": 0}
        self.stored = []  # arrays that a block keeps and hands out
        self.listed, made = [], []
        rng = np.random.default_rng(case["_seed"])
        cast = lambda array: array.astype(case["x"]["dtype"]).astype(dtype or case["x"]["dtype"])
        for k, kind in enumerate(case["kinds"]):
            width, out = case["widths"][k : k + 2]
            around = width != out or kind == "square skip"
            skip = cast(rng.normal(0, 1 / width**0.5, (width, out))) if around else None  # a thousand blocks have none
            if kind == "as before":
                pair = made[-1]
            else:
                pair = self.pair_of(
                    kind, cast(rng.normal(0, case["slope"] / width**0.5, (width, out))), case["x"]["shape"][0]
                )
            made.append(pair)
            self.listed.append((*pair, skip))
        self.before = snapshot(self.stored)

    def untouched(self):
        return snapshot(self.stored) == self.before

    def pair_of(self, kind, a, n):
        """(f, vjp) of a block. kind: what f computes."""
        if kind == "identity":  # hands back the very array that it was given
            f, vjp = lambda h: h, lambda h, g: g
        elif kind == "constant":
            added, none = np.full((n, a.shape[1]), a.dtype.type(0.25)), np.zeros((n, a.shape[0]), a.dtype)
            self.stored += [added, none]
            f, vjp = lambda h: added, lambda h, g: none
        elif kind == "square":
            f, vjp = lambda h: (h * h) @ a, lambda h, g: 2 * h * (g @ a.T)
        else:
            f = lambda h: np.tanh(h @ a)
            vjp = lambda h, g: (g * (1 - np.tanh(h @ a) ** 2)) @ a.T
        return self.counted("f", f), self.counted("vjp", vjp)

    def counted(self, name, function):
        def counting(*arguments):
            self.calls[name] += 1
            return function(*arguments)

        return counting


def given(case, dtype=None):
    """``(x, blocks, gradient)`` as a case describes them, with the Blocks; all in dtype, if there is one."""
    blocks = Blocks(case, dtype)
    arrays = [array_of(case[name]) for name in ("x", "gradient")]
    x, gradient = (array.astype(dtype) if dtype else array for array in arrays)
    return (x, blocks.listed, gradient), blocks
