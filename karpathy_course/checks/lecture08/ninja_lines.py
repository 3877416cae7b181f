"""The gradients of 08.4's forward pass, one line after the other, and what is usually wrong in each.

Right gradients are computed from the right ones above them, so that a wrong line is compared with its own mistakes alone.
"""

from karpathy_course.checks.lecture05.array_answers import wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

SOFTMAX = ("picked", "logprobs", "probs", "share", "total", "counts", "lower", "largest", "logits")
SECOND = ("W2", "b2", "h")
NORM = ("pre", "bias", "scaled", "gain", "normal", "inv", "std", "shifted", "var", "diff2", "diff", "mean", "z")
FIRST = ("W1", "b1", "x")
LINES = (*SOFTMAX, *SECOND, *NORM, *FIRST)  # from the loss backwards


def gradients_of(v):
    """{name: the gradient of the loss for it}. v: the values of the forward pass."""
    n, rows, g = len(v["y"]), np.arange(len(v["y"])), {}
    g["picked"] = np.full(n, -1 / n)
    g["logprobs"] = np.zeros_like(v["logprobs"])
    g["logprobs"][rows, v["y"]] = g["picked"]
    g["probs"] = g["logprobs"] / v["probs"]
    g["share"] = (g["probs"] * v["counts"]).sum(axis=1, keepdims=True)
    g["total"] = g["share"] * -(v["total"] ** -2)
    g["counts"] = g["probs"] * v["share"] + g["total"]
    g["lower"] = g["counts"] * v["counts"]
    g["largest"] = -g["lower"].sum(axis=1, keepdims=True)
    is_largest = v["logits"] == v["largest"]
    g["logits"] = g["lower"] + g["largest"] * is_largest / is_largest.sum(axis=1, keepdims=True)
    g["W2"], g["b2"], g["h"] = v["h"].T @ g["logits"], g["logits"].sum(axis=0), g["logits"] @ v["W2"].T
    g["pre"] = g["h"] * (1 - v["h"] ** 2)
    g["bias"], g["scaled"] = g["pre"].sum(axis=0), g["pre"].copy()
    g["gain"], g["normal"] = (g["scaled"] * v["normal"]).sum(axis=0), g["scaled"] * v["gain"]
    g["inv"] = (g["normal"] * v["diff"]).sum(axis=0)
    g["std"] = g["inv"] * -(v["std"] ** -2)
    g["shifted"] = g["std"] * 0.5 / v["std"]
    g["var"] = g["shifted"].copy()
    g["diff2"] = np.broadcast_to(g["var"] / n, v["diff2"].shape).copy()
    g["diff"] = g["normal"] * v["inv"] + g["diff2"] * 2 * v["diff"]
    g["mean"] = -g["diff"].sum(axis=0)
    g["z"] = g["diff"] + g["mean"] / n
    g["W1"], g["b1"], g["x"] = v["x"].T @ g["z"], g["z"].sum(axis=0), g["z"] @ v["W1"].T
    return g


