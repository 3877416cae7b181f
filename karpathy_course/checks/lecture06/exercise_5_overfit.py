"""Exercise 06.5: a network that has learnt a handful of samples by heart.

The probe counts steps and hands back the weights, and the judge computes the loss itself. Random labels on points in a
plane need more than a linear network; those of one class and a single sample are there too.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_list
from karpathy_course.checks.lecture05.array_answers import drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture06.small_network import losses

REAL, RANDOM, EDGES = "labels with a meaning", "random labels", "one class, one sample"
STEPS, GOAL = 500, 1e-3
APART = 1.0  # at least so far are two points of a plane


class Overfit(Exercise):
    id = "06.5"
    title = "First overfit one batch"
    section = "First overfit one batch"
    why = "A network that cannot learn eight samples by heart has a bug, and no amount of data will cure it."
    difficulty, importance, minutes, points = 3, 5, 30, 4
    seconds = 15.0
    needs = ("overfit",)
    provides = {"Sequential": "karpathy_course.nn", "Adam": "karpathy_course.optim", "Tensor": "karpathy_course.tensor"}
    libraries = ("numpy", "array-api-compat")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "sequential_networks"))
    properties = {REAL: 0.4, RANDOM: 0.4, EDGES: 0.2}
    leaves_out = {
        "no axis": "samples have rows and features",
        "an axis of size 0": "there is nothing to learn from no samples",
        "four axes": "samples have rows and features",
    }
    task = """\
Write `overfit(x, y)`: make a network of the course's `nn`, train it with the course's `optim` until it knows these few
samples by heart, and return it.

* `x` has shape `(n, features)`, float32 or float64, with n from 1 to 8. `y` has shape `(n,)` and holds whole numbers,
  the classes, from 0; they may all be the same. The network needs a score for each class from 0 to the largest in `y`,
  and at least two scores.
* Return an `nn.Sequential` of `nn.Linear` layers and activations (`nn.ReLU`, `nn.Tanh`, …). The check gives it `x` as
  it is, and its results are scores: the softmax belongs to the loss.
* The mean cross-entropy of the returned network on `x` and `y` has to be **below 0.001**, also if the labels mean
  nothing: random labels on points in a plane need at least one hidden layer.
* At most **500 steps** of an optimiser, each with the gradients of that step alone. The check counts them, and computes
  the loss itself, from the weights.

