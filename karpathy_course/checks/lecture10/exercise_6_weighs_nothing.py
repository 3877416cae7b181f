"""Exercise 10.6: ResNet-18 by hand, under torchvision's names, looked at on PyTorch's meta device, and then computed with.

A narrow one with drawn weights is computed by the judge in NumPy, with each usual mistake as well; a whole one is made on
`meta`, where it weighs nothing, and every tensor of the CPU that comes into being meanwhile is noticed.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture10.numpy_layers import batch_norm, conv2d, max_pool, relu

NAMES, META, SCORES = "names and shapes", "on the meta device", "the scores"
COUNT = 11_689_512


class WeighsNothing(Exercise):
    id = "10.6"
    title = "Eleven million numbers that weigh nothing"
    section = "Eleven million numbers that weigh nothing"
    why = "On meta you find a wrong shape in a network of any size in a moment, before you pay for its memory."
    difficulty, importance, minutes, points = 3, 4, 40, 5
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("ResNet18",)
    libraries = ("numpy", "torch")
    shared = tuple(
        f"karpathy_course.checks.shared.{name}" for name in ("torch_tensors", "watched_tensors", "residual_weights")
    )
    properties = {NAMES: 0.3, META: 0.2, SCORES: 0.5}
    leaves_out = dict.fromkeys(
        ("zero", "one", "minus one", "negative", "fraction", "two equal numbers"), "classes and width are whole numbers"
    )
    task = """\
Write the module `ResNet18(classes=1000, width=64)`, as He and others published it in 2015, under the names that torchvision
gave its parts: so that weights which others have trained fit in. With its defaults it has 11 689 512 parameters.

* First `conv1`: 7 × 7, from 3 channels to `width`, stride 2, padding 3; then `bn1`, ReLU, and a max-pool of 3 × 3 with stride 2 and
  padding 1.
* Then four stages `layer1` … `layer4` with 1, 2, 4 and 8 times `width` channels. Each is two blocks, `layer1.0` and
  `layer1.1`.
* A block computes relu(bn2(conv2(relu(bn1(conv1(x))))) + path). Its `conv1` and `conv2` are 3 × 3 with padding 1. The path is `x`
  itself; but in the first block of `layer2`, `layer3` and `layer4`, where `conv1` has stride 2 and doubles the channels, the path is
  `downsample`: a 1 × 1 convolution with stride 2, `downsample.0`, and a BatchNorm, `downsample.1`.
* At the end the mean over all places, and `fc`, a linear layer to `classes` scores.

No convolution has a bias. The keys of `state_dict()` are `conv1.weight`, `bn1.weight`, … `layer2.0.downsample.0.weight`, …
`fc.bias`, 122 of them. All BatchNorms are PyTorch's with their defaults.

Under `with torch.device("meta"):` your module must come into being without one number: parameters, buffers and everything on
the way have a shape and no memory. It must also compute there: a `meta` tensor `(n, 3, height, width)` gives one of shape
`(n, classes)`, for every height and width from 32.

