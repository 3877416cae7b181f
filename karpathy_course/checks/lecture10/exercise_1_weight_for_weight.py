"""Exercise 10.1: a network of somebody else's, in NumPy, becomes a module of PyTorch, weight for weight.

The judge computes the scores itself, in float64 NumPy, from the arrays that were handed out, and each usual mistake as well:
so that a wrong order of the dense layer's inputs is called so. The probe looks at what a copy must not do: hand the
arrays' own memory over, replace parameters that an optimiser holds, copy half of a set of arrays.
"""

from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first
from karpathy_course.checks.lecture10.numpy_layers import batch_norm, conv2d, max_pool, relu

SCORES, COPIED, REFUSED = "the same scores", "copied, not shared", "wrong arrays are refused"
EPS = 1e-3
CLOSE = {"float32": 1e-5, "float64": 1e-10}


class WeightForWeight(Exercise):
    id = "10.1"
    title = "Weight for weight"
    section = "A module, weight for weight"
    why = "Weights that were trained elsewhere are worth as much as the proof that your module computes the same with them."
    difficulty, importance, minutes, points = 3, 5, 35, 5
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("DigitsNet", "copy_weights")
    acts = ("copy_weights",)
    libraries = ("numpy", "torch")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "torch_tensors"))
    properties = {SCORES: 0.5, COPIED: 0.3, REFUSED: 0.2}
    leaves_out = {
        "no axis": "no weight of this network is a single number",
        "an axis of size 0": "a layer without channels computes nothing",
        "numbers that do not lie one after the other": "what is copied does not depend on that",
    }
    task = """\
Somebody has trained a network in NumPy. `w` is a dict of its arrays, and `channels` is for example `(1, 16, 32)`:

```python
def scores(x, w, channels):                                        # x: (n, channels[0], height, width)
    for k in range(1, len(channels)):
        x = conv2d(x, w[f"conv{k}_weight"], w[f"conv{k}_bias"], padding=1)   # (out, in, 3, 3), (out,)
        mean, var = w[f"norm{k}_mean"], w[f"norm{k}_var"]                    # running statistics, (out,) each
        x = (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + 1e-3)
        x = np.maximum(w[f"norm{k}_gain"][:, None, None] * x + w[f"norm{k}_shift"][:, None, None], 0)
    x = max_pool(x, 2)                                             # windows of 2 × 2, side by side
    x = x.transpose(0, 2, 3, 1).reshape(len(x), -1)                # (n, height/2 · width/2 · channels[-1])
    return x @ w["dense_weight"] + w["dense_bias"]                 # (inputs, classes), (classes,)
```

Write it in PyTorch:

* `DigitsNet(channels, size, classes)` is a `torch.nn.Module` that computes the same from `x`; `size` is `(height, width)`,
  both even. What was learnt are its parameters, and the running statistics its buffers.
* `copy_weights(model, arrays)` copies such a dict into a `DigitsNet`. Then, in eval mode, `model(x)` gives the scores of
  the NumPy network up to 1e-5 (up to 1e-10 after `model.double()`). The arrays may be float32 or float64; the
  model keeps its dtype and its mode.

It is a copy: what happens to the arrays later changes nothing in the model, and what happens to the model nothing in
the arrays. **The parameters stay the same objects**, because an optimiser that was made before holds them.

If an array is missing, has a name that the network does not know, or another shape than it must have, `copy_weights`
raises a `ValueError` whose message holds the array's name. Then nothing at all has been copied. (Beware:
`copy_` stretches an array of shape `(1,)` without a word.)

Look closely at two lines: the dense layer's inputs come in another order than `flatten` gives them in PyTorch, and 1e-3
is not what PyTorch's BatchNorm adds."""
    hints = (
        "nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after, eps=1e-3), nn.ReLU() for each pair of channels, then "
        "nn.MaxPool2d(2), flatten(1) and nn.Linear. nn.Linear keeps its weight as (classes, inputs).",
        "Row number (i · width/2 + j) · channels + c of dense_weight belongs to place (i, j) of channel c. PyTorch's flatten puts "
        "that place at (c · height/2 + i) · width/2 + j. So: reshape to (height/2, width/2, channels, classes), transpose, reshape.",
        "First make a dict {name: (array in PyTorch's order, tensor)} and compare all names and shapes; then, under torch.no_grad(), "
        "tensor.copy_(torch.tensor(array)) for each. dense_weight.reshape(h, w, c, classes).transpose(3, 2, 0, 1).reshape(classes, -1).",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, channels, size, classes, **more):
            case = {"property": property, "channels": channels, "size": size, "classes": classes}
            case |= {"_arrays": arrays_for(rng, channels, size, classes, more.pop("dtype", "float32"))}
            case |= {"x": drawn(rng, [more.pop("n", 2), channels[0], *size])} | {"model": "float32"} | more
            cases.append(case)
            return case

        a, b, c = rng.sample((2, 3, 4), 3)
        add(SCORES, [1, a, b], [4, 6], 3, n=3)
        add(SCORES, [b, c], [6, 2], 4, model="float64", dtype="float64")
        add(SCORES, [2, 2, 2, 2], [4, 2], rng.choice((2, 3)), dtype="float64", n=1)
        add(SCORES, [a, 2], [4, 4], 8)  # the dense weight is a square
        add(SCORES, [1, 1], [2, 2], 1, n=2)
        for mode in (True, False):
            case = add(COPIED, [1, b, a], [2, 6], 3, mode=mode)
            case["_others"] = arrays_for(rng, case["channels"], case["size"], 3, "float64")
            case["rate"] = rng.uniform(0.5, 2)
        for kind in ("missing", "unknown", "shape", "stretched", "transposed"):
            case = add(REFUSED, [1, a, b], [2, 4], 5, kind=kind)
            names = list(case["_arrays"])
            case["name"] = rng.choice([name for name in names[-3:] if name != "dense_weight"])
            if kind == "unknown":
                case["name"] = rng.choice(("conv4_weight", "norm9_gain", "dense_scale"))
            if kind == "transposed":
                case["name"] = "dense_weight"
            case["_others"] = spoilt(rng, case, kind)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import torch

        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot
        from karpathy_course.checks.shared.torch_tensors import kept_states, stirred, taken

        def scores_of(model):
            mode = [module.training for module in model.modules()]
            model.eval()
            with torch.no_grad():
                out = model(x)
            for module, was in zip(model.modules(), mode):
                module.training = was
            return taken(out)

        with kept_states():
            stirred(7)
            model = namespace["DigitsNet"](tuple(case["channels"]), tuple(case["size"]), case["classes"])
            if not isinstance(model, torch.nn.Module):
                return {"module": False}
            model.to(getattr(torch, case["model"])).train(case.get("mode", True))
            x = torch.from_numpy(array_of(case["x"])).to(getattr(torch, case["model"]))
            arrays = {name: array_of(part) for name, part in case["_arrays"].items()}
            found = {"module": True, "same": None, "alone": None, "raised": None, "mode": None, "kept": None}
            held, before = list(model.parameters()), snapshot(list(arrays.values()))
            names, count = list(arrays), sum(p.numel() for p in held if p.requires_grad)
            found["count"] = count
            namespace["copy_weights"](model, arrays)
            found["changed"] = snapshot(list(arrays.values())) != before or list(arrays) != names
            found["scores"] = scores_of(model)
            after = list(model.parameters())
            found["same"] = len(after) == len(held) and all(p is q for p, q in zip(held, after))
            found["learns"] = all(p.requires_grad and p.grad_fn is None and p.is_leaf for p in after)
            found["mode"] = model.training is case.get("mode", True)
            for array in arrays.values():
                array *= 2
            found["alone"] = scores_of(model) == found["scores"]
            snap = snapshot(list(arrays.values()))
            if "rate" in case:  # a step of an optimiser that was made before: what it holds has to be what is used
                with torch.no_grad():
                    for p in held:
                        p.mul_(case["rate"])
                found["alone"] = found["alone"] and snapshot(list(arrays.values())) == snap
                found["stepped"] = scores_of(model)
                namespace["copy_weights"](model, {name: array_of(part) for name, part in case["_others"].items()})
                found["again"] = scores_of(model)
            if "kind" in case:
                try:
                    namespace["copy_weights"](model, {name: array_of(part) for name, part in case["_others"].items()})
                    found["raised"] = "nothing"
                except Exception as error:
                    found["raised"], found["said"] = type(error).__name__, str(error)[:500]
                found["kept"] = scores_of(model) == found["scores"]
            return found

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("module",))
        where = f"(channels={tuple(case['channels'])}, size={tuple(case['size'])}, classes={case['classes']}.)"
        if answer["module"] is not True:
            message = f"`DigitsNet(…)` is no torch.nn.Module: derive the class from it. {where}"
            raise Mistake("no-module", message, hint=1)
        expect_dict(answer, ("same", "alone", "raised", "mode", "kept", "count", "changed", "scores", "learns"))
        if answer["changed"] is not False:
            message = (
                "`copy_weights` has changed the arrays, or the dict, that it was given: they belong to the caller."
            )
            raise Mistake("changes-its-arguments", f"{message} {where}", hint=3)
        judge_scores(case, case["_arrays"], answer["scores"], where)
        if answer["same"] is not True or answer["learns"] is not True:
            message = "After `copy_weights` the model's parameters are other objects than before, or no leaves that learn: an "
            message += "optimiser that was made before would go on training the old ones. Write into them with copy_."
            raise Mistake("new-parameters", f"{message} {where}", hint=3)
        count = learnt(case)
        if answer["count"] != count:
            message = f"The model has {answer['count']} numbers that are learnt; {count} are, and running statistics are buffers."
            raise Mistake("wrong-parameters", f"{message} {where}", answer["count"], count, 1)
        if answer["mode"] is not True:
            raise Mistake("changes-the-mode", f"`copy_weights` has put the model into another mode. {where}", hint=3)
        if answer["alone"] is not True:
            message = (
                "The model and the arrays share memory: when one was changed, so was the other. torch.from_numpy and "
            )
            message += "torch.as_tensor share, torch.tensor and copy_ copy."
            raise Mistake("shares-memory", f"{message} {where}", hint=3)
        if case["property"] == COPIED:
            expect_dict(answer, ("stepped", "again"))
            rate, learnt_names = case["rate"], ("weight", "bias", "gain", "shift")
            stepped = {
                name: part | {"numbers": [rate * x for x in part["numbers"]]} if name.endswith(learnt_names) else part
                for name, part in case["_arrays"].items()
            }
            after = "(After a step of an optimiser that was made before the copy.)"
            judge_scores(case, stepped, answer["stepped"], after, "not-what-the-optimiser-holds")
            judge_scores(case, case["_others"], answer["again"], "(After a second copy, of other arrays.)")
        if case["property"] == REFUSED:
            judge_refusal(case, answer, where)


