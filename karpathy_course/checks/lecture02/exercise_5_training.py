"""Exercise 02.5: two losses and the loop that trains a network on the two moons.

The probe builds the network from the case's weights and hands back the weights that training left. What they
are worth, the judge finds out by itself: it repeats the first steps in plain Python, and measures the accuracy
of the last weights on points whose labels never left it.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_number, expect_numbers
from karpathy_course.checks.lecture02.judging_training import LEFT_OVER, NEEDED, judge_training, laid, unseen
from karpathy_course.checks.lecture02.moons_descent import (
    HIDDEN,
    accuracy,
    cross_entropy,
    descend,
    hinge,
    mean_loss,
    slope_cross_entropy,
    slope_hinge,
)
from karpathy_course.data import moons

SAMPLES, STEPS, RATE = 20, 150, 3.0  # benchmarks/calibrate_moons.py shows what they reach


def draw_moons(rng):
    """Weights to begin with, and moons that are laid so that weights learned elsewhere are worth little on them.

    They never lie as in the lecture, nor near it, where weights that were copied would be right without training.
    """
    degrees, side = rng.randint(60, 300), rng.choice([-1, 1])
    points, labels = moons(SAMPLES, 0.05, rng.randrange(10**6))
    case = {"points": laid(points, degrees, side), "labels": labels, "weights": first_weights(rng)}
    return case | {"judge": {"laid": [degrees, side]}}


def first_weights(rng):
    """Weights uniform in [-1, 1), biases 0, as in 02.4."""
    inner = [w for _ in range(HIDDEN) for w in (rng.uniform(-1, 1), rng.uniform(-1, 1), 0.0)]
    return inner + [rng.uniform(-1, 1) for _ in range(HIDDEN)] + [0.0]


LOSSES = {
    "hinge loss": (hinge, slope_hinge),
    "binary cross-entropy": (cross_entropy, slope_cross_entropy),
}
MISFITS = {  # name -> (id, loss of one score and label, message)
    "hinge loss": (
        (
            "unsigned-labels",
            lambda s, y: max(0.0, 1 - y * s),
            "The labels are 0 and 1; the hinge loss wants -1 and +1: 2·y - 1.",
        ),
        (
            "no-relu",
            lambda s, y: 1 - (2 * y - 1) * s,
            "A score beyond the margin must cost 0, not less: relu is missing.",
        ),
        ("no-margin", lambda s, y: max(0.0, -(2 * y - 1) * s), "The margin is missing: relu(1 - sign · score)."),
        ("wrong-label", lambda s, y: hinge(s, 1 - y), "Label 1 means a positive score: the sign is turned round."),
        ("squared", lambda s, y: hinge(s, y) ** 2, "This is the square of the hinge loss: relu(1 - s · score) itself."),
    ),
    "binary cross-entropy": (
        (
            "wrong-label",
            lambda s, y: cross_entropy(s, 1 - y),
            "Label 1 means a high probability: the labels are turned round.",
        ),
        ("wrong-sign", lambda s, y: -cross_entropy(s, y), "The sign is wrong: a loss is -log p, and never negative."),
        (
            "one-sided",
            lambda s, y: y * cross_entropy(s, y),
            "Points with label 0 cost nothing: -log(1 - p) is missing.",
        ),
        (
            "other-base",
            lambda s, y: cross_entropy(s, y) / math.log(2),
            "This is the logarithm to base 2. The natural one was asked for.",
        ),
        (
            "relu-alone",
            lambda s, y: max(0.0, -s if y else s),
            "max(v, 0) is right far out only: near 0, log(1 + exp(-|v|)) belongs to it.",
        ),
    ),
}


class Losses(Exercise):
    id = "02.5"
    title = "Losses and the training loop"
    section = "Losses and the training loop"
    why = "A loss is one number made of all the others, so one backward pass tells every weight which way to go."
    difficulty, importance, minutes, points = 4, 5, 40, 6
    seconds = 15.0
    needs = ("hinge_loss", "binary_cross_entropy", "train")
    acts = ("train",)
    provides = {"Value": "karpathy_course.scalar", "weighted_sum": "karpathy_course.scalar"}
    leaves_out = dict.fromkeys(
        (
            *("a node with one parent", "a node with two parents", "a node with three parents", "a parent twice"),
            *("a node used three times", "a deep graph"),
        ),
        "a loss does not look at what its scores were made of",
    )
    properties = {"hinge loss": 0.2, "binary cross-entropy": 0.3, "three steps": 0.3, "moons": 0.2}
    task = """\
