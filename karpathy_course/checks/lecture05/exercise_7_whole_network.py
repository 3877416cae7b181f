"""Exercise 05.7: the network of lecture 02 once more, all points at once.

Right is what NumPy gives in float64, written out here layer by layer; a test holds it against the engine of single
numbers. How many instructions Python executes is counted, not timed: the learner's by the probe, those of the engine of
single numbers by the judge, which runs it on one point and on two, and adds as much for each further point.
"""

import functools
import random
from itertools import pairwise

import numpy as np

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact, judge_arrays, same, wrong
from karpathy_course.checks.shared.counting_instructions import instructions_of
from karpathy_course.neuron import MLP

LOSS, GRADIENTS, FEWER = "the loss", "the gradients", "a hundred times fewer instructions"
TIMES = 100


def sigmoid(s):
    return np.exp(-np.logaddexp(0, -s))


def cross_entropy(s, y):
    return np.logaddexp(0, s) - s * y


def scores_of(weights, x, activation=np.tanh, last=None):
    """The activations of all layers, the points first, the scores of shape (n, 1) last."""
    layers = [x]
    for k, (w, b) in enumerate(weights):
        total = layers[-1] @ w + b
        layers.append(activation(total) if k < len(weights) - 1 else last(total) if last else total)
    return layers


def right(weights, x, y, slope=lambda h: 1 - h * h, of_score=sigmoid, count=None):
    """(loss, [for W, for b, for W, …]); the keywords are mistakes to be made."""
    layers = scores_of(weights, x)
    s = layers[-1][:, 0]
    g = ((of_score(s) - y) / (count or len(x)))[:, None]
    found = []
    for (w, _), h in zip(weights[::-1], layers[-2::-1]):
        found = [h.T @ g, g.sum(axis=0), *found]
        g = g @ w.T * slope(h)
    return cross_entropy(s, y).mean(), found


def loss_of(per_score):
    """A model of the loss: the mean over the points of per_score(scores, labels)."""
    return lambda weights, x, y: per_score(scores_of(weights, x)[-1][:, 0], y).mean()