def learnt(case):
    """How many numbers the network of a case learns."""
    arrays = case["_arrays"].items()
    return sum(len(part["numbers"]) for name, part in arrays if not name.endswith(("_mean", "_var")))


def arrays_for(rng, channels, size, classes, dtype):
    found = {}
    for k, (before, after) in enumerate(pairwise(channels), 1):
        found[f"conv{k}_weight"] = drawn(rng, [after, before, 3, 3])
        found[f"conv{k}_bias"] = drawn(rng, [after])
        for name in ("gain", "shift", "mean", "var"):
            found[f"norm{k}_{name}"] = drawn(rng, [after])
        var = found[f"norm{k}_var"]
        var["numbers"] = [rng.uniform(0.001, 0.01) if i % 2 else rng.uniform(0.5, 2) for i in range(after)]
        found[f"norm{k}_shift"]["numbers"][0] = abs(found[f"norm{k}_shift"]["numbers"][0]) + 2  # it lives
    inputs = channels[-1] * size[0] * size[1] // 4
    found |= {"dense_weight": drawn(rng, [inputs, classes]), "dense_bias": drawn(rng, [classes])}
    return {name: part | {"dtype": dtype} for name, part in found.items()}


def spoilt(rng, case, kind):
    """Arrays of which one is wrong, the others right, and all other than those of the case."""
    name = case["name"]
    arrays = arrays_for(rng, case["channels"], case["size"], case["classes"], "float32")
    if kind == "missing":
        del arrays[name]
    elif kind == "unknown":
        arrays[name] = drawn(rng, [2])
    elif kind == "transposed":
        shape = arrays[name]["shape"]
        shape[:] = shape[::-1]
    else:
        arrays[name] = drawn(rng, [1] if kind == "stretched" else [arrays[name]["shape"][0] + 1])
    return arrays


