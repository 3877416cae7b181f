"""Exercise 02.4: a neuron, a layer and a network of Values, held to a reference in plain Python.

The probe puts the case's own numbers into the learner's parameters, so that the judge can compute every value
and every gradient without knowing how the learner draws them.
"""

from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_integer, expect_list, expect_numbers
from karpathy_course.checks.lecture02.networks_in_numbers import misfits, network


class Network(Exercise):
    id = "02.4"
    title = "A neuron, a layer, a network"
    section = "A neuron, a layer, a network"
    why = "A neuron with weights and a bias of its own is the only part: layers and networks are lists of it."
    difficulty, importance, minutes, points = 3, 5, 30, 5
    needs = ("Neuron", "Layer", "MLP")
    provides = {"Value": "karpathy_course.scalar", "weighted_sum": "karpathy_course.scalar"}
    properties = {"Neuron": 0.3, "Layer": 0.3, "MLP": 0.4}
    leaves_out = dict.fromkeys(
        ("a node with two parents", "a parent twice", "a node used three times", "a deep graph"),
        "a neuron does not look at what its inputs were made of",
    )
    task = """\
Write three classes.

* `Neuron(n_inputs, activation, rng)` has a list `w` of n_inputs Values drawn uniformly from -1 to 1 with
  `rng.uniform`, and a Value `b`, 0 at first. Called with a list `x` of n_inputs numbers or Values it returns the Value
  `activation(b + w[0] x[0] + ...)`; activation is `"relu"`, `"tanh"`, or `None` for a linear neuron.
* `Layer(n_inputs, n_outputs, activation, rng)` has a list `neurons`, each with weights and a bias of its own; a call
  returns the list of their outputs.
* `MLP(n_inputs, sizes, activation, rng)` has a list `layers`, of the given sizes. The last layer is linear. A call
  returns one Value where the last layer has one neuron, and a list of Values otherwise.

Each has `parameters()`: a list of all its Values, neuron after neuron, the weights of each followed by its bias.
`weighted_sum(w, x, b)` of the lecture is there to be used."""
    hints = (
        "MLP(2, [3, 1]) has 2·3 + 3 weights and biases, then 3·1 + 1: 13 parameters. Count yours.",
        "In a call the output of one layer is the input of the next: for layer in self.layers: x = layer(x). Layer i "
        "has as many inputs as layer i - 1 has neurons; the activation of the last layer is None.",
        "Neuron: total = weighted_sum(self.w, x, self.b), then total.relu(), total.tanh() or total. Layer and MLP "
        "call the smaller ones, and their parameters() join the lists of the smaller ones.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        plans = [("Neuron", [n, 1], a) for n, a in ((2, None), (3, "tanh"), (4, "relu"), (1, "relu"))]
        plans += [("Layer", sizes, a) for sizes, a in (([3, 4], "tanh"), ([2, 1], None), ([2, 5], "relu"))]
        plans += [("MLP", sizes, a) for sizes, a in (([2, 3, 1], "tanh"), ([3, 4, 4, 1], "relu"), ([2, 4, 3], "relu"))]
        plans += [
            ("MLP", sizes, a)
            for sizes, a in (([2, 1], "relu"), ([3, 3, 3], "tanh"), ([2, 1, 2], None), ([2, 1, 1], "tanh"))
        ]
        for turn, (kind, sizes, activation) in enumerate(plans):
            count = sum((a + 1) * b for a, b in pairwise(sizes))
            last = None if kind == "MLP" else activation
            while True:  # until some output is negative where the last layer is linear, so that a relu on it shows
                parameters = [round(rng.uniform(-1.5, 1.5), 3) for _ in range(count)]
                others = [round(rng.uniform(-2, 2), 3) for _ in range(sizes[0])]
                x = [-1.0, 1, 0, 1][: sizes[0]] if turn % 2 else [round(rng.uniform(-2, 2), 3) for _ in others]
                values, gradients, _ = network(sizes, parameters, x, activation, last)
                shallow = network(sizes, parameters, x, activation, last, (None,))[0]
                fits = sum(g != 0 for g in gradients) * 2 >= count
                if last is None:
                    fits = fits and min(values) < -0.05
                elif kind == "Layer":  # a relu that does nothing shows where a sum is negative
                    fits = fits and (last == "tanh" or min(values) == 0)
                straight = network(sizes, parameters, x, None, None)[0]
                apart = min(abs(shallow[0] - values[0]), abs(shallow[0] - straight[0])) > 0.01
                case = {"property": kind, "sizes": sizes, "activation": activation, "parameters": parameters, "x": x}
                if kind == "Neuron":  # a bias behind the activation shows, and not in the gradients alone
                    fits = fits and not any(
                        id == "bias-outside" and agree(out, values) for id, out, _ in misfits(case, last)
                    )
                if fits and (len(sizes) < 4 or activation is None or apart):
                    break
            cases.append({**case, "_others": others, "_seed": rng.randrange(1000)})
        return cases

    @staticmethod
    def probe(namespace, case):
        import random

        Value, sizes, kind = namespace["Value"], case["sizes"], case["property"]
        wanted = sizes[1:] if kind == "MLP" else sizes[1]
        shape = [sizes[0]] if kind == "Neuron" else [sizes[0], wanted]
        model, twin = (namespace[kind](*shape, case["activation"], random.Random(case["_seed"])) for _ in range(2))
        if kind == "MLP" and wanted != sizes[1:]:
            return {"changed": "sizes"}
        strange = lambda things: [type(thing).__name__[:40] for thing in things if not isinstance(thing, Value)][:1]
        parameters, others = model.parameters(), twin.parameters()
        if not isinstance(parameters, (list, tuple)):
            return {"parameters": type(parameters).__name__[:40]}
        if strange([*parameters, *others]):
            return {"no_value": strange([*parameters, *others])[0], "of": "parameters()"}
        parameters, ids = list(parameters), {id(p) for p in parameters}
        found = {"count": len(parameters), "distinct": len(ids), "initial": [p.data for p in parameters]}
        found |= {"twin": [p.data for p in others], "common": len(ids & {id(p) for p in others})}
        if isinstance(model.parameters(), list):
            model.parameters().append(parameters[0])  # to a list of the caller's own
        found["again"] = len(list(model.parameters()))
        if kind == "Neuron":
            found["wide"] = [p.data for p in namespace["Neuron"](60, None, random.Random(case["_seed"])).parameters()]
        if {found["count"], found["distinct"], found["again"]} != {len(case["parameters"])}:
            return found
        own = {"Neuron": "w", "Layer": "neurons", "MLP": "layers"}[kind]
        found["size"] = len(getattr(model, own)) if hasattr(getattr(model, own, None), "__len__") else -1
        for p, number in zip(parameters, case["parameters"]):
            p.data = number
        inputs = [Value(number) for number in case["x"]]
        given = list(inputs)
        out = model(given)
        if [id(x) for x in given] != [id(x) for x in inputs]:
            return {"changed": "x"}
        found["shape"] = "list" if type(out) in (list, tuple) else "one"
        outs = list(out) if found["shape"] == "list" else [out]
        if strange(outs):
            return {"no_value": strange(outs)[0], "of": "what a call returns"}
        found["values"] = [v.data for v in outs]
        if not outs:
            return found
        total = outs[0]
        for v in outs[1:]:
            total = total + v
        for v in [*parameters, *inputs]:
            v.grad = 0.0
        total.backward()
        found["gradients"] = [p.grad for p in parameters]
        found["input_gradients"] = [v.grad for v in inputs]
        plain = model(list(case["_others"]))
        plain = list(plain) if type(plain) in (list, tuple) else [plain]
        found["of_numbers"] = [v.data for v in plain] if not strange(plain) else strange(plain)[0]
        return found

    @staticmethod
    def judge(case, answer):
        sizes, parameters, x, kind = case["sizes"], case["parameters"], case["x"], case["property"]
        activation = case["activation"]
        what = f"{kind}({', '.join(map(repr, [sizes[0], sizes[1:] if kind == 'MLP' else sizes[1], activation]))})"
        if kind == "Neuron":
            what = f"Neuron({sizes[0]}, {activation!r})"
        judge_form(what, expect_dict(answer))
        expect_dict(answer, ("count", "distinct", "initial", "twin", "common", "again"))
        judge_parameters(what, sizes, answer)
        if kind == "Neuron":
            judge_range(
                "Neuron(60, None)", expect_list(answer.get("wide"), 61, "parameters() of Neuron(60, None)")[:60]
            )
        if answer["again"] != len(parameters):
            message = (
                f"{what}: parameters() returned {len(parameters)} Values, and {answer['again']} when it was asked "
            )
            raise Mistake(
                "grows", message + "again. Does it, or a call, append to a list that is kept? Make a new one."
            )
        expect_dict(answer, ("size", "shape", "values"))
        own, size = {"Neuron": ("w", sizes[0]), "Layer": ("neurons", sizes[1])}.get(kind, ("layers", len(sizes) - 1))
        if answer["size"] != size:
            message = f"{what} needs a list `{own}` of length {size}."
            raise Mistake("wrong-attribute", message, None if answer["size"] == -1 else answer["size"], size, hint=1)
        last = None if kind == "MLP" else activation
        values, gradients, of_inputs = network(sizes, parameters, x, activation, last)
        shape = "list" if kind == "Layer" or (kind == "MLP" and sizes[-1] > 1) else "one"
        got = expect_list(answer["values"])
        if answer["shape"] != shape:
            wanted = "a list of Values" if shape == "list" else "one Value, not a list"
            raise Mistake("wrong-shape", f"A call of {what} must return {wanted}.", answer["shape"], shape, hint=2)
        got = expect_numbers(got, len(values), f"the list of values of {what}")
        if not agree(got, values):
            if agree(got, network(sizes, answer["initial"], x, activation, last)[0]):
                message = (
                    "a number that is written into the Values of parameters() changes nothing: they are copies. Return the "
                    "Values themselves."
                )
                raise Mistake("copies", f"{what}: {message}", got, values, hint=3)
            for id, other, message in misfits(case, last):
                if agree(got, other):
                    raise Mistake(id, f"{what}: {message}", got, values, hint=2)
            raise Mistake(
                "wrong-value", f"{what} computes something else than b + w·x, activated.", got, values, hint=3
            )
        expect_dict(answer, ("gradients", "input_gradients", "of_numbers"))
        for key, right, whose in (("gradients", gradients, "parameters"), ("input_gradients", of_inputs, "inputs")):
            found = expect_numbers(answer[key], len(right), f"the list of gradients of the {whose}")
            lost = [i for i, (g, r) in enumerate(zip(found, right)) if g == 0 != r]
            if whose == "inputs" and 0 < len(lost) < len(right):
                message = f"{what}: x[{lost[0]}] receives no gradient, though the value is right (x[{lost[0]}] is {x[lost[0]]:g}): is "
                raise Mistake("input-left-out", message + "it left out of the sum?", found, right, hint=3)
            if not agree(found, right):
                message = f"{what}: values are right, but gradients of the {whose} are not. Does a number (.data) stand"
                raise Mistake("wrong-gradient", message + " where a Value should?", answer[key], right, hint=3)
        others = network(sizes, parameters, case["_others"], activation, last)[0]
        if type(answer["of_numbers"]) is str:
            message = f"{what}, called with plain numbers, returned a {answer['of_numbers']}; Values were expected."
            raise Mistake("plain-numbers", message, hint=3)
        if not agree(expect_numbers(answer["of_numbers"], len(values), "the values for plain numbers"), others):
            for id, other, message in misfits({**case, "x": case["_others"]}, last):
                if agree(answer["of_numbers"], other):
                    message = f"{what}, for x = {case['_others']}: {message}"
                    raise Mistake(id, message, answer["of_numbers"], others, hint=2)
            message = (
                f"{what}, called again with the plain numbers {case['_others']}, gives other values than for Values."
            )
            raise Mistake("plain-numbers", message, answer["of_numbers"], others, hint=3)


def judge_form(what, answer):
    """Raise the Mistake of an answer with which the probe could not go on."""
    if answer.get("changed") in ("x", "sizes"):
        message = f"{what} has changed the list `{answer['changed']}` that it was given: it belongs to the caller."
        raise Mistake("changed-list", message)
    if "parameters" in answer:
        kind = str(answer["parameters"])[:40]
        if kind == "set":
            message = f"{what}: parameters() is a set, which has no order: a list was asked for."
            raise Mistake("order", message, hint=1)
        kind = "None: is a `return` missing? A" if kind == "NoneType" else f"a {kind}; a"
        raise Mistake("wrong-type", f"{what}: parameters() is {kind} list of Values was expected.", hint=1)
    if "no_value" in answer:
        message = (
            f"{what}: in {str(answer.get('of'))[:40]} stands a {str(answer['no_value'])[:40]}; each has to be a Value."
        )
        raise Mistake("not-a-value", message, hint=3)


def agree(got, right):
    """Equal to 1e-12: a few dozen additions of numbers of size 1, whose rounding is below 1e-14."""
    return len(got) == len(right) and all(close(g, r, 1e-12) for g, r in zip(got, right))


def judge_parameters(what, sizes, answer):
    count, right = expect_integer(answer["count"]), sum((a + 1) * b for a, b in pairwise(sizes))
    neurons = sum(sizes[1:])
    shown = {"got": count, "expected": right, "hint": 1}
    if count == right - neurons:
        raise Mistake("no-bias", f"{what} has no bias among its parameters: one for each neuron is missing.", **shown)
    if count != right:
        raise Mistake("wrong-count", f"{what} has {right} parameters; parameters() returned {count}.", **shown)
    if answer["distinct"] != count:
        message = f"{what}: the same Value stands in parameters() more than once. Each neuron has a bias and weights"
        raise Mistake("shared", message + " of its own.", answer["distinct"], count, hint=1)
    initial = expect_numbers(answer["initial"], count, "the list of parameters")
    twin = expect_numbers(answer["twin"], count, "the list of parameters")
    if answer["common"] != 0:
        message = f"{what}: two models have Values in common. Each makes its own, in __init__."
        raise Mistake("shared", message, answer["common"], 0, hint=1)
    if twin != initial and sorted(twin) == sorted(initial):
        message = f"{what}: parameters() has no fixed order. A set has none: keep the Values in lists."
        raise Mistake("order", message, twin, initial, hint=1)
    if twin != initial:
        message = (
            f"{what}: two built from the same seed differ. Draw from the rng that was handed in: rng.uniform(-1, 1)."
        )
        raise Mistake("not-from-rng", message, answer["twin"], initial, hint=3)
    position, weights, biases = 0, [], []
    for n_in, n_out in pairwise(sizes):
        for _ in range(n_out):
            weights += initial[position : position + n_in]
            biases.append(initial[position + n_in])
            position += n_in + 1
    if initial.count(0) == neurons and any(biases):
        message = f"{what}: last of each neuron's parameters must stand its bias, 0 at first, after the weights."
        raise Mistake("order", message, initial, hint=1)
    if len(weights) > 1 and len(set(weights)) < len(weights):
        message = (
            f"{what}: weights start out equal. Neurons that start equal stay equal: draw each with rng.uniform(-1, 1)."
        )
        raise Mistake("equal-weights", message, weights, hint=3)
    if any(biases):
        message = f"{what}: a bias is 0 at first, and stands last of its neuron's parameters."
        raise Mistake("bias-not-zero", message, biases, [0.0] * len(biases), hint=1)
    judge_range(what, weights)


def judge_range(what, weights):
    """The weights fill the range from -1 to 1."""
    weights = expect_numbers(weights, len(weights), "the list of weights")
    message = f"{what}: weights are drawn uniformly from -1 to 1: rng.uniform(-1, 1)."
    if any(abs(w) > 1 for w in weights):
        raise Mistake("wrong-range", message, weights[:8], hint=3)
    if len(weights) < 60:  # of fewer draws all may lie on one side, or near 0
        return
    if min(weights) >= 0 or max(weights) <= 0:
        raise Mistake("wrong-range", f"{message} All of them have one sign.", weights[:8], hint=3)
    if max(map(abs, weights)) < 0.6:  # of 60 draws less likely than 1 in 10¹³
        message += f" Yours reach {max(map(abs, weights)):.2f} at the most: are they scaled?"
        raise Mistake("wrong-range", message, weights[:8], hint=3)
