"""Exercise 08.4: the gradients of a network with BatchNorm, line by line, and those of BatchNorm in closed form.

A mark is told line by line: exact, approximate or wrong, with the largest difference. The first wrong line, from the loss
backwards, is named, since all lines after it follow from it.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.array_answers import (
    LAYOUTS,
    array_in,
    drawn,
    exact,
    judge_arrays,
    modelled,
    wrong,
)
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.ninja_lines import FIRST, LINES, NORM, SECOND, SOFTMAX, USUAL, gradients_of
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first

CROSS, BATCHNORM, LAYERS, CLOSED = (
    "the softmax, line by line",
    "BatchNorm, line by line",
    "the layers",
    "in closed form",
)
ASKED = {CROSS: SOFTMAX, BATCHNORM: NORM, LAYERS: (*SECOND, *FIRST)}
NEAR = 1e-9  # of the largest number, or of 1


def closed(x, weight, gradient, eps=1e-5, mean_path=True, var_path=True, average="mean", ddof=0, bessel=False):
    """(for x, for weight, for bias); the keywords are mistakes to be made."""
    n = len(x)
    inv = 1 / np.sqrt(x.var(axis=0, ddof=ddof) + eps)
    normal = (x - x.mean(axis=0)) * inv
    along = (gradient * normal).sum(axis=0)
    average = getattr(np, average)
    dx = gradient - (average(gradient, axis=0) if mean_path else 0)
    share = (along / (n - 1) if bessel else average(gradient * normal, axis=0)) if var_path else 0
    dx = weight * inv * (dx - normal * share)
    return dx, along, gradient.sum(axis=0)


def first_changed(change):
    """A model: the gradient for x as change makes it, the others right."""
    return lambda x, w, g, eps: (change(x, w, g, eps), *closed(x, w, g, eps)[1:])


def inverse(x, eps):
    return 1 / np.sqrt(x.var(axis=0) + eps)


WRONG = [
    wrong("statistics-are-constant", "Mean and variance were taken for constants. That is right in eval mode. In training both "
          "depend on x, so each number moves them, and through them all others.", 3)(
          lambda *given: closed(*given, mean_path=False, var_path=False)),
    wrong("variance-is-constant", "The path through the variance is missing: - normal · mean(gradient · normal).", 3)(
          lambda *given: closed(*given, var_path=False)),
    wrong("mean-is-constant", "The path through the mean is missing: - mean(gradient).", 3)(
          lambda *given: closed(*given, mean_path=False)),
    wrong("sums-not-means", "Sums over the rows were subtracted. It has to be their means: mean and variance divide by n.", 3)(
          lambda *given: closed(*given, average="sum")),
    wrong("bessel", "There is a factor n / (n - 1) too many: it belongs to the unbiased variance, and a batch is normalised with the "
          "biased one.", 3)(lambda *given: closed(*given, bessel=True)),
    wrong("unbiased", "The variance was divided by n - 1. A batch is normalised with the biased variance, divided by n.", 3)(
          lambda *given: closed(*given, ddof=1)),
    wrong("unbiased", "The variance was divided by n - 1. A batch is normalised with the biased variance, divided by n.", 3)(
          lambda *given: closed(*given, ddof=1, bessel=True)),
    wrong("eps-ignored", "eps is 1e-5 here, whatever was handed in.", 2)(lambda x, w, g, eps: closed(x, w, g)),
    wrong("eps-ignored", "eps is missing in the root.", 2)(lambda x, w, g, eps: closed(x, w, g, 0.0)),
    wrong("weight-missing", "`weight` is missing in the gradient for x: the normalised numbers were multiplied by it.", 2)(
          first_changed(lambda x, w, g, eps: closed(x, 1.0, g, eps)[0])),
    wrong("deviation-missing", "The gradient for x is not divided by √(var + eps). The numbers were.", 2)(
          first_changed(lambda x, w, g, eps: closed(x, w, g, eps)[0] / inverse(x, eps))),
    wrong("deviation-missing", "The gradient for x was divided by var + eps. The numbers were divided by its root.", 2)(
          first_changed(lambda x, w, g, eps: closed(x, w, g, eps)[0] * inverse(x, eps))),
    wrong("not-normalised", "The gradient for `weight` sums gradient · normal: `weight` multiplies the normalised numbers, not "
          "x.", 2)(lambda x, w, g, eps: (closed(x, w, g, eps)[0], (g * x).sum(axis=0), g.sum(axis=0))),
    wrong("exchanged", "The gradients for `weight` and `bias` come in the wrong order: (x, weight, bias).", 1)(
          lambda *given: (closed(*given)[0], *closed(*given)[:0:-1])),
    wrong("mean-not-sum", "`weight` and `bias` were used for every row, so their gradients are sums over the rows, not means.", 2)(
          lambda *given: (closed(*given)[0], *(part / len(given[0]) for part in closed(*given)[1:]))),
]  # fmt: skip


class BatchNormBackward(Exercise):
    id = "08.4"
    title = "Backprop ninja"
    section = "BatchNorm, backwards"
    why = "If you can go back through BatchNorm line by line, you can find the missing path in any other layer too."
    difficulty, importance, minutes, points = 5, 4, 75, 7
    needs = ("backprop_by_hand", "batchnorm_gradients")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "two_layers"))
    properties = {CROSS: 0.25, BATCHNORM: 0.3, LAYERS: 0.1, CLOSED: 0.35}
    leaves_out = {
        "four axes": "rows and features, or rows and classes",
        "an axis of size 0": "a mean over no rows has no gradient",
    }
    allows = {
        "appends to the lists that it was given": "its arguments are a dict and arrays, which this slip leaves alone"
    }
    task = """\