def scores(case, arrays, eps=EPS, chw=False, order="conv norm relu", without=(), train=False, square=None):
    """What the network gives in float64, or what it gives with a usual mistake in it."""
    w = {name: exact(part) for name, part in arrays.items()}
    x = exact(case["x"])
    if case["model"] == "float32":
        x = x.astype("float32").astype("float64")
        w = {name: part.astype("float32").astype("float64") for name, part in w.items()}
    for k in range(1, len(case["channels"])):
        mean, var = w[f"norm{k}_mean"], w[f"norm{k}_var"]
        mean = 0 * mean if "mean" in without else None if train else mean
        var = 0 * var + 1 if "var" in without else var
        gain = np.ones_like(w[f"norm{k}_gain"]) if "gain" in without else w[f"norm{k}_gain"]
        shift = 0 * gain if "shift" in without else w[f"norm{k}_shift"]
        if "exchanged" in without:
            gain, shift = shift, gain
        if "deviation" in without:
            var = var**2
        bias = None if "bias" in without else w[f"conv{k}_bias"]
        for step in order.split():
            if step == "conv":
                kernel = w[f"conv{k}_weight"][..., ::-1, ::-1] if "flipped" in without else w[f"conv{k}_weight"]
                x = conv2d(x, kernel, bias, padding=1)
            x = relu(x) if step == "relu" else x
            x = batch_norm(x, gain, shift, mean, var, eps) if step == "norm" else x
    x = max_pool(x, 2, 2)
    weight = w["dense_weight"]
    if square:
        weight = weight.T
    if "dense" in without:
        weight = weight.reshape(weight.shape[::-1]).T
    x = x.reshape(len(x), -1) if chw else x.transpose(0, 2, 3, 1).reshape(len(x), -1)
    return x @ weight + (0 if "dense_bias" in without else w["dense_bias"])