`nn.Linear` makes float32 weights. The imports above the function give you all you need."""
    hints = (
        "The loop of lecture 02, with names: optimizer.zero_grad(), loss = criterion(model(x), y), loss.backward(), "
        "optimizer.step(). Stop as soon as the loss is well below 0.001. Print it: does it fall?",
        "A hidden layer of a hundred neurons with relu can tell eight points apart, whatever their labels. Adam with a "
        "rate of 0.02 needs some hundred steps; plain SGD needs a larger rate, and momentum.",
        "x = x.astype(np.float32); classes = max(2, int(y.max()) + 1); model = nn.Sequential(nn.Linear(x.shape[1], 100), "
        "nn.ReLU(), nn.Linear(100, classes)); optimizer = optim.Adam(model.parameters(), lr=0.02); criterion = "
        "nn.CrossEntropyLoss(); if loss.item() < 0.0005: break.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, x, labels, dtype="int64"):
            y = {"shape": [len(labels)], "dtype": dtype, "numbers": labels}
            cases.append({"property": property, "x": x, "y": y, "_seed": rng.randrange(10**6)})

        for dtype, layout, classes in (("float32", "plain", rng.randrange(5, 11)), ("float64", "turned", 3)):
            labels = [classes - 1, *(k % classes for k in range(7))]
            rng.shuffle(labels)
            add(
                REAL, pictures(rng, labels, dtype) | {"layout": layout}, labels, rng.choice(("int64", "int32", "uint8"))
            )
        for dtype, classes in (("float64", 2), ("float32", rng.randrange(3, 6))):
            add(RANDOM, plane(rng) | {"dtype": dtype}, crossed(rng, classes))
        add(RANDOM, drawn(rng, [8, 8], "float32"), [9, *(rng.randrange(10) for _ in range(7))])
        add(EDGES, drawn(rng, [8, 3], "float32"), [rng.randrange(1, 4)] * 8)
        cases[-1]["twice"] = True
        add(EDGES, drawn(rng, [1, rng.randrange(2, 6)], "float64"), [0])
        add(EDGES, drawn(rng, [3, 1], "float32") | {"numbers": [-1.0, 0.0, 1.0]}, [0, 0, rng.randrange(1, 4)])
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot
        from karpathy_course.checks.shared.sequential_networks import TooManySteps, counted_steps, layers_of, seeded

        given = array_of(case["x"]), array_of(case["y"])
        before, shared = snapshot(given), np.random.get_state()
        found = {"uncleared": 0, "layers": [], "changed": False, "untouched": True, "kept": True}
        with np.errstate(all="ignore"), seeded(case["_seed"]), counted_steps(500) as count:
            np.random.seed(case["_seed"])
            drawn = np.random.get_state()
            try:
                model = namespace["overfit"](*given)
                found["layers"], found["changed"] = layers_of(model), snapshot(given) != before
                found["untouched"] = all(map(np.array_equal, drawn, np.random.get_state()))
            except TooManySteps:
                pass
            finally:
                np.random.set_state(shared)
        found |= {"steps": count.steps, "uncleared": count.uncleared}
        if (
            "twice" in case and count.steps <= 500
        ):  # the first network stays as it is in a second call, for other labels
            with np.errstate(all="ignore"), seeded(case["_seed"]):
                namespace["overfit"](given[0], np.where(np.arange(len(given[1])) < 4, given[1] - 1, given[1]))
                np.random.set_state(shared)
            found["kept"] = layers_of(model) == found["layers"]
        return found

    @staticmethod
    def judge(case, answer):
        x, y = exact(case["x"]), exact(case["y"]).astype(int)
        where = f"({x.shape[0]} samples, {x.shape[1]} features, classes {sorted(set(y.tolist()))}.)"
        expect_dict(answer, ("steps", "uncleared", "layers", "changed", "untouched", "kept"))
        steps = expect_integer(answer["steps"], "the number of steps")
        if expect_integer(answer["uncleared"], "the number of passes") > 0:
            message = (
                "Gradients of earlier steps were still there when the next ones were added: zero_grad() comes before "
            )
            raise Mistake("adds-up-gradients", f"{message}backward(), at every step. {where}", hint=1)
        if steps > STEPS:
            message = (
                f"More than {STEPS:,} steps were taken. Stop when the loss is low enough; if it does not fall, look "
            )
            raise Mistake("too-many-steps", f"{message}for a larger rate or a wider network. {where}", hint=2)
        if answer["changed"] is not False:
            raise Mistake("changes-its-arguments", f"`x` or `y` has changed: they belong to the caller. {where}")
        if answer["untouched"] is not True:
            message = (
                "NumPy's own random numbers were seeded or drawn from, which everybody shares. nn.Linear does not use "
            )
            raise Mistake(
                "global-random-numbers", f"{message}them: nn.manual_seed(…) makes its first weights the same. {where}"
            )
        if answer["kept"] is not True:
            message = (
                "A second call, with other labels, went on with the network that the first call had returned, and "
            )
            raise Mistake("keeps-the-network", f"{message}changed it. Make a new network in each call. {where}")
        layers = layers_in(answer["layers"], where)
        judge_layers(layers, x, y, where)
        with np.errstate(all="ignore"):
            scores = scores_of(layers, x)
            each = losses(scores, y)
        judge_loss(each, scores, y, layers, steps, where)


def pictures(rng, labels, dtype):
    """Described pictures of 64 pixels from 0 to 1: for each class its own, with noise; some pixels are white or black."""
    own = {label: [rng.choice((0.0, 0.0, 1.0, 0.5)) for _ in range(64)] for label in sorted(set(labels))}
    numbers = [min(1.0, max(0.0, p + rng.uniform(-0.15, 0.15))) for label in labels for p in own[label]]
    return {"shape": [len(labels), 64], "dtype": dtype, "layout": "plain", "numbers": numbers}


def plane(rng):
    """Eight described points of a plane, apart from one another."""
    points = []
    while len(points) < 8:
        point = rng.uniform(-2, 2), rng.uniform(-2, 2)
        if all(math.dist(point, other) > APART for other in points):
            points.append(point)
    order = sorted(range(8), key=lambda k: points[k][0])
    return {"shape": [8, 2], "dtype": "float64", "layout": "plain", "numbers": [c for k in order for c in points[k]]}


def crossed(rng, classes):
    """Labels that change along the first coordinate at every step but one: no straight lines part them."""
    labels = [k % 2 for k in range(8)]
    for k in rng.sample(range(8), 3):
        labels[k] = labels[k] if classes == 2 else rng.randrange(classes)
    labels[rng.randrange(8)] = classes - 1
    return labels


def layers_in(layers, where):
    """The layers as [kind, …] with arrays, or the Mistake that says why they are no network."""
    if type(layers) is dict:
        what = layers.get("what")
        message = (
            f"What was returned is {what[:80] if type(what) is str else 'no network'}. Return an nn.Sequential of "
        )
        raise Mistake("wrong-structure", f"{message}nn.Linear layers and activations of `nn`. {where}", hint=3)
    found = []
    for layer in expect_list(layers, what="the list of layers"):
        parts = expect_list(layer, what="a layer")
        if not parts or type(parts[0]) is not str:
            raise Mistake("wrong-structure", f"A layer has no kind. {where}")
        found.append([parts[0], *(array(part) if type(part) is dict else part for part in parts[1:])])
    if not any(layer[0] == "Linear" for layer in found):
        message = f"The network has no nn.Linear layer: nothing in it can learn. {where}"
        raise Mistake("wrong-structure", message, hint=3)
    return found


def array(part):
    shape, numbers = part.get("shape"), part.get("numbers")
    whole = type(shape) is list and all(type(n) is int and 0 <= n <= 10_000 for n in shape)
    if not whole or type(numbers) is not list or len(numbers) != math.prod(shape):
        raise Mistake("wrong-structure", "A layer's weights are no array.")
    if not set(map(type, numbers)) <= {int, float}:
        raise Mistake("wrong-structure", "A layer's weights are no numbers.")
    return np.array(numbers, dtype="float64").reshape(shape)


def judge_layers(layers, x, y, where):
    """Return when the layers fit one another, the inputs and the classes."""
    width = x.shape[1]
    for kind, *numbers in layers:
        if kind == "Linear":
            weight, bias = numbers if len(numbers) == 2 else (None, None)
            fits = isinstance(weight, np.ndarray) and weight.ndim == 2 and weight.shape[1] == width
            if not fits or not (bias is None or (isinstance(bias, np.ndarray) and bias.shape == weight.shape[:1])):
                raise Mistake(
                    "wrong-structure", f"The layers do not fit one another, or not the inputs. {where}", hint=3
                )
            width = weight.shape[0]
            if not all(np.isfinite(n).all() for n in numbers if n is not None):
                message = (
                    "There is a nan or an inf among the weights: the steps were so large that the loss grew. Take a "
                )
                raise Mistake("not-finite", f"{message}smaller rate. {where}", hint=2)
        elif kind == "LeakyReLU" and (len(numbers) != 1 or type(numbers[0]) is not float):
            raise Mistake("wrong-structure", f"A layer has no slope. {where}")
    if width < max(2, y.max() + 1):
        message = (
            f"The network gives {width} scores, and the largest class is {y.max()}: one for each class from 0 on, and "
        )
        raise Mistake("too-few-classes", f"{message}two at least. {where}", width, int(max(2, y.max() + 1)), 3)


def scores_of(layers, x):
    """What the network gives for x, computed here."""
    h = x
    for kind, *numbers in layers:
        if kind == "Linear":
            h = h @ numbers[0].T + (0 if numbers[1] is None else numbers[1])
        elif kind == "LeakyReLU":
            h = np.where(h > 0, h, numbers[0] * h)
        else:
            h = ACTIVATIONS.get(kind, ACTIVATIONS["Identity"])(h)
    return h


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


ACTIVATIONS = {
    "ReLU": lambda h: np.maximum(h, 0),
    "Tanh": lambda h: np.tanh(h),
    "Sigmoid": lambda h: np.exp(-np.logaddexp(0, -h)),
    "Softmax": lambda h: np.exp(log_softmax(h)),
    "LogSoftmax": log_softmax,
    "Identity": lambda h: h,
}


def judge_loss(each, scores, y, layers, steps, where):
    """Return when the mean loss is below 0.001, or raise the Mistake that fits what the network gives."""
    loss = float(each.mean())
    if loss < GOAL:
        return
    kinds = [layer[0] for layer in layers]
    shown = {"got": loss, "expected": f"below {GOAL}"}
    chance, right = math.log(scores.shape[1]), scores.argmax(axis=1) == y
    if kinds[-1] == "Softmax":
        message = (
            "The network ends in a softmax, and cross-entropy applies one too: twice makes all classes nearly equal, "
        )
        raise Mistake(
            "double-softmax", f"{message}and the loss cannot get small. Return scores. {where}", **shown, hint=1
        )
    if kinds[-1] in ("Sigmoid", "Tanh"):
        message = (
            f"The network ends in a {kinds[-1].lower()}, which keeps the scores within 1 of 0: no softmax of them is "
        )
        raise Mistake(
            "squashed-scores", f"{message}sure of anything. End with a Linear layer. {where}", **shown, hint=3
        )
    if "Dropout" in kinds:
        message = "The network has dropout, which is there to keep a network from learning by heart. Leave it out here."
        raise Mistake("dropout", f"{message} {where}", **shown, hint=2)
    onehot = np.eye(scores.shape[1])[y]
    if np.abs(scores - onehot).max() < 0.2:
        message = "The scores are close to 1 for the right class and to 0 for the others, as from a squared error. As "
        message += f"scores that is far from sure: train with cross-entropy. {where}"
        raise Mistake("squared-error", message, **shown, hint=1)
    if kinds.count("Linear") == 1 or not set(kinds) & (
        set(ACTIVATIONS) - {"Identity", "Softmax", "LogSoftmax"} | {"LeakyReLU"}
    ):
        message = (
            "This network is linear: without an activation between two Linear layers it draws straight lines, and "
        )
        raise Mistake("linear-network", f"{message}these labels do not follow any. {where}", **shown, hint=2)
    if not steps:
        message = f"The loss is {loss:.4g}: no step was taken. Is optimizer.step() missing, or loss.backward()? {where}"
        raise Mistake("not-trained", message, **shown, hint=1)
    if 0.7 * chance < loss < 1.5 * chance and each.min() > 0.05 and not right.all():
        message = f"After {steps:,} steps the loss is {loss:.4g}, hardly better than guessing (ln {scores.shape[1]} = "
        message += f"{chance:.4g}). Is the order zero_grad, loss, backward, step, all with the same model? {where}"
        raise Mistake("has-not-learnt", message, **shown, hint=1)
    if right.all():
        message = (
            f"The network has all samples right, and its loss is {loss:.4g}: go on until it is below {GOAL}, "
            f"and train on `x` as it is. {where}"
        )
        raise Mistake("stops-too-early", message, **shown, hint=2)
    wrong = np.flatnonzero(~right).tolist()
    message = (
        f"Samples {wrong} are still wrong after {steps:,} steps, and the loss is {loss:.4g}. Do all samples take part "
    )
    raise Mistake(
        "some-not-learnt", f"{message}in every step, as they are, with their own labels? {where}", **shown, hint=2
    )