Write two losses and the loop. `scores` is a list of Values, `labels` a list of 0 and 1; a loss is one Value, the
**mean** over the points.

* `hinge_loss(scores, labels)`: relu(1 - s · score), where s is -1 for label 0 and +1 for label 1.
* `binary_cross_entropy(scores, labels)`: -log p for label 1 and -log(1 - p) for label 0, where p is the sigmoid of
  the score. It must be right for scores as far out as ±1000, where exp overflows and the sigmoid is exactly 0 or 1.
* `train(model, points, labels, steps, rate)`: so many steps of gradient descent on the mean binary cross-entropy of
  all points. `model(point)` gives a score, `model.parameters()` its Values; train changes their `data`, and a gradient that is
  left over from before counts for nothing.

The check trains a network 2-8-1 on 20 points, and measures its accuracy on others: 0.95 is wanted."""
    hints = (
        "For label 1, -log sigmoid(z) = log(1 + exp(-z)); for label 0, -log(1 - sigmoid(z)) = log(1 + exp(z)). The "
        "hinge: sign = 2 * label - 1.",
        "log(1 + exp(v)) overflows for large v only; there it is v + log(1 + exp(-v)). Look at v.data and choose the "
        "formula whose exponent is not positive. In the loop: scores, loss, zero, backward, update.",
        "v = -z if label else z; term = v + ((-v).exp() + 1).log() if v.data > 0 else (v.exp() + 1).log(). Each "
        "step: p.grad = 0.0 for all p, loss.backward(), then p.data -= rate * p.grad.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for name in LOSSES:
            for scores, labels in (
                ([0.5], [1]),
                ([-0.5], [0]),
                ([0, -1.0, 1, 0], [1, 1, 0, 0]),
            ):  # no kink of the hinge
                cases.append({"property": name, "scores": scores, "labels": labels})
            for far in (1, 3, 1000):
                signs = [1, -1, 1, -1, 1, -1]
                near = 0.2 if far < 1000 else 0.8  # exp(-800) is 0 as a float, so that a log of it must fail
                scores = [round(s * rng.uniform(near, 1.0) * far, 3) for s in signs]
                labels = [1, 1, 0, 0, 1, 0]
                cases.append({"property": name, "scores": scores, "labels": labels})
        cases.append({"property": "binary cross-entropy", "scores": [0.0, 0.0, 1.0], "labels": [1, 0, 1]})
        while True:  # with gradients above 0.1 in the first step, so that it shows who cuts them off there
            points, labels = moons(8, 0.05, rng.randrange(10**6))
            few = {"points": points, "labels": labels, "weights": first_weights(rng)}
            largest = max(abs(w - m) for w, m in zip(few["weights"], descend(few["weights"], points, labels, 1, 1.0)))
            if largest > 0.12:
                break
        cases.append({"property": "three steps", **few, "steps": 3, "rate": 0.5, "_grad": LEFT_OVER})
        while True:  # so far down that an answer that stops at a small loss takes no step
            points, labels = moons(8, 0.05, rng.randrange(10**6))
            trained = descend(first_weights(rng), points, labels, 100, 2.0)
            if mean_loss(trained, points, labels) < 0.09:
                break
        low = {"points": points, "labels": labels, "weights": trained}
        cases.append({"property": "three steps", **low, "steps": 3, "rate": 0.5, "_grad": LEFT_OVER})
        while True:  # right training falls short from 1 start in 50: nobody's mistake
            many = draw_moons(rng)
            weights = descend(many["weights"], many["points"], many["labels"], STEPS, RATE)
            if accuracy(weights, *unseen(*many["judge"]["laid"])) > NEEDED + 0.02:
                break
        cases.append({"property": "moons", **many, "steps": STEPS, "rate": RATE})
        return cases

    @staticmethod
    def probe(namespace, case):
        import gc

        Value, weighted_sum = namespace["Value"], namespace["weighted_sum"]
        if "scores" in case:
            name = {"hinge loss": "hinge_loss"}.get(case["property"], "binary_cross_entropy")
            scores, labels = [Value(s) for s in case["scores"]], list(case["labels"])
            given = list(scores)
            try:
                loss = namespace[name](given, labels)
            except (OverflowError, ValueError, ZeroDivisionError) as error:
                return {"error": f"{type(error).__name__}: {error}"[:100]}
            if type(loss) is not Value:
                return {"type": type(loss).__name__}
            if [id(s) for s in given] != [id(s) for s in scores] or [s.data for s in scores] != case["scores"]:
                return {"changed": "scores"}
            if labels != case["labels"]:
                return {"changed": "labels"}
            loss.backward()
            return {"loss": loss.data, "grads": [s.grad for s in scores]}

        class Network:
            def __init__(self, numbers):
                values = [Value(number) for number in numbers]
                self.values, self.hidden = values, (len(numbers) - 1) // 4

            def __call__(self, point):
                v, n = self.values, 3 * self.hidden
                hidden = [weighted_sum(v[i : i + 2], point, v[i + 2]).tanh() for i in range(0, n, 3)]
                return weighted_sum(v[n:-1], hidden, v[-1])

            def parameters(self):
                return list(self.values)

        model = Network(case["weights"])
        points, labels = [list(point) for point in case["points"]], list(case["labels"])
        for parameter in model.values:
            parameter.grad = case.get("_grad", 0.0)
        gc.disable()  # otherwise half of the time goes into walking over a graph that is still needed
        try:
            namespace["train"](model, points, labels, case["steps"], case["rate"])
        finally:
            gc.enable()
        for name, thing in (("points", points), ("labels", labels)):
            if thing != case[name]:
                return {"changed": name}
        return {"weights": [v.data for v in model.values], "zeroed": all(v.grad == 0 for v in model.values)}

    @staticmethod
    def judge(case, answer):
        if expect_dict(answer).get("changed") in ("scores", "labels", "points"):
            message = f"`{answer['changed']}` are not what they were before the call: they belong to the caller."
            raise Mistake("changed-list", message)
        if case["property"] in LOSSES:
            judge_loss(case, answer)
        else:
            judge_training(case, answer)


def judge_loss(case, answer):
    name, pairs = case["property"], list(zip(case["scores"], case["labels"]))
    if "error" in answer:
        message = f"The {name} ends in an error for the scores {case['scores']}: {str(answer['error'])[:100]}. exp must"
        raise Mistake(
            "unstable", message + " only be given what is not positive, and log nothing that may be 0.", hint=2
        )
    if "type" in answer:
        raise Mistake("not-a-value", f"The {name} is {str(answer['type'])[:40]}; one Value was expected.", hint=3)
    expect_dict(answer, ("loss", "grads"))
    got = expect_number(answer["loss"], f"the {name}")
    loss, slope = LOSSES[name]
    right = sum(loss(s, y) for s, y in pairs) / len(pairs)
    if not close(got, right):
        for id, other, message in MISFITS[name]:
            if close(got, sum(other(s, y) for s, y in pairs) / len(pairs)):
                raise Mistake(id, message, got, right, hint=1)
        if close(got, right * len(pairs)):
            raise Mistake(
                "sum-not-mean", f"This is the sum of the {name}; the mean over the points was asked for.", got, right
            )
        costs = sum(loss(s, y) for s, y in pairs)
        if close(got * SAMPLES, costs):
            message = f"The sum was divided by {SAMPLES}, the number of points in the task's last line: divide by len(scores)."
            raise Mistake("fixed-count", message, got, right, hint=1)
        paying = sum(loss(s, y) > 0 for s, y in pairs)
        if paying and close(got * paying, costs):
            message = "The mean is taken over the points that cost something. Divide by the number of all points."
            raise Mistake("mean-of-some", message, got, right, hint=1)
        if max(map(abs, case["scores"])) > 40 and got < right:
            raise Mistake(
                "unstable", f"The {name} stops growing for scores far out: something is cut off.", got, right, hint=2
            )
        raise Mistake(
            "wrong-loss", f"The {name} of {case['scores']} with {case['labels']} is wrong.", got, right, hint=1
        )
    gradients = [slope(s, y) / len(pairs) for s, y in pairs]
    grads = expect_numbers(answer["grads"], len(pairs), "the list of the scores' gradients")
    if not all(close(g, r) for g, r in zip(grads, gradients)):
        message = f"The {name} is right, but its gradient at the scores {case['scores']} is not. Where a formula has a"
        raise Mistake(
            "wrong-gradient",
            message + " kink (relu at 0) or a number stands for a Value, look.",
            grads,
            gradients,
            hint=3,
        )