USUAL = (
    ("wrong-order", {"chw": True}, "The dense layer's inputs come in another order there: place by place, and for each place all channels. "
     "PyTorch's flatten gives channel by channel, so the weight's columns have to be put into that order.", 2),
    ("wrong-eps", {"eps": 1e-5}, "These are the scores with 1e-5, which is what torch's BatchNorm2d adds to the variance. This network adds "
     "1e-3.", 1),
    ("statistics-not-copied", {"without": ("mean", "var")}, "The running statistics were not copied: the model has mean 0 and variance 1 "
     "still. They are buffers, not parameters.", 3),
    ("statistics-not-copied", {"without": ("var",)}, "The running variance was not copied.", 3),
    ("statistics-not-copied", {"without": ("mean",)}, "The running mean was not copied.", 3),
    ("batch-statistics", {"train": True}, "The model used the statistics of this batch, in eval mode too: BatchNorm has to use the "
     "running ones there.", 1),
    ("gain-not-copied", {"without": ("gain",)}, "The gain was not copied: BatchNorm's weight.", 1),
    ("gain-not-copied", {"without": ("shift",)}, "The shift was not copied: BatchNorm's bias.", 1),
    ("gain-not-copied", {"without": ("exchanged",)}, "Gain and shift are exchanged.", 1),
    ("bias-not-copied", {"without": ("bias",)}, "The bias of the convolutions is missing.", 1),
    ("bias-not-copied", {"without": ("dense_bias",)}, "The bias of the dense layer is missing.", 1),
    ("order-of-layers", {"order": "conv relu norm"}, "ReLU comes before BatchNorm here. It has to come after it.", 1),
    ("order-of-layers", {"order": "conv norm"}, "There is no ReLU between the layers.", 1),
    ("flipped-kernel", {"without": ("flipped",)}, "The kernels are flipped: torch's Conv2d does not flip them either.", 1),
    ("not-transposed", {"square": True, "chw": True}, "dense_weight was used as it is. nn.Linear keeps its weight as (classes, inputs), "
     "this network as (inputs, classes).", 2),
    ("not-transposed", {"square": True}, "dense_weight was not transposed. nn.Linear keeps its weight as (classes, inputs).", 2),
    ("not-transposed", {"without": ("dense",), "chw": True}, "dense_weight was reshaped, not transposed: that mixes the numbers up.", 2),
    ("deviation-for-variance", {"without": ("deviation",)}, "The variance was squared: it is a variance already.", 1),
)  # fmt: skip