NOT_SUMMED = "was used for every row of the batch, so its gradient is the sum over the rows"
USUAL = {  # line: what is usually wrong in it, with models of the values v and the gradients g
    "picked": [
        wrong("not-divided", "The loss is the mean of n numbers: each has the slope -1 / n.", 1)(
            lambda v, g: g["picked"] * len(v["y"])),
        wrong("sign", "The loss is **minus** the mean of `picked`.", 1)(lambda v, g: -g["picked"]),
        wrong("sign", "The loss is **minus** the mean of `picked`, and each has the slope -1 / n.", 1)(
            lambda v, g: -g["picked"] * len(v["y"])),
    ],
    "logprobs": [
        wrong("everywhere", "Only the log-probability of a row's own class was picked. The others did not count, so their "
              "gradient is 0.", 1)(lambda v, g: np.full_like(g["logprobs"], g["picked"][0])),
        wrong("all-columns", "[:, y] names whole columns. Each row has its own class: [np.arange(n), y] names one number "
              "a row.", 1)(lambda v, g: np.where(np.isin(np.arange(v["logits"].shape[1]), v["y"]), g["picked"][0], 0.0)
              * np.ones_like(g["logprobs"])),
    ],
    "probs": [
        wrong("logarithm", "The slope of log p is 1 / p.", 1)(lambda v, g: g["logprobs"] * v["probs"]),
        wrong("logarithm", "The slope of log p is 1 / p.", 1)(lambda v, g: g["logprobs"] / v["logprobs"]),
    ],
    "share": [
        wrong("not-summed", "`share` has one number a row, and was used for every class of it: its gradient is the sum over "
              "the classes, axis 1.", 2)(lambda v, g: g["probs"] * v["counts"]),
    ],
    "total": [
        wrong("reciprocal", "The slope of 1 / t is -1 / t². The minus is missing.", 1)(lambda v, g: -g["total"]),
        wrong("reciprocal", "The slope of 1 / t is -1 / t², not -1 / t.", 1)(lambda v, g: -g["share"] * v["share"]),
    ],
    "counts": [
        wrong("one-path", "`counts` was used twice: for `probs`, and for `total`. This is the path through `probs` alone. Add the "
              "other.", 2)(lambda v, g: g["probs"] * v["share"]),
        wrong("one-path", "`counts` was used twice: for `total`, and for `probs`. This is the path through `total` alone. Add the "
              "other.", 2)(lambda v, g: np.broadcast_to(g["total"], v["counts"].shape)),
    ],
    "lower": [
        wrong("exponential", "The slope of exp is exp itself, which the forward pass has computed: `counts`.", 1)(
            lambda v, g: g["counts"] * v["lower"]),
        wrong("exponential", "The slope of exp is exp itself. `counts` is exp(lower) already.", 1)(
            lambda v, g: g["counts"] * np.exp(v["counts"])),
    ],
    "largest": [],
    "logits": [],
    "W2": [wrong("matmul", "logits = h @ W2 gives h.T @ gradient. This is its transpose.", 2)(
            lambda v, g: g["W2"].T)],
    "b2": [wrong("not-summed", f"`b2` {NOT_SUMMED}.", 2)(lambda v, g: g["logits"]),
           wrong("mean-not-sum", f"`b2` {NOT_SUMMED}, not their mean.", 2)(lambda v, g: g["logits"].mean(axis=0))],
    "h": [],
    "pre": [
        wrong("tanh", "The slope of tanh is 1 - tanh². `h` is the tanh already: it is squared, and not `pre`.", 1)(
            lambda v, g: g["h"] * (1 - v["pre"] ** 2)),
        wrong("tanh", "The slope of tanh is 1 - tanh². `h` is the tanh already: no second one is taken.", 1)(
            lambda v, g: g["h"] * (1 - np.tanh(v["h"]) ** 2)),
        wrong("tanh", "The slope of tanh is 1 - tanh². The square is missing.", 1)(lambda v, g: g["h"] * (1 - v["h"])),
    ],
    "bias": [wrong("not-summed", f"`bias` {NOT_SUMMED}.", 2)(lambda v, g: g["pre"]),
             wrong("mean-not-sum", f"`bias` {NOT_SUMMED}, not their mean.", 2)(lambda v, g: g["pre"].mean(axis=0))],
    "scaled": [],
    "gain": [wrong("not-summed", f"`gain` {NOT_SUMMED}.", 2)(lambda v, g: g["scaled"] * v["normal"]),
             wrong("mean-not-sum", f"`gain` {NOT_SUMMED}, not their mean.", 2)(
                 lambda v, g: (g["scaled"] * v["normal"]).mean(axis=0)),
             wrong("other-factor", "The gradient of `gain` is multiplied by the other factor, `normal`.", 2)(
                 lambda v, g: (g["scaled"] * v["scaled"]).sum(axis=0))],
    "normal": [wrong("other-factor", "The gradient of `normal` is multiplied by the other factor, `gain`.", 2)(
                 lambda v, g: g["scaled"].copy())],
    "inv": [wrong("not-summed", f"`inv` {NOT_SUMMED}.", 2)(lambda v, g: g["normal"] * v["diff"]),
            wrong("mean-not-sum", f"`inv` {NOT_SUMMED}, not their mean.", 2)(
                lambda v, g: (g["normal"] * v["diff"]).mean(axis=0))],
    "std": [wrong("reciprocal", "The slope of 1 / s is -1 / s². The minus is missing.", 1)(lambda v, g: -g["std"]),
            wrong("reciprocal", "The slope of 1 / s is -1 / s², not -1 / s.", 1)(lambda v, g: -g["inv"] * v["inv"])],
    "shifted": [wrong("root", "The slope of √u is 1 / (2√u). The 2 is missing.", 1)(lambda v, g: 2 * g["shifted"]),
                wrong("root", "The slope of √u is 1 / (2√u): divide by the root.", 1)(lambda v, g: g["std"] * 0.5 * v["std"])],
    "var": [],
    "diff2": [
        wrong("not-divided", "`var` is a mean over the rows: each square has the slope 1 / n.", 1)(
            lambda v, g: g["diff2"] * len(v["y"])),
        wrong("bessel", "This divides by n - 1. In this forward pass `var` is a mean: it divides by n.", 1)(
            lambda v, g: g["diff2"] * len(v["y"]) / (len(v["y"]) - 1)),
    ],
    "diff": [
        wrong("one-path", "`diff` was used twice: for `normal`, and for `diff2`. This is the path through `normal` alone. Add the "
              "other.", 2)(lambda v, g: g["normal"] * v["inv"]),
        wrong("one-path", "`diff` was used twice: for `diff2`, and for `normal`. This is the path through `diff2` alone. Add the "
              "other.", 2)(lambda v, g: g["diff2"] * 2 * v["diff"]),
        wrong("square", "The slope of d² is 2d. The 2 is missing.", 1)(
            lambda v, g: g["normal"] * v["inv"] + g["diff2"] * v["diff"]),
    ],
    "mean": [wrong("sign", "`mean` is subtracted: its gradient has the opposite sign.", 1)(lambda v, g: -g["mean"]),
             wrong("not-summed", f"`mean` {NOT_SUMMED}.", 2)(lambda v, g: -g["diff"])],
    "z": [
        wrong("one-path", "`z` was used twice: for `diff`, and for `mean`. This is the path through `diff` alone. Add the other.",
              2)(lambda v, g: g["diff"].copy()),
        wrong("not-divided", "`mean` is a mean over the rows: each z has the slope 1 / n there.", 1)(
            lambda v, g: g["diff"] + g["mean"]),
    ],
    "W1": [wrong("matmul", "z = x @ W1 gives x.T @ gradient. This is its transpose.", 2)(lambda v, g: g["W1"].T)],
    "b1": [wrong("not-summed", f"`b1` {NOT_SUMMED}.", 2)(lambda v, g: g["z"])],
    "x": [],
}  # fmt: skip