WRONG_LOSS = [
    wrong("sum-not-mean", "This is the sum over the points. The loss is their mean.", 1)(
        lambda weights, x, y: right(weights, x, y)[0] * len(x)),
    wrong("n-by-n", "Scores of shape (n, 1) met labels of shape (n,): broadcasting made (n, n) of them, every score "
          "beside every label. Make both (n,) or both (n, 1).", 2)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x)[-1], y).mean()),
    wrong("wrong-label", "Label 1 means a high score: -log sigmoid(score). The labels are the wrong way round.", 1)(
        loss_of(lambda s, y: cross_entropy(s, 1 - y))),
    wrong("one-sided", "Points with label 0 cost nothing here: for them it is -log(1 - sigmoid(score)).", 1)(
        loss_of(lambda s, y: y * cross_entropy(s, y))),
    wrong("wrong-sign", "The sign is wrong: a loss is -log p, and never negative.", 1)(
        loss_of(lambda s, y: -cross_entropy(s, y))),
    wrong("hinge", "This is the hinge loss; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: np.maximum(0, 1 - (2 * y - 1) * s))),
    wrong("squared-error", "This is the mean squared error; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: (s - y) ** 2)),
    wrong("squared-error", "This is the squared error of the probabilities; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: (sigmoid(s) - y) ** 2)),
    wrong("activated-output", "tanh was applied to the last layer too. Its scores stay as they are.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, last=np.tanh)[-1][:, 0], y).mean()),
    wrong("no-activation", "The hidden layers have no tanh.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, lambda z: z)[-1][:, 0], y).mean()),
    wrong("relu", "The hidden layers are activated by relu; tanh is asked for.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, lambda z: np.maximum(z, 0))[-1][:, 0], y).mean()),
    wrong("no-bias", "The biases are not added.", 1)(
        lambda weights, x, y: right([(w, 0 * b) for w, b in weights], x, y)[0]),
]  # fmt: skip


def gradients(**mistake):
    return lambda weights, x, y: right(weights, x, y, **mistake)[1]


def each(change, biases=False):
    """A model of the gradients: the right ones, those of the weights (or biases) changed."""
    return lambda weights, x, y: [change(g) if k % 2 == biases else g for k, g in enumerate(right(weights, x, y)[1])]


WRONG = [
    wrong("no-slope", "The slope of tanh is missing: what comes back through a hidden layer is multiplied by 1 - "
                      "h².", 2)(
        gradients(slope=lambda h: 1.0)),
    wrong("slope-of-the-sum", "The slope of tanh at z is 1 - tanh(z)², not 1 - z²: take the activation h.", 2)(
        gradients(slope=lambda h: 1 - np.arctanh(np.clip(h, -1, 1)) ** 2)),
    wrong("slope-not-squared", "The slope of tanh is 1 - h², with h squared.", 2)(gradients(slope=lambda h: 1 - h)),
    wrong("gradient-of-the-sum", "These are the gradients of the sum over the points: the loss is their mean.", 1)(
        gradients(count=1)),
    wrong("score-for-probability", "d loss / d score is sigmoid(score) - label, over n. The sigmoid is missing.", 2)(
        gradients(of_score=lambda s: s)),
    wrong("opposite", "The sign is wrong: d loss / d score is sigmoid(score) - label, over n. A gradient points "
                      "uphill.", 2)(
        lambda weights, x, y: [-g for g in right(weights, x, y)[1]]),
    wrong("transposed", "The gradients of the weights came back transposed: hᵀ @ g has the shape of W.", 2)(
        each(lambda g: g.T)),
    wrong("bias-averaged", "The gradient of a bias is the sum over the points, not their mean: / n stands in the "
          "gradient of the scores already.", 3)(
        lambda weights, x, y: [g / len(x) if k % 2 else g for k, g in enumerate(right(weights, x, y)[1])]),
    wrong("bias-row-kept", "The gradient of a bias has shape (1, k): sum over the points without keepdims.", 3)(
        each(lambda g: g[None], biases=True)),
    wrong("last-layer-first", "The gradients came back last layer first: give them in the order of `weights`.", 3)(
        lambda weights, x, y: [g for pair in zip(*[iter(right(weights, x, y)[1])] * 2) for g in pair][::-1]),
]  # fmt: skip


def network(rng, sizes, n, scale=1.0, layout="plain"):
    """A case: described weights, points and labels, some of each label where there are two points."""
    weights = []
    for a, b in pairwise(sizes):
        w = drawn(rng, [a, b], layout=layout)
        weights.append([w | {"numbers": [scale * v for v in w["numbers"]]}, drawn(rng, [b])])
    labels = [0, 1, *(rng.randrange(2) for _ in range(n - 2))][:n]
    rng.shuffle(labels)
    y = {"shape": [n], "dtype": rng.choice(("int64", "float64")), "numbers": labels}
    return {"weights": weights, "x": drawn(rng, [n, sizes[0]], layout=layout), "y": y}


@functools.cache
def instructions_of_scalars(sizes, points):
    """How many instructions Python executes for the loss and its gradients, with a Value for each number."""

    def step(n):
        net = MLP(sizes[0], list(sizes[1:]), "tanh", random.Random(0))
        inputs, labels = [[0.1 * k + 0.05 * n for k in range(sizes[0])] for n in range(n)], [1, 0]

        def run():
            losses = []
            for point, label in zip(inputs, labels):
                v = net(point) * (1 - 2 * label)
                losses.append(v.relu() + ((v if v.data < 0 else -v).exp() + 1).log())
            (sum(losses) / len(losses)).backward()

        return instructions_of(run)

    one, two = step(1), step(2)
    return one + (points - 1) * (two - one)


class WholeNetwork(Exercise):
    id = "05.7"
    title = "The network again, all at once"
    section = "The network again, all at once"
    why = "The arithmetic is the same as with single numbers, but Python gives one order for a thousand of them."
    difficulty, importance, minutes, points = 4, 5, 45, 5
    needs = ("loss_and_gradients",)
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "counting_instructions"))
    properties = {LOSS: 0.2, GRADIENTS: 0.5, FEWER: 0.3}
    leaves_out = {
        "no axis": "points, labels, weights and biases all have axes",
        "an axis of size 0": "there is no mean over no points",
        "four axes": "a layer multiplies two matrices",
        "float32": "the gradients are held to 1e-12, which float32 cannot reach",
    }
    allows = dict.fromkeys(
        ("hands back one list each time", "loses its last entry", "says its first entry twice"),
        "the result is a pair, which these slips of lists leave as it is",
    )
    task = """\
Write `loss_and_gradients(weights, x, y)`: one step of the network of lecture 02, for all points at once.

* `weights` is a list of pairs `(W, b)`, one for each layer, `W` of shape `(inputs, neurons)` and `b` of shape
  `(neurons,)`. A layer computes `h @ W + b`; every layer but the last then applies tanh. There may be any number of
  layers, also one. The last one has one neuron, whose result is the score.
* `x` has shape `(n, features)`, `y` has shape `(n,)` and holds 0 and 1.
* The loss is the **mean binary cross-entropy** of 02.5: -log p for label 1 and -log(1 - p) for label 0, where p is
  the sigmoid of the score. It must be right for scores as far out as ±1000.

Return `(loss, gradients)`: the loss, and a list of pairs, the gradient for W and that for b, in the order of
`weights`. They must equal those of the engine of single numbers to 1e-12. For them Python must execute **at least 100
times fewer instructions** than for that engine, and as many for fifty points as for twenty-five: no loop over points,
only one over layers. Instructions are those of Python's bytecode; they are counted, not timed."""
    hints = (
        "Forward: keep the input of every layer in a list, you need them all again. Backward: begin with d loss / d "
        "score = (sigmoid(score) - y) / n, of shape (n, 1), and go through the layers from the last to the first.",
        "At each layer, with h the layer's input and g the gradient of h @ W + b: for W it is hᵀ @ g, for b the sum "
        "of g over the points, for h it is g @ Wᵀ; times 1 - h² where h came from a tanh. The loss without "
        "overflow: log(1 + exp(s)) - y·s, and np.logaddexp(0, s) is log(1 + exp(s)).",
        "s = (h @ W + b)[:, 0] has shape (n,), as y has. loss = (np.logaddexp(0, s) - y * s).mean(); sigmoid(s) = "
        "np.exp(-np.logaddexp(0, -s)); g = ((sigmoid(s) - y) / n)[:, None]. Then for (W, b), h in zip(weights[::-1], "
        "inputs[::-1]): gradients.append((h.T @ g, g.sum(axis=0))); g = g @ W.T * (1 - h * h). Reverse at the end.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property in (LOSS, GRADIENTS):
            n = rng.randrange(4, 7)
            nets = [([2, 3, 1], n, 1), ([3, 1], n, 1), ([2, 1, 1], n, 1), ([3, 3, 3, 1], 3, 1), ([2, 4, 3, 2, 1], n, 1)]
            nets += [([2, 3, 1], 1, 1), ([1, 2, 1], 2, 1), ([2, 3, 1], n, 500)]
            for k, (sizes, points, scale) in enumerate(nets):
                layout = ("plain", "turned", "with gaps", "backwards")[k % 4]
                cases.append({"property": property, **network(rng, sizes, points, scale, layout)})
        for sizes in ([2, 16, 16, 1], [2, 16, 1]):
            case = {"property": FEWER, **network(rng, sizes, rng.randrange(50, 61))}
            most = 2 * instructions_of_scalars(tuple(sizes), case["x"]["shape"][0]) // TIMES
            cases.append(case | {"_most": most, "judge": {"sizes": sizes}})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.counting_instructions import instructions_of
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        def make(n=None):
            weights = [(array_of(w), array_of(b)) for w, b in case["weights"]]
            return weights, array_of(case["x"])[:n], array_of(case["y"])[:n]

        def flat(weights, x, y):
            out = namespace["loss_and_gradients"](weights, x, y)
            if type(out) not in (list, tuple) or len(out) != 2 or type(out[1]) not in (list, tuple):
                return None
            if not all(type(pair) in (list, tuple) and len(pair) == 2 for pair in out[1]):
                return None
            loss = np.float64(out[0]) if type(out[0]) in (int, float) else out[0]
            return [loss, *(gradient for pair in out[1] for gradient in pair)]

        def instructions(n):
            given = make(n)
            return instructions_of(lambda: namespace["loss_and_gradients"](*given), case["_most"])

        with np.errstate(all="ignore"):
            answer = answer_of(flat, make)
            if "_most" in case:
                n = case["x"]["shape"][0]
                answer["instructions"] = [instructions(n), instructions(n // 2)]
        return answer

    @staticmethod
    def judge(case, answer):
        weights = [(exact(w), exact(b)) for w, b in case["weights"]]
        given = weights, exact(case["x"]), exact(case["y"])
        loss, expected = right(*given)
        sizes = [len(weights[0][0]), *(len(b) for _, b in weights)]
        where = f"(A network {'-'.join(map(str, sizes))}, {len(given[1])} points.)"
        expect_dict(answer, ("parts", "many", "changed", "again"))
        if answer["many"] is not True or type(answer["parts"]) is not list or not answer["parts"]:
            message = (
                "Return (loss, gradients), where gradients is a list of pairs: for W and for b, a pair for each layer."
            )
            raise Mistake("wrong-structure", message, hint=3)
        got = array_in(answer["parts"][0], "the loss", where)
        if not same(got, np.asarray(loss), "float64"):
            judge_loss(got, loss, given, where)
        if case["property"] == LOSS:
            return
        names = [f"the gradient for {name}{k + 1}" for k in range(len(weights)) for name in "Wb"]
        rest = answer | {"parts": answer["parts"][1:]}
        judge_arrays(rest, expected, "float64", WRONG, given, where, ("weights", "x", "y"), names)
        if case["property"] == FEWER:
            judge_count(answer.get("instructions"), tuple(case["judge"]["sizes"]), len(given[1]), where)


def judge_loss(got, loss, given, where):
    for mistake in WRONG_LOSS:
        with np.errstate(all="ignore"):
            other = np.asarray(mistake.model(*given))
        if same(got, other, "float64"):
            raise Mistake(mistake.id, f"{mistake.message} {where}", got.tolist(), float(loss), mistake.hint)
    if got.shape != ():
        message = f"The loss has shape {got.shape}; it is one number, without an axis. {where}"
        raise Mistake("loss-with-axes", message, hint=3)
    scores = scores_of(given[0], given[1])[-1]
    if not np.isfinite(got) or abs(scores).max() > 30:
        message = (
            f"The loss is {float(got):.6g}, with scores as far out as {abs(scores).max():.0f}, where exp overflows."
        )
        message += f" np.logaddexp(0, s), which is log(1 + exp(s)), is safe. {where}"
        raise Mistake("unstable", message, got.tolist(), float(loss), 2)
    raise Mistake("wrong-loss", f"The loss is wrong. {where}", got.tolist(), float(loss), hint=1)


def judge_count(counts, sizes, points, where):
    """Return when Python executed few enough instructions, or raise the Mistake."""
    if type(counts) is not list or len(counts) != 2:
        raise Mistake("wrong-type", "The instructions were not counted.")
    whole, half = (expect_integer(n, "the number of instructions") for n in counts)
    scalars = instructions_of_scalars(sizes, points)
    if whole <= 0:
        raise Mistake(
            "not-counted",
            "Your code has turned off the tool by which its instructions are counted: leave sys.settrace as it is.",
        )
    if half < 0.9 * whole:
        message = (
            f"Python executed {whole:,} instructions for all points and {half:,} for half of them: there is a loop"
        )
        message += f" over points. Put all of them into one array. {where}"
        raise Mistake("loop-over-points", message, hint=2)
    if whole * TIMES > scalars:
        message = f"Python executed {whole:,} instructions or more, the engine of single numbers {scalars:,}: at most "
        message += f"{scalars // TIMES:,} are allowed. Is there a loop over points, neurons or numbers? {where}"
        raise Mistake("too-many-instructions", message, whole, scalars // TIMES, hint=2)
