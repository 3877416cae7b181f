"""Exercise 05.7: the network of lecture 02 once more, all points at once.

What is right, and what the usual mistakes give, is in `network_models`. How many instructions Python executes is
counted, not timed: the learner's by the probe, those of the engine of single numbers by the judge, which runs it on one
point and on two, and adds as much for each further point.
"""

import functools
import random
from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact, judge_arrays, same
from karpathy_course.checks.lecture05.network_models import WRONG, WRONG_LOSS, right, scores_of
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.counting_instructions import instructions_of
from karpathy_course.neuron import MLP

LOSS, GRADIENTS, FEWER = "the loss", "the gradients", "a hundred times fewer instructions"
TIMES = 100


def network(rng, sizes, n, farthest=None, layout="plain"):
    """A case: described weights, points and labels, some of each label where there are two points.

    farthest: the score that is farthest from 0, for which the last layer is scaled; not scaled if None.
    """
    weights = [[drawn(rng, [a, b], layout=layout), drawn(rng, [b])] for a, b in pairwise(sizes)]
    labels = [0, 1, *(rng.randrange(2) for _ in range(n - 2))][:n]
    rng.shuffle(labels)
    x = drawn(rng, [n, sizes[0]], layout=layout)
    if farthest:
        scores = scores_of([(exact(w), exact(b)) for w, b in weights], exact(x))[-1][:, 0]
        most = abs(scores).argmax()
        scale = farthest / scores[most]
        weights[-1] = [part | {"numbers": [scale * v for v in part["numbers"]]} for part in weights[-1]]
        labels[most], labels[most - 1] = int(farthest < 0), int(farthest > 0)  # there the score costs most
    y = {"shape": [n], "dtype": rng.choice(("int64", "float64")), "numbers": labels}
    return {"weights": weights, "x": x, "y": y}


def instructions_of_scalars(sizes, points):
    """How many instructions Python executes for the loss and its gradients, with a Value for each number."""
    one, two = (instructions_of_few(sizes, n) for n in (1, 2))
    return one + (points - 1) * (two - one)


@functools.cache
def instructions_of_few(sizes, points):
    net = MLP(sizes[0], list(sizes[1:]), "tanh", random.Random(0))

    def run():
        losses = []
        for n in range(points):
            v = net([0.1 * k + 0.05 * n for k in range(sizes[0])]) * (1 - 2 * (n % 2))
            losses.append(v.relu() + ((v if v.data < 0 else -v).exp() + 1).log())
        (sum(losses) / len(losses)).backward()

    return instructions_of(run)


class WholeNetwork(Exercise):
    id = "05.7"
    title = "The network again, all at once"
    section = "The network again, all at once"
    why = "The arithmetic is the same as with single numbers, but one Python operation now does the work of a thousand."
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
Write `loss_and_gradients(weights, x, y)`: the loss of a network like that of lecture 02, and the gradients of all its
weights and biases, for all points at once.

* `weights` is a list of pairs `(W, b)`, one for each layer, `W` of shape `(inputs, neurons)` and `b` of shape
  `(neurons,)`. A layer computes `h @ W + b`; every layer but the last then applies tanh. There may be any number of
  layers, even a single one. The last one has one neuron, whose result is the score.
* `x` has shape `(n, features)`, `y` has shape `(n,)` and holds 0 and 1.
* The loss is the **mean binary cross-entropy** of 02.5: -log p for label 1 and -log(1 - p) for label 0, where p is
  the sigmoid of the score. It must be right for scores between -1000 and 1000.

Return `(loss, gradients)`: the loss, and a list of pairs, the gradient for W and that for b, in the order of
`weights`. Both must equal those of the engine of single numbers (lecture 02) to 1e-12.

Your function must execute **at most one hundredth** of the Python instructions which that engine needs. The number of
instructions must not grow with the number of points, so write no loop over points, only over layers. Instructions are
those of Python's bytecode; they are counted, not timed."""
    hints = (
        "Forward: keep the input of every layer in a list; you need them all again. Backward: begin with d loss / d "
        "score = (sigmoid(score) - y) / n. Compute it with scores and labels of the same shape (n,), then make it a "
        "column of shape (n, 1). Go through the layers from the last to the first.",
        "At each layer, with h the layer's input and g the gradient of h @ W + b: for W it is hᵀ @ g, for b the sum "
        "of g over the points, for h it is g @ Wᵀ, times 1 - h² if h came from a tanh. The loss without "
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
            nets = [([2, 3, 1], n), ([3, 1], n), ([2, 1, 1], n), ([3, 3, 3, 1], 3), ([2, 4, 3, 2, 1], n)]
            nets += [([2, 3, 1], 1), ([1, 2, 1], 2), ([2, 3, 1], n, 990), ([2, 3, 1], n, -990)]
            for k, net in enumerate(nets):
                layout = ("plain", "turned", "with gaps", "backwards")[k % 4]
                cases.append({"property": property, **network(rng, *net, layout=layout)})
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
        message = f"The loss has shape {got.shape}, but it must be one number, without an axis. {where}"
        raise Mistake("loss-with-axes", message, hint=3)
    scores = scores_of(given[0], given[1])[-1]
    if not np.isfinite(got) or abs(scores).max() > 30:
        message = f"The loss is {float(got):.6g}. Some score is {scores.ravel()[abs(scores).argmax()]:.0f}, where exp overflows."
        message += f" np.logaddexp(0, s), which is log(1 + exp(s)), is safe. {where}"
        raise Mistake("unstable", message, got.tolist(), float(loss), 2)
    if abs(got - loss) < 1e-4 * max(1.0, abs(loss)):
        message = f"The loss is off by {abs(float(got) - float(loss)):.1g}; it must be right to 1e-12. Round nothing, and add "
        message += f"no small number inside a logarithm: np.logaddexp needs none. {where}"
        raise Mistake("nearly-right-loss", message, got.tolist(), float(loss), 2)
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
        message += f"{scalars // TIMES:,} are allowed. Either a loop goes over points, neurons or numbers, or the same "
        message += f"arrays are computed again and again: forward, one `@` for each layer is enough. {where}"
        raise Mistake("too-many-instructions", message, whole, scalars // TIMES, hint=2)