**A.** A network with two layers, a BatchNorm between them and the cross-entropy at its end, one operation a line. `x` has
shape `(n, features)`, `y` holds n classes, `W1` and `W2` are `(inputs, outputs)`, and `b1`, `gain`, `bias`, `b2` have one
number for each output. All are float64.

```python
z = x @ W1 + b1
mean = z.mean(axis=0)
diff = z - mean
diff2 = diff**2
var = diff2.mean(axis=0)
shifted = var + 1e-5
std = shifted**0.5
inv = 1 / std
normal = diff * inv
scaled = normal * gain
pre = scaled + bias
h = np.tanh(pre)
logits = h @ W2 + b2
largest = logits.max(axis=1, keepdims=True)
lower = logits - largest
counts = np.exp(lower)
total = counts.sum(axis=1, keepdims=True)
share = 1 / total
probs = counts * share
logprobs = np.log(probs)
picked = logprobs[np.arange(len(y)), y]
loss = -picked.mean()
```

Write `backprop_by_hand(values)`: `values` is a dict of all these arrays by name, `values["diff2"]` for example. Return a
dict with the gradient of `loss` for every name but `y` and `loss`, each with the shape of its array. Go from the last line
to the first. If the check fails, it shows a table of your lines so far: which are *exact*, to the last bit, which
*approximate*, up to rounding, and which wrong, with the largest difference.

