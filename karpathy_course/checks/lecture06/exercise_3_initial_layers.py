"""Exercise 06.3: first weights with which a network knows nothing, and can learn.

The probe hands back the weights alone. The judge measures: the loss of the new network on inputs of its own, and what
60 steps of training make of it. Each network is drawn from several generators, so that no luck helps.
"""

from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_list
from karpathy_course.checks.lecture05.array_answers import array_in
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture06.small_network import activations, clouds, losses, trained

BIRTH, LEARNS, DRAWN = "the loss at birth", "it learns", "drawn from the generator"
WITHIN, STEPS, LEARNT = 0.05, 60, 0.5  # of ln C; steps of training; the part of ln C that may be left after them
SAMPLES = 60  # on which each network is trained


class InitialLayers(Exercise):
    id = "06.3"
    title = "Know nothing, and be able to learn"
    section = "The loss at birth"
    why = "A first loss above ln C says that the network is sure of something wrong before it has seen any data."
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("initial_layers",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {BIRTH: 0.4, LEARNS: 0.4, DRAWN: 0.2}
    leaves_out = dict.fromkeys(("zero", "minus one", "negative", "fraction"), "sizes are whole numbers from 1")
    allows = {"rounds its arrays to 4 digits": "random numbers with four digits are as random as others"}
    task = """\
Write `initial_layers(sizes, rng)`: the weights of a new network for C classes. `sizes` is a list such as
`[64, 32, 32, 10]`: the number of inputs, of neurons in each hidden layer, and of classes. There may be no hidden layer, as in
`[64, 10]`, or several. `rng` is a generator of NumPy's, as `np.random.default_rng(0)` makes it.

Return a list of pairs `(W, b)`, one for each layer, `W` of shape `(inputs, neurons)` and `b` of shape `(neurons,)`, both
of floats. A layer computes `h @ W + b`, and relu follows every layer but the last.

* **The loss at birth**: the mean cross-entropy of the new network has to be within **5 %** of ln C, for ten classes
  2.3026, for every `sizes` and every `rng`. The inputs are pixels between 0 and 1, or have mean 0 and variance 1 in each
  feature; the labels may be anything.
* **It can learn**: the check trains the network for 60 steps of gradient descent (rate 0.1, momentum 0.9), also one with
  three hidden layers. Its loss has to fall below half of ln C. A network of zeros has the right loss at birth, and
  keeps it. If the neurons of a layer are all alike, they stay alike, as if there were only one.
* All random numbers come from `rng`: the same generator gives the same weights, and another generator gives other
  weights."""
    hints = (
        "ln C is the loss of equal probabilities, and these come from equal scores. Which layer makes the scores? Only "
        "that one has to be small. The others have to hand on what the inputs say.",
        "A sum of n random products grows with the root of n. So a hidden layer keeps the size of what goes through it "
        "when its weights have a deviation of about sqrt(2 / inputs) (He et al. 2015; the 2 makes up for relu).",
        "for inputs, neurons in zip(sizes, sizes[1:]): W = rng.normal(0, np.sqrt(2 / inputs), (inputs, neurons)); b = "
        "np.zeros(neurons). Multiply the last W by 0.01.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, *sizes, calls=None):
            seeds = calls or rng.sample(range(10_000), 3)
            hidden = {"judge": {"seed": rng.randrange(10**9)}}
            cases.append({"property": property, "sizes": list(sizes), "seeds": seeds, **hidden})

        some = lambda: rng.randrange(14, 25)
        add(BIRTH, 64, 32, 10)
        add(BIRTH, 3, 4, 2)
        for last in (2, 3, rng.randrange(5, 30)):
            add(BIRTH, some(), last)
            add(BIRTH, some(), some(), last)
            add(BIRTH, rng.randrange(4, 8), some(), some(), some(), last)
        add(BIRTH, 300, 8, 10)
        add(BIRTH, 4, 150, rng.randrange(2, 5))
        for sizes in ((1, 3, 2), (5, 1, 2), (1, 1), (4, 3, 1)):
            add(BIRTH, *sizes)
        size = some()
        add(LEARNS, some(), some(), 2)
        add(LEARNS, 30, size, size, size, rng.randrange(3, 6))
        add(LEARNS, 16, 24, 10)
        add(LEARNS, 20, 14, 20, 20, rng.randrange(3, 6))
        add(LEARNS, 12, 3)
        seed = rng.randrange(10_000)
        add(DRAWN, size, size, size, 4, calls=[seed, seed + 1, seed])
        add(DRAWN, 3, 4, 2, calls=[seed, seed + 7, seed])
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import arrays_in, taken_apart

        kept, outs, found, met = np.random.get_state(), [], [], []
        try:
            for k, seed in enumerate(case["seeds"]):
                np.random.seed(k)
                sizes = list(case["sizes"])
                outs.append((namespace["initial_layers"](sizes, np.random.default_rng(seed)), sizes))
            for out, sizes in outs:
                layers = None
                if isinstance(out, (list, tuple)) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in out):
                    layers = []
                    for array in (x for pair in out for x in pair):
                        layers.append(taken_apart(array, met))
                        met += arrays_in([array])
                found.append({"layers": layers, "changed": sizes != case["sizes"]})
        finally:
            np.random.set_state(kept)
        return found

    @staticmethod
    def judge(case, answer):
        sizes, property = case["sizes"], case["property"]
        where = f"(sizes = {sizes}.)"
        networks = [
            network_in(found, sizes, where) for found in expect_list(answer, len(case["seeds"]), "the list of networks")
        ]
        for layers in networks:
            judge_alike(layers, where)
        if property == DRAWN:
            judge_drawn(networks, where)
        elif property == BIRTH:
            data = np.random.default_rng(case["judge"]["seed"])
            for layers in networks:
                for x, kind in inputs_for(data, sizes[0]):
                    judge_birth(layers, x, f"(sizes = {sizes}, {kind}.)", data)
        else:
            data = np.random.default_rng(case["judge"]["seed"])
            judge_learn(networks, [clouds(data, SAMPLES, sizes[0], sizes[-1]) for _ in networks], where)


def network_in(found, sizes, where):
    """The layers that an answer holds, as float64 arrays, or the Mistake that says why they are none."""
    layers = found.get("layers") if type(found) is dict else None
    if type(layers) is not list:
        raise Mistake("wrong-structure", f"Return a list of pairs (W, b), one for each layer. {where}", hint=3)
    if found.get("changed") is not False:
        raise Mistake("changes-its-arguments", f"`sizes` has changed: it belongs to the caller. {where}")
    shapes = list(pairwise(sizes))
    if len(layers) != 2 * len(shapes):
        number = len(layers) // 2
        message = f"Layers returned: {number}; expected: {len(shapes)}. "
        if [part.get("shape") for part in layers[::2] if type(part) is dict] == [[*shape] for shape in shapes[:-1]]:
            message += (
                f"The last layer, from {sizes[-2]} to {sizes[-1]}, is missing: was it taken off and not put back, "
            )
            message += "or does the loop end too early? "
        message += where
        raise Mistake("wrong-length", message, len(layers) // 2, len(shapes), 3)
    arrays = []
    for k, (a, b) in enumerate(shapes):
        for name, shape, part in zip(("W", "b"), ((a, b), (b,)), layers[2 * k : 2 * k + 2]):
            array = array_in(part, f"{name} of layer {k + 1}", where)
            if array.shape != shape and array.shape == shape[::-1]:
                message = f"W of layer {k + 1} is transposed: it has shape {array.shape}, and `h @ W` needs {shape}."
                raise Mistake("transposed", f"{message} {where}", array.shape, shape, 3)
            if array.shape != shape:
                message = f"The shape of {name} of layer {k + 1} is {array.shape}, and has to be {shape}. {where}"
                raise Mistake("wrong-shape", message, array.shape, shape, 3)
            if part["dtype"] not in ("float64", "float32"):
                message = f"{name} of layer {k + 1} is {part['dtype']}: weights that learn are floats. {where}"
                raise Mistake("wrong-dtype", message, hint=3)
            if not np.isfinite(array).all():
                raise Mistake("not-finite", f"There is a nan or an inf in {name} of layer {k + 1}. {where}", hint=3)
            if part["own"] is not True:
                message = f"{name} of layer {k + 1} shares its memory with another array: training would change both."
                raise Mistake("shares-memory", f"{message} {where}")
            arrays.append(array)
    return list(zip(arrays[::2], arrays[1::2]))


def judge_alike(layers, where):
    """Return when the neurons of each hidden layer differ."""
    for k, (w, b) in enumerate(layers[:-1]):
        if w.shape[1] > 1 and not w.any():
            message = f"All weights of layer {k + 1} are 0. Then its neurons all compute the same, and get the same "
            message += f"gradient, now and ever: they stay alike. Draw different numbers. {where}"
            raise Mistake("zeros", message, hint=1)
        if w.shape[1] > 1 and (w == w[:, :1]).all() and (b == b[0]).all():
            message = f"All neurons of layer {k + 1} have the same weights. Then they get the same gradient, now and "
            message += f"ever, and stay alike, as if there were one. Draw different numbers. {where}"
            raise Mistake("symmetric", message, hint=1)


def judge_drawn(networks, where):
    first, other, again = ([x for pair in layers for x in pair] for layers in networks)
    if not all((a == b).all() for a, b in zip(first, again)):
        message = (
            "The same generator gave other weights the second time: draw all random numbers from `rng`, none from "
        )
        raise Mistake("not-from-the-generator", f"{message}np.random or a generator of your own. {where}", hint=3)
    if any((a == b).all() for a, b in zip(first[:-2:2], other[:-2:2])):
        message = "Another generator gave the same weights: draw the random numbers from `rng`."
        raise Mistake("ignores-the-generator", f"{message} {where}", hint=3)
    for (w, _), (v, _) in pairwise(networks[0][:-1]):
        if w.shape == v.shape and (w == v).all():
            message = "Two layers have the same weights: each draws its own, from the one generator."
            raise Mistake("layers-alike", f"{message} {where}", hint=3)


def inputs_for(data, features):
    """Inputs of the two kinds that the task names, 120 rows each."""
    x = data.normal(0, 1, (120, features))
    return [((x - x.mean(axis=0)) / x.std(axis=0), "inputs of mean 0 and variance 1"),
            (data.random((120, features)), "pixels between 0 and 1")]  # fmt: skip


def judge_birth(layers, x, where, data):
    """Return when the mean loss over labels of all classes is within 5 % of ln C."""
    classes = len(layers[-1][1])
    y = data.permutation(np.arange(120) % classes)
    loss, expected = birth(layers, x, y), float(np.log(classes))
    if abs(loss - expected) <= WITHIN * expected + 1e-12:
        return
    shown = {"got": loss, "expected": expected}
    message = f"The loss at birth is {loss:.4g}, {abs(loss / expected - 1) if expected else 1:.0%} away from ln "
    message += f"{classes} = {expected:.4f}. "
    if abs(birth([(w, 0 * b) for w, b in layers], x, y) - expected) <= WITHIN * expected:
        message += f"The biases are so large that they favour some classes: begin with zeros. {where}"
        raise Mistake("biases-too-large", message, **shown, hint=1)
    hidden = float(np.sqrt((activations(layers, x)[-2] ** 2).mean()))
    if len(layers) > 1 and hidden > 3:
        message += f"What the last hidden layer gives has size {hidden:.3g}, and the inputs have about 1: numbers grow "
        message += f"from layer to layer. A layer with more inputs needs smaller weights. {where}"
        raise Mistake("grows-through-the-layers", message, **shown, hint=2)
    message += f"The weights of the last layer are too large: its scores differ before anything was learnt. {where}"
    raise Mistake("last-layer-too-large", message, **shown, hint=1)


def birth(layers, x, y):
    with np.errstate(all="ignore"):
        return float(losses(activations(layers, x)[-1], y).mean())


def judge_learn(networks, data, where):
    """Return when 60 steps of training bring the loss of each network on its own data below half of ln C."""
    y = data[0][1]  # the same for all, as `clouds` makes them
    with np.errstate(all="ignore"):
        means = losses(trained(networks, np.stack([x for x, _ in data]), y, STEPS), y).mean(axis=-1)
    for layers, (x, _), loss in zip(networks, data, means.tolist()):
        judge_learns(layers, x, loss, where)


def judge_learns(layers, x, loss, where):
    expected = float(np.log(len(layers[-1][1])))
    if loss <= LEARNT * expected:
        return
    hidden = float(np.sqrt((activations(layers, x)[-2] ** 2).mean()))
    message = f"After {STEPS} steps of training the loss is {loss:.4g}; below {LEARNT * expected:.4g} was expected. "
    shown = {"got": loss, "expected": LEARNT * expected}
    if len(layers) > 1 and hidden < 0.3:
        message += (
            f"What the last hidden layer gives has size {hidden:.2g}, and the inputs have 1: hardly anything comes "
        )
        message += f"through, and hardly any gradient comes back. Only the last layer has to be small. {where}"
        raise Mistake("nothing-comes-through", message, **shown, hint=1)
    if len(layers) > 1 and hidden > 3:
        message += (
            f"What the last hidden layer gives has size {hidden:.3g}, and the inputs have 1: so the steps are far "
        )
        message += f"too large. A layer with more inputs needs smaller weights. {where}"
        raise Mistake("grows-through-the-layers", message, **shown, hint=2)
    raise Mistake("does-not-learn", f"{message}{where}", **shown, hint=2)
