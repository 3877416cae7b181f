"""A model as a row of steps from one image to the next, and what is left of it as one last step.

Each step is a layer, or what the model's own forward does between two layers. Steps are believed as long as they are
the only way: on another image they must make what the model makes. Where the model can no longer be followed (it
flattens, or a second path joins), all that remains is one step, its outputs and their derivatives.
"""

from dataclasses import dataclass, field

import numpy as np

from karpathy_course.tensor import Tensor, grad
from karpathy_course.widgets.pixel_microscope.recognising import NAMED, array, close, convolution, each, pool

MOST_STEPS = 40
MOST_SCORES = 100


@dataclass
class Step:
    """kind: "conv", "max", "mean", "adaptive", "each" or "rest". run: Tensor to Tensor. y: array (channels, h, w).

    after: where in a run its output is seen: ("given" or "returned", a call's number), or None; flat: the shape that it
    has there, where it is flattened at once.
    """

    kind: str
    name: str
    title: str
    run: object
    y: np.ndarray
    facts: dict = field(default_factory=dict)
    after: tuple | None = None
    flat: tuple | None = None

    def instead(self, t):
        """What lets a run go on with t in the place of this step's output; see `Runner.run`."""
        return {self.after: t.reshape(self.flat) if self.flat else t}


def read(runner, image):
    """([Step, …], names) of the runner's model on an image, an array (1, channels, height, width).

    The last step may be the rest. names: the model's parts after the last step, where they could not be read.
    """
    calls, output = runner.run(Tensor(image))
    steps, now, before, whole = [], image, None, False
    for k, call in enumerate([*calls, None]):
        given = output if call is None else call.given
        place = ("output",) if call is None else ("given", k)
        if given is None or given.ndim not in (2, 4) or len(given) != 1 or len(steps) > MOST_STEPS:
            break
        if given.ndim == 2:
            steps += _flattened(runner, image, now, given, before, k) if call else []
            break
        if not (given.shape == now.shape and np.array_equal(array(given), now, equal_nan=True)):
            between = _between(runner, image, now, array(given), before, k if call else None)
            if not between:
                break
            between[-1].after = place
            steps += between
            now, before = array(given), place
        if call is None:
            whole = True
            break
        step = _layer(call, now)
        if step is None:
            break
        step.after = ("returned", k)
        steps.append(step)
        now, before = array(call.returned), step.after
    steps, only = _only_way(runner, image, steps, array(output))
    if whole and only:
        return steps, []
    rest = rest_after(runner, image, steps, len(steps))
    return [*steps, *rest], [] if rest else _named(runner.model, calls[_after(steps) :])


def _layer(call, x):
    """A layer as a Step, or None where it makes no image or cannot be recognised."""
    y = array(call.returned)
    if y.ndim != 4:
        return None
    title = type(call.module).__name__
    if found := convolution(call.module, x, y):
        return Step("conv", call.name, title, _its_own(call.module, found[1], x), y[0], found[0])
    if found := pool(call.module, x, y):
        return Step(found[0], call.name, title, _its_own(call.module, found[2], x), y[0], found[1])
    if found := each(call.module.forward, x, y):
        return Step("each", call.name, title, found[1], y[0], found[0])
    return None


def _its_own(module, recognised, x):
    """The layer's own forward, if a gradient comes back through it, else the function that it was recognised as."""
    start = Tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        out = module.forward(start)
        through = out.requires_grad and grad(out.sum(), [start], allow_unused=True)[0] is not None
    return module.forward if through else recognised


def _between(runner, image, x, y, before, k):
    """Steps for what the model's forward does between x, seen at `before`, and y, given to the k-th call; or None.

    before: None where x is the image; k: None where y is the output.
    """

    def run(t):
        _, out = runner.run(Tensor(image) if before else t, {before: t} if before else None, k)
        return out.reshape(y.shape)

    if found := each(run, x, y):
        return [Step("each", "", found[0]["named"] or "in its forward", found[1], y[0], found[0])]
    for title, function in ((None, lambda t: t), *NAMED.items()):
        middle = array(function(Tensor(x)))
        if found := pool(None, middle, y):
            kind, facts, pooled = found
            steps = []
            if title:
                facts_of, same = each(function, x, middle)
                steps.append(Step("each", "", title, same, middle[0], facts_of))
            return [*steps, Step(kind, "", f"{kind} pool" if kind != "adaptive" else "mean", pooled, y[0], facts)]
    return None