**B.** Write `batchnorm_gradients(x, weight, gradient, eps=1e-5)`: the same for the BatchNorm alone, in a few lines, without
the steps between. The layer computes `weight * normal + bias` in train mode, with `normal = (x - mean) / √(var + eps)` and the
biased variance. `x` and `gradient`, that of the result, have shape `(n, features)` with n from 2. Return three arrays: the
gradients for `x`, `weight` and `bias`, of the dtype of `x` (float32 or float64). Do the algebra on paper first: put your lines
for diff, diff2, var, … and z together, and cancel. The check wants it right to 1e-8, also for an x that lies far from 0."""
    hints = (
        "One line backwards: the gradient of a line's result times the slope of that line. An array that was used twice "
        "(counts, diff, z) gets the sum of both paths. log p: 1 / p. 1 / s: -1 / s². √u: 1 / (2√u). tanh: 1 - tanh².",
        "A row of numbers that was stretched over the batch (mean, inv, gain, bias, b1, b2) gets the sum over axis 0, and "
        "`share`, a column, the sum over axis 1 with keepdims=True. A mean over n hands back 1 / n of its gradient to each.",
        "B: with g = gradient * weight, the path through the mean takes g's mean away, and the path through the variance takes "
        "away normal times the mean of g * normal: (g - g.mean(0) - normal * (g * normal).mean(0)) / √(var + eps).",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property in ASKED:
            for place in range(3):
                sizes = [rng.sample((3, 4, 5, 6), 4), [3] * 4, [2, rng.randrange(1, 4), 1, rng.randrange(2, 5)]][place]
                lines = list(LINES[: LINES.index(ASKED[property][-1]) + 1])
                cases.append({"property": property, "lines": lines, **network(rng, *sizes)})
        n, c = rng.sample((3, 4, 5, 6), 2)
        for place, shape in enumerate(([n, c], [3, 3], [2, c], [n, 1], [n + 4, 2], [c, c])):
            kind = {"dtype": ("float64", "float32")[place % 2], "layout": LAYOUTS[place % 4]}
            given = [batch(rng, shape) | kind, *(drawn(rng, size) | kind for size in (shape[1:], shape))]
            case = {"property": CLOSED, **dict(zip(("x", "weight", "gradient"), given))}
            cases.append(case | ({"eps": rng.choice((0.1, 0.5, 1.0))} if place in (1, 4) else {}))
        far = batch(rng, [n, 2])
        far["numbers"] = [x + (100_000, -100_000)[k % 2] for k, x in enumerate(far["numbers"])]
        cases.append({"property": CLOSED, "x": far, "weight": drawn(rng, [2]), "gradient": drawn(rng, [n, 2])})
        equal = drawn(rng, [4, 2])
        equal["numbers"][::2] = [rng.choice((1.0, -0.5))] * 4
        cases.append({"property": CLOSED, "x": equal, "weight": drawn(rng, [2]), "gradient": drawn(rng, [4, 2])})
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of, snapshot, taken_apart
        from karpathy_course.checks.shared.two_layers import GIVEN, forward

        if case["property"] == "in closed form":
            more = [case["eps"]] if "eps" in case else []
            make = lambda: [*(array_of(case[name]) for name in ("x", "weight", "gradient")), *more]
            with np.errstate(all="ignore"):
                return answer_of(namespace["batchnorm_gradients"], make)
        values = forward(**{name: array_of(case[name]) for name in GIVEN})
        before = {name: snapshot(array) for name, array in values.items()}
        with np.errstate(all="ignore"):
            out = namespace["backprop_by_hand"](values)
        changed = [name for name in before if name not in values or snapshot(values[name]) != before[name]]
        if type(out) is not dict:
            return {"lines": None if out is None else taken_apart(out), "changed": changed}
        return {"lines": {name: taken_apart(out[name]) for name in case["lines"] if name in out}, "changed": changed}

    @staticmethod
    def judge(case, answer):
        if case["property"] != CLOSED:
            return judge_lines(case, answer)
        x, weight, gradient = (exact(case[name]) for name in ("x", "weight", "gradient"))
        given, dtype = (x, weight, gradient, case.get("eps", 1e-5)), case["x"]["dtype"]
        where = f"(B: {x.shape[0]} rows, {x.shape[1]} features, eps {given[3]:g}, {dtype}.)"
        names, what = ("x", "weight", "gradient"), [f"the gradient for {name}" for name in ("x", "weight", "bias")]
        relaxed = closed(*given) if dtype == "float32" else near_enough(answer, closed(*given))
        if np.abs(x).max() > 50_000 and loses_digits(answer, closed(*given)):
            message = "The digits are lost: this x lies far from 0, at ±100000. The mean of x² minus the square of the mean is the "
            message += (
                "difference of two huge numbers: subtract the mean first, then square. A small nudge of such an x is "
            )
            message += "rounded, so do not measure the slopes: do the algebra."
            raise Mistake("digits-lost", f"{message} {where}", hint=3)
        judge_arrays(answer, relaxed, dtype, WRONG, given, where, names, what, f"`x` is {dtype}")


def batch(rng, shape):
    """A described batch whose features have spreads of their own, none so small that float32 would lose its digits."""
    while True:
        x, columns = drawn(rng, shape), shape[1]
        for k in range(columns):
            scale, middle = rng.choice((0.3, 1.0, 2.5)), rng.choice((0.0, 0.2, -0.3))
            x["numbers"][k::columns] = [scale * (number + middle) for number in x["numbers"][k::columns]]
        spread = np.array(x["numbers"]).reshape(shape)
        if (spread.std(axis=0) > 0.3 * np.abs(spread).max(axis=0)).all():
            return x


def near_enough(answer, right):
    """The right arrays; where an answer's are within 1e-8 of them, its own: that is what the task asks for."""
    parts = answer.get("parts") if type(answer) is dict else None
    if type(parts) is not list or len(parts) != len(right):
        return right
    found = []
    for part, array in zip(parts, right):
        try:
            own = array_in(part)
        except Mistake:
            own = array
        limit = 1e-8 * max(1.0, float(np.abs(array).max(initial=0)))
        with np.errstate(all="ignore"):
            found.append(own if own.shape == array.shape and (np.abs(own - array) <= limit).all() else array)
    return tuple(found)


def loses_digits(answer, right):
    """Whether an answer has the right arrays but for 1e-8 of their sizes, and those all the same to a tenth."""
    parts = answer.get("parts") if type(answer) is dict else None
    if type(parts) is not list or len(parts) != len(right):
        return False
    worst = 0.0
    for part, array in zip(parts, right):
        try:
            own = array_in(part)
        except Mistake:
            return False
        if own.shape != array.shape:
            return False
        with np.errstate(all="ignore"):
            worst = max(worst, float((np.abs(own - array) / max(1.0, float(np.abs(array).max()))).max()))
    return 1e-8 < worst < 0.1 or worst != worst