def judge_scores(case, arrays, part, where, otherwise=None):
    right, got = scores(case, arrays), array_in(part, "model(x)", where)
    if got.shape != right.shape:
        message = f"`model(x)` has shape {got.shape}; (n, classes) = {right.shape} was expected. {where}"
        raise Mistake("wrong-shape", message, got.shape, right.shape, 1)
    if part.get("dtype") != case["model"]:
        message = (
            f"`model(x)` is {part.get('dtype')}, but the model was {case['model']}: it has to keep its dtype. {where}"
        )
        raise Mistake("wrong-dtype", message, part.get("dtype"), case["model"], 3)
    if near(got, right, case["model"]):
        return
    shown = {"got": got.tolist(), "expected": right.tolist()}
    if case["model"] == "float64" and near(got, right, "float32"):
        message = "The model is float64, and its scores are right to seven digits alone: on the way the numbers went through float32."
        raise Mistake("through-float32", f"{message} {where}", **shown, hint=3)
    if otherwise:
        message = "A step changed what the optimiser holds, and the model did not compute with that. Are the parameters still the "
        raise Mistake(otherwise, f"{message}same objects? {where}", **shown, hint=3)
    for id, options, message, hint in USUAL:
        square = case["_arrays"]["dense_weight"]["shape"]
        if options.get("square") and square[0] != square[1]:
            continue
        wrong = scores(case, arrays, **options)
        if near(got, wrong, "float32") and not near(wrong, right, "float32"):
            raise Mistake(id, f"{message} {where}", **shown, hint=hint)
    message = f"Those are not the scores of the NumPy network. {where}"
    raise Mistake("wrong-scores", message, **shown, hint=1)


def near(got, right, dtype):
    with np.errstate(all="ignore"):
        return bool((np.abs(got - right) <= CLOSE[dtype] * max(1.0, float(np.abs(right).max(initial=0)))).all())


def judge_refusal(case, answer, where):
    name, raised = case["name"], answer["raised"]
    what = {
        "missing": f"The array {name} was missing",
        "unknown": f"There was an array {name}, which the network does not know",
        "shape": f"The array {name} was one number too long",
        "stretched": f"The array {name} had shape (1,), which copy_ stretches",
        "transposed": f"The array {name} was (classes, inputs)",
    }[case["kind"]]
    if raised == "nothing":
        message = f"{what}, and `copy_weights` said nothing. It has to raise a ValueError. {where}"
        raise Mistake("accepts-wrong-arrays", message, hint=3)
    if raised != "ValueError":
        message = f"{what}. `copy_weights` raised {raised if type(raised) is str else 'something'}; a ValueError was expected. {where}"
        raise Mistake("another-error", message, hint=3)
    said = answer.get("said")
    if type(said) is not str or name not in said:
        message = f"{what}. The ValueError does not name it. {where}"
        raise Mistake("does-not-name-it", message, said, name, 3)
    if answer["kept"] is not True:
        message = f"{what}. The error came after some of the other arrays had been copied: the model is half old and half new. Look "
        raise Mistake("copies-half", f"{message}at all of them first. {where}", hint=3)