def _flattened(runner, image, x, given, before, k):
    """Steps between x and what the k-th call is given, numbers in a row: a function, a pool, and then a flatten."""
    channels, high, wide = x.shape[1:]
    for factor in range(1, min(high, wide) + 1):
        shape = (1, channels, high // factor, wide // factor)
        if np.prod(shape) == given.shape[1]:
            y = array(given).reshape(shape)
            steps = [] if np.array_equal(x, y, equal_nan=True) else _between(runner, image, x, y, before, k) or []
            for step in steps[-1:]:
                step.after, step.flat = ("given", k), given.shape
            return steps
    return []


def _seen(after, calls, output):
    if after == ("output",):
        return output
    where, k = after
    return getattr(calls[k], where)


def _only_way(runner, image, steps, output):
    """The first steps through which, on another image too, everything goes; and whether none had to be left out."""
    draw = np.random.default_rng(0)
    other = (image + draw.normal(size=image.shape) * (np.std(image) + 0.1)).astype(image.dtype)
    try:
        calls, moved = runner.run(Tensor(other))
    except Exception:  # a model that does not take every image
        return steps, True
    t, sound = Tensor(other), 0
    for step in steps:
        with np.errstate(all="ignore"):
            t = step.run(t)
        if step.after and not close(array(t).reshape(-1), array(_seen(step.after, calls, moved)).reshape(-1)):
            break
        sound += 1
    if sound == len(steps) and steps and steps[-1].after == ("output",):
        return steps, True
    kept = sound
    while kept:
        after = steps[kept - 1].after
        if after and after != ("output",):
            _, out = runner.run(Tensor(other), steps[kept - 1].instead(Tensor(steps[kept - 1].y[None])))
            if close(array(out), output):
                break
        kept -= 1
    return steps[:kept], kept == len(steps)


def rest_after(runner, image, steps, count):
    """[all that comes after the first steps, as one Step], or [] where it has too many outputs or no derivatives."""
    if count and (steps[count - 1].after is None or steps[count - 1].kind == "rest"):
        return []
    after = steps[count - 1].after if count else None
    start = Tensor(steps[count - 1].y[None] if count else image, requires_grad=True)

    def run(t):
        _, out = runner.run(Tensor(image) if after else t, steps[count - 1].instead(t) if after else None)
        return out.reshape(1, -1, 1, 1)

    out = run(start)
    calls, scores = runner.run(Tensor(image))[0], out.shape[1]
    if scores > MOST_SCORES or not out.requires_grad:
        return []
    rows = []
    for k in range(scores):
        found = grad(out[0, k, 0, 0], [start], allow_unused=True)[0]
        if found is None:
            return []
        rows.append(array(found)[0])
    weight = np.stack(rows)
    names = _named(runner.model, calls[_after(steps[:count]) :])
    facts = {"weight": weight, "bias": _bias(run, start, weight, array(out)), "names": names}
    return [Step("rest", "", " + ".join(names) if len(names) < 4 else "the rest", run, array(out)[0], facts)]


def _after(steps):
    """The number of the first call that comes after the steps."""
    where = steps[-1].after if steps else None
    return 0 if where is None else where[1] + (where[0] == "returned")


def _named(model, calls):
    """The model's own parts that these calls belong to, each once: by its name, or its class where that is a number."""
    parts = dict(model.named_children())
    found = dict.fromkeys(call.name.partition(".")[0] for call in calls)
    return [type(parts[name]).__name__ if name.isdigit() else name or "its forward" for name in found]


def _bias(run, start, weight, out):
    """What is added to each sum of weights times inputs, where the rest is that and nothing more; else None."""
    rows = weight.reshape(len(weight), -1).astype("float64")
    bias = out.reshape(-1) - rows @ array(start).reshape(-1)
    other = np.random.default_rng(0).normal(size=start.shape).astype(array(start).dtype)
    found = array(run(Tensor(other))).reshape(-1)
    return bias if close(rows @ other.reshape(-1) + bias, found.astype("float64")) else None