def network(rng, n, features, hidden, classes):
    """The described arrays of one network and its batch; the last class is among the labels, and of three one is not."""
    arrays = {name: drawn(rng, shape) for name, shape in (
        ("x", [n, features]), ("W1", [features, hidden]), ("b1", [hidden]), ("gain", [hidden]), ("bias", [hidden]),
        ("W2", [hidden, classes]), ("b2", [classes]))}  # fmt: skip
    some = [k for k in range(classes) if k != 1 or classes == 2]
    labels = [classes - 1, 0, *(rng.choice(some) for _ in range(n))][:n]
    rng.shuffle(labels)
    arrays["x"]["layout"], arrays["W2"]["layout"] = rng.choice(LAYOUTS), "turned"
    return arrays | {"y": {"shape": [n], "dtype": "int64", "numbers": labels}}


def judge_lines(case, answer):
    from karpathy_course.checks.shared.plain_arrays import array_of
    from karpathy_course.checks.shared.two_layers import GIVEN, forward

    values = forward(**{name: array_of(case[name]) for name in GIVEN})
    lines = expect_dict(answer, ("lines", "changed"))["lines"]
    n, (features, hidden), classes = len(values["y"]), values["W1"].shape, values["logits"].shape[1]
    where = f"(A: n = {n}, {features} features, {hidden} hidden, {classes} classes.)"
    if lines is None:
        raise Mistake("wrong-type", "`backprop_by_hand` returned None: is a `return` missing? Return a dict.", hint=1)
    if type(lines) is not dict or set(lines) == {"what"}:
        raise Mistake("wrong-type", f"Return a dict: the name of each array, and its gradient. {where}", hint=1)
    if answer["changed"]:
        named = next((name for name in values if type(answer["changed"]) is list and name in answer["changed"]), "x")
        message = f"`values` has changed, at {named!r}: the arrays of the forward pass stay as they are. {where}"
        raise Mistake("changes-its-arguments", message)
    right, asked = gradients_of(values), ASKED[case["property"]]
    found = {
        name: array_in(lines[name], f"the gradient for `{name}`", where) for name in case["lines"] if name in lines
    }
    for name in case["lines"]:
        if name in asked and name not in found:
            message = f"There is no gradient for `{name}` in the dict. {where}{table(case, found, right)}"
            raise Mistake("line-missing", message, sorted(found), case["lines"], 1)
        if name in found and not near(found[name], right[name]):
            explain(name, case, found, values, right, where)


def near(got, right):
    if got.shape != right.shape:
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(got - right) <= NEAR * max(1.0, float(np.abs(right).max(initial=0)))).all())


def explain(name, case, found, values, right, where):
    """Raise the Mistake of the first wrong line, with what is usual in it where that fits."""
    got, shown = found[name], {"got": found[name].tolist(), "expected": right[name].tolist()}
    below = f"{where}{table(case, found, right)}"
    for usual in USUAL[name]:
        model = modelled(usual.model, (values, right), False)
        if model is not None and near(got, model[0]):
            raise Mistake(f"{name}-{usual.id}", f"`{name}`: {usual.message} {below}", **shown, hint=usual.hint)
    if got.shape != right[name].shape:
        message = f"`{name}` has shape {values[name].shape}, but the shape of its gradient is {got.shape}. {below}"
        raise Mistake(f"{name}-shape", message, **shown, hint=2)
    source = {"x": "z", "W1": "z", "b1": "z", "W2": "logits", "b2": "logits", "h": "logits"}.get(name, "")
    message = (
        f"`{name}` is the first wrong line, from the loss backwards. "
        + f"It comes from that of `{source}`. " * bool(source)
    )
    raise Mistake(f"{name}-wrong", message + below, **shown, hint=1)


def table(case, found, right):
    """A line for each array: exact, approximate or wrong, and the largest difference."""
    rows = [""]
    for name in case["lines"]:
        if name not in found:
            rows.append(f"  {name:9} missing")
            continue
        got, wanted = found[name], right[name]
        if got.shape != wanted.shape:
            rows.append(f"  {name:9} wrong        shape {got.shape}, not {wanted.shape}")
            continue
        with np.errstate(all="ignore"):
            off = float(np.abs(got - wanted).max(initial=0))
        word = "exact" if off == 0 else "approximate" if near(got, wanted) else "wrong"
        rows.append(f"  {name:9} {word:11}  maxdiff {off:.2g}")
    return "\n".join(rows)