The check compares names and shapes, then runs a narrow network with weights of its own in eval and in train mode: where
a stride stands, or a ReLU, does not show in the shapes."""
    hints = (
        "Two classes: a block, with conv1, bn1, conv2, bn2 and maybe downsample = nn.Sequential(convolution, BatchNorm), and the network, "
        "with conv1, bn1, layer1 … layer4 = nn.Sequential(block, block), fc. A name in state_dict is the path of attributes.",
        "If a block has no downsample, let it not be an attribute with numbers: nn.Sequential() without layers hands x on and has no "
        "keys. Layers without parameters (ReLU, pooling) have no keys either.",
        "for stage, times in enumerate((1, 2, 4, 8), 1): stride = 1 if stage == 1 else 2, and setattr(self, f\"layer{stage}\", "
        "nn.Sequential(Block(before, times * width, stride), Block(times * width, times * width, 1))). x.mean((2, 3)) at the end.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = [{"property": NAMES, "classes": None, "width": None}]
        for mode in (False, True):
            size, classes = rng.sample(range(33, 42), 2), rng.randrange(2, 6)
            case = {"property": SCORES, "classes": classes, "width": rng.randrange(2, 4), "n": 2, "train": mode}
            cases.append(case | {"size": size, "seed": rng.randrange(10**6)})
        size, classes = [rng.randrange(33, 80), rng.randrange(33, 80)], rng.randrange(2, 1200)
        cases.append({"property": META, "classes": classes, "width": 64, "n": rng.randrange(2, 5), "size": size})
        cases.append({"property": NAMES, "classes": rng.randrange(2, 50), "width": rng.randrange(3, 20)})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np
        import torch

        from karpathy_course.checks.shared.residual_weights import numbers_of
        from karpathy_course.checks.shared.torch_tensors import kept_states, stirred, taken
        from karpathy_course.checks.shared.watched_tensors import Made

        given = {name: case[name] for name in ("classes", "width") if case[name] is not None}

        def note_shapes(model, shapes):
            for name in ("layer1", "layer2", "layer3", "layer4"):
                part = getattr(model, name, None)
                if isinstance(part, torch.nn.Module):
                    part.register_forward_hook(lambda m, i, out, name=name: shapes.update({name: list(out.shape)}))

        def on_meta():
            made = Made()
            with made, torch.device("meta"):
                model = namespace["ResNet18"](**given)
            if not isinstance(model, torch.nn.Module):
                return {"module": False}
            state = model.state_dict()
            found = {"module": True, "names": {name: list(tensor.shape) for name, tensor in state.items()}}
            found["elsewhere"] = [name for name, tensor in state.items() if tensor.device.type != "meta"][:9]
            found["learnt"] = [name for name, p in model.named_parameters() if p.requires_grad]
            found["count"] = sum(p.numel() for p in model.parameters())
            shapes = {}
            if "size" in case:
                note_shapes(model, shapes)
                x = torch.empty(case["n"], 3, *case["size"], device="meta")
                model.eval()
                with made:
                    out = model(x)
                found["out"] = taken(out)
            return found | {"shapes": shapes, "made": made.numbers}

        def with_numbers():
            model = namespace["ResNet18"](**given).double()
            if not isinstance(model, torch.nn.Module):
                return {"module": False}
            state = {name: torch.tensor(part) for name, part in numbers_of(**given, seed=case["seed"]).items()}
            try:
                model.load_state_dict(state)
            except RuntimeError as error:
                return {"module": True, "refused": " ".join(str(error).split())[:400]}
            x = np.random.default_rng(case["seed"] + 1).normal(0, 1, (case["n"], 3, *case["size"]))
            model.train(case["train"])
            x, other, shapes = torch.tensor(x), torch.tensor(x), {}
            note_shapes(model, shapes)
            with torch.no_grad():
                out = model(x)
            found = {"module": True, "refused": None, "out": taken(out), "shapes": shapes}
            found["changed"] = not torch.equal(x, other)
            if case["train"]:
                found["mean"] = taken(model.state_dict()["layer1.0.bn1.running_mean"])
            return found

        with kept_states():
            stirred(3)
            return with_numbers() if "seed" in case else on_meta()

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("module",))
        if answer["module"] is not True:
            raise Mistake("no-module", "`ResNet18(…)` is no torch.nn.Module: derive the class from it.", hint=1)
        if case["property"] == SCORES:
            judge_scores(case, answer)
        else:
            judge_names(case, answer)


def judge_names(case, answer):
    from karpathy_course.checks.shared.residual_weights import shapes_of

    expect_dict(answer, ("names", "elsewhere", "learnt", "count", "shapes", "made"))
    classes, width = case["classes"] or 1000, case["width"] or 64
    where = f"(classes={classes}, width={width}.)"
    right = {name: list(shape) for name, shape in shapes_of(width, classes).items()}
    names = expect_dict(answer["names"], (), "the state_dict")
    elsewhere = expect_list(answer["elsewhere"], what="the list of names")
    if elsewhere:
        message = f'Under torch.device("meta") {elsewhere[0]!s:.60} lies on another device. Do not name one, and do not come from NumPy.'
        raise Mistake("not-on-meta", f"{message} {where}", hint=3)
    extra, missing = [name for name in names if name not in right], [name for name in right if name not in names]
    if extra and all(name.endswith(".bias") and name[:-5] + ".weight" in right for name in extra):
        message = (
            f"The convolutions have a bias, as {extra[0]!s:.60}: bias=False, because BatchNorm subtracts it again."
        )
        raise Mistake("bias", f"{message} {where}", extra, hint=1)
    if missing and all("downsample" in name for name in missing) and not extra:
        message = f"There is no {missing[0]}: where the shape changes, the path has to change it too."
        raise Mistake("no-downsample", f"{message} {where}", hint=1)
    if extra and all("downsample" in name for name in extra):
        message = (
            f"There is {extra[0]!s:.60}, which torchvision does not have: in the other blocks the path is x itself."
        )
        raise Mistake("too-many-downsamples", f"{message} {where}", hint=2)
    if missing or extra:
        message = f"The keys of state_dict() are not torchvision's: {missing[0] if missing else 'nothing'} is missing, "
        message += f"{str(extra[0])[:60] if extra else 'nothing'} is too many."
        raise Mistake("wrong-names", f"{message} {where}", list(names)[:20], list(right)[:20], 1)
    for name, shape in right.items():
        if names[name] != shape:
            message = f"{name} has shape {names[name]!s:.40}; {shape} was expected. {where}"
            raise Mistake("wrong-shape", message, names[name], shape, 1)
    count = sum(math.prod(shape) for name, shape in right.items() if not name.endswith(NOT_LEARNT))
    learnt = expect_list(answer["learnt"], what="the list of parameters")
    still = [name for name in names if not name.endswith(NOT_LEARNT) and name not in learnt]
    if answer["count"] != count or still:
        message = f"The parameters hold {answer['count']!s:.12} numbers that are learnt; {count} should be."
        if still:
            message = f"{still[0]} is not learnt: it is no parameter, or requires no gradient."
        raise Mistake("wrong-parameters", f"{message} {where}", answer["count"], count, 1)
    if type(answer["made"]) is not int or answer["made"] > 100:
        message = f'On the way {answer["made"]!s:.12} numbers came into being on the CPU. Under torch.device("meta") there must be none.'
        raise Mistake("allocates", f"{message} {where}", answer["made"], 0, 3)
    if case["property"] == META:
        where = f"(n={case['n']}, pictures of {case['size'][0]} × {case['size'][1]}, width={width}.)"
        judge_shapes(case, answer, where)
        out = expect_dict(answer.get("out"), (), "model(x)")
        if out.get("shape") != [case["n"], classes] or out.get("device") != "meta":
            got = out.get("shape") or out.get("what")
            message = f"model(x) has shape {got!s:.40}; {[case['n'], classes]} on meta was expected. {where}"
            raise Mistake("wrong-size", message, got, [case["n"], classes], 1)


NOT_LEARNT = ("running_mean", "running_var", "num_batches_tracked")


def judge_shapes(case, answer, where):
    sizes = [math.ceil(math.ceil(size / 2) / 2) for size in case["size"]]
    shapes = expect_dict(answer["shapes"], (), "the shapes")
    for stage in range(4):
        right = [case["n"], case["width"] * 2**stage, *sizes]
        got = shapes.get(f"layer{stage + 1}")
        if got != right:
            message = f"layer{stage + 1} gives shape {got!s:.40}; {right} was expected. {where}"
            raise Mistake("wrong-size-inside", message, got, right, 1)
        sizes = [math.ceil(size / 2) for size in sizes]


def judge_scores(case, answer):
    where = f"(width={case['width']}, classes={case['classes']}, {'train' if case['train'] else 'eval'} mode.)"
    if expect_dict(answer, ("refused",))["refused"] is not None:
        said = str(answer["refused"])[:300]
        id = "wrong-names" if "key(s)" in said or "size mismatch" not in said else "wrong-shape"
        raise Mistake(id, f"Weights under torchvision's names do not fit in: {said} {where}", hint=1)
    expect_dict(answer, ("out", "changed", "shapes"))
    judge_shapes(case, answer, where)
    got, right = array_in(answer["out"], "model(x)", where), network(case)
    if got.shape != right.shape:
        message = f"model(x) has shape {got.shape}; {right.shape} was expected. {where}"
        raise Mistake("wrong-size", message, got.shape, right.shape, 1)
    if not near(got, right):
        shown = {"got": got.tolist(), "expected": right.tolist(), "hint": 1}
        for id, options, message in USUAL:
            if near(got, network(case, **options)):
                raise Mistake(id, f"{message} {where}", **shown)
        raise Mistake("wrong-scores", f"With the same weights the scores are other ones. {where}", **shown)
    if case["train"]:
        means = {}
        network(case, means=means)
        moved = array_in(answer.get("mean"), "a running mean", where)
        if not near(moved, means["layer1.0.bn1"]):
            message = "After a pass in train mode the running mean of layer1.0.bn1 is not 0.9 of the old one plus 0.1 of the batch's."
            shown = {"got": moved.tolist(), "expected": means["layer1.0.bn1"].tolist()}
            raise Mistake("another-momentum", f"{message} {where}", **shown, hint=1)
    if answer["changed"] is not False:
        raise Mistake("changes-its-arguments", f"`x` has changed: it belongs to the caller. {where}", hint=1)


def near(got, right):
    with np.errstate(all="ignore"):
        return bool((np.abs(got - right) <= 1e-8 * max(1.0, float(np.abs(right).max()))).all())


USUAL = (
    ("stride-in-conv2", {"stride": "conv2"}, "The stride stands in conv2. It belongs to conv1: the shapes are the same, the numbers not."),
    ("no-last-relu", {"last": "none"}, "The ReLU after the sum is missing."),
    ("relu-before-the-sum", {"last": "before"}, "The second ReLU comes before the sum. It has to come after it."),
    ("no-residual-path", {"path": False}, "Nothing is added to what the two convolutions give: the path around them is missing."),
    ("no-inner-relu", {"inner": False}, "The ReLU between bn1 and conv2 is missing."),
    ("no-first-relu", {"first": False}, "The ReLU after the first BatchNorm of all is missing."),
    ("relu-in-downsample", {"downsample_relu": True}, "There is a ReLU in `downsample`: only the sum goes through one."),
    ("downsample-without-norm", {"downsample_norm": False}, "`downsample` leaves its BatchNorm out."),
    ("another-pool", {"pool": "two"}, "The max-pool looks at 2 × 2 places. It has to look at 3 × 3, with stride 2 and padding 1."),
    ("another-pool", {"pool": "rest"}, "The max-pool looks at 2 × 2 places. It has to look at 3 × 3, with stride 2 and padding 1."),
    ("another-pool", {"pool": "bare"}, "The max-pool has no padding. It has to have padding 1, as its window is 3 × 3."),
    ("another-pool", {"pool": "mean"}, "The first pool takes the mean. It has to be a max-pool."),
    ("max-at-the-end", {"end": "max"}, "At the end the largest number of each channel was taken. It has to be the mean."),
    ("running-statistics", {"running": True}, "In train mode BatchNorm uses the batch's mean and variance; here it used the running ones."),
)  # fmt: skip


def network(case, stride="conv1", last="after", path=True, inner=True, first=True, downsample_relu=False,
            downsample_norm=True, pool="max", end="mean", running=False, means=None):  # fmt: skip
    """The scores in float64, or what they are with a usual mistake. means: gets the running means afterwards, by name."""
    from karpathy_course.checks.shared.residual_weights import numbers_of

    w = numbers_of(case["width"], case["classes"], case["seed"])
    x = np.random.default_rng(case["seed"] + 1).normal(0, 1, (case["n"], 3, *case["size"]))

    def norm(h, name):
        parts = [w[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        if means is not None:
            means[name] = 0.9 * parts[2] + 0.1 * h.mean(axis=(0, 2, 3))
        if case["train"] and not running:
            parts[2] = None
        return batch_norm(h, *parts, 1e-5)

    h = norm(conv2d(x, w["conv1.weight"], None, 2, 3), "bn1")
    h = relu(h) if first else h
    if pool == "mean":
        padded = np.pad(h, ((0, 0), (0, 0), (1, 1), (1, 1)))
        high, wide = ((size - 3) // 2 + 1 for size in padded.shape[2:])
        h = sum(padded[:, :, i : i + 2 * high : 2, j : j + 2 * wide : 2] for i in range(3) for j in range(3)) / 9
    elif pool == "rest":  # as with ceil_mode: the last row and column, if there is one left
        odd = [(0, size % 2) for size in h.shape[2:]]
        h = max_pool(np.pad(h, ((0, 0), (0, 0), *odd), constant_values=-np.inf), 2, 2)
    else:
        h = max_pool(h, *{"max": (3, 2, 1), "two": (2, 2), "bare": (3, 2)}[pool])
    for stage in range(1, 5):
        for block in (0, 1):
            name, step = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            strides = (step, 1) if stride == "conv1" else (1, step)
            out = norm(conv2d(h, w[f"{name}.conv1.weight"], None, strides[0], 1), f"{name}.bn1")
            out = relu(out) if inner else out
            out = norm(conv2d(out, w[f"{name}.conv2.weight"], None, strides[1], 1), f"{name}.bn2")
            if step == 2:
                h = conv2d(h, w[f"{name}.downsample.0.weight"], None, 2)
                h = norm(h, f"{name}.downsample.1") if downsample_norm else h
                h = relu(h) if downsample_relu else h
            out = relu(out) if last == "before" else out
            h = out + h if path else out
            h = relu(h) if last == "after" else h
    h = h.max(axis=(2, 3)) if end == "max" else h.mean(axis=(2, 3))
    return h @ w["fc.weight"].T + w["fc.bias"]
