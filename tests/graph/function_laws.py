"""What must hold of any function: traced, rewritten, compiled, batched, differentiated and retraced it stays itself.

The judge is the function on plain numbers and NumPy arrays, and for gradients torch in float64. A function whose
branches go another way than they did for the example must fail its guard, never give a number.
"""

import linecache
from collections import Counter

import numpy as np
import torch

from karpathy_course.graph import (
    Graph,
    GraphError,
    GuardFailed,
    batch,
    checkpoint,
    compile,
    eliminate_dead,
    fold_constants,
    fuse_elementwise,
    grad,
    jit,
    jvp,
    merge_common,
    optimize,
    pack,
    simplify,
    trace,
)
from karpathy_course.tensor import Tensor
from tests.graph.functions import COURSE, NUMPY, TORCH, arguments, made
from tests.graph.test_laws import flat, same_bits

EXACT = (fold_constants, simplify, merge_common, eliminate_dead, fuse_elementwise)
TRIES = 4  # arguments beside the example
BUILTINS = ("max(", "min(", "sorted(", "any(", "all(", " in [", " or ", " and ")


class Path:
    """Which way every condition went."""

    def __init__(self):
        self.taken = []

    def __call__(self, condition):
        self.taken.append(bool(condition))
        return self.taken[-1]


def hold_function(seed):
    """Raises AssertionError, with what differed, where one of the laws does not hold. Returns what was tried."""
    fn, counts = made(seed), Counter(functions=1)
    inputs = [arguments(seed * 100 + k) for k in range(1 + TRIES)]
    with np.errstate(all="ignore"):
        expected, paths = zip(*(_plainly(fn, values) for values in inputs))
        graph = trace(lambda x, y, v, w, m, i: fn(COURSE, bool, x, y, v, w, m, i), *inputs[0])
        loss = trace(lambda x, y, v, w, m, i: fn(COURSE, bool, x, y, v, w, m, i)[0], *inputs[0])
        slope = grad(loss)
        programs = _programs(graph, loss, slope)
        for k, values in enumerate(inputs):
            found = _or_guard(graph, values)
            if found is GuardFailed:
                counts["guarded"] += 1
                assert k > 0, "a guard fails at the example itself"
                assert paths[k] is None or paths[k] != paths[0], f"arguments {k}: a guard fails on the same path"
                for name, run in programs.items():
                    assert _or_guard(run, values) is GuardFailed, f"{name}: a guard is lost"
                continue
            counts["fitting"] += 1
            _all_close(found, expected[k], f"trace, arguments {k}")
            assert paths[k] is None or paths[k] == paths[0], f"arguments {k}: another path, and no guard failed"
            _agree(programs, {"value": graph, "loss": loss, "slope": slope}, values, k)
            _like_torch(fn, slope, values, counts)
        _forward(loss, slope, inputs[0], seed)
        _retraced(fn, inputs, expected, counts)
        _batched(graph, inputs, counts)
    return counts


def _plainly(fn, values):
    """(the value, the path, or None where a builtin decides something that the path does not see)."""
    path = Path()
    found = fn(NUMPY, path, *values)
    hidden = any(word in "".join(_source(fn)) for word in BUILTINS)
    return found, None if hidden else tuple(path.taken)


def _source(fn):
    return linecache.cache[fn.__code__.co_filename][2]


def _or_guard(run, values):
    try:
        return run(*values)
    except GuardFailed:
        return GuardFailed


def _programs(graph, loss, slope):
    """{name: a graph or program that must give the same as the last word says}: bit for bit, but those packed."""
    made = {f"{p.__name__} of value": p(graph) for p in EXACT} | {f"{p.__name__} of slope": p(slope) for p in EXACT}
    made["all of value"], made["all of slope"] = optimize(graph, EXACT), optimize(slope, EXACT)
    made["checkpoint of slope"] = checkpoint(slope)
    made["packed of value"], made["packed of slope"] = pack(graph), grad(pack(loss))
    for name in ("all of value", "all of slope", "checkpoint of slope", "packed of value"):
        made[f"compiled {name}"] = compile(made[name])
    made["compiled value"], made["compiled slope"] = compile(graph), compile(slope)
    made["list of loss"] = Graph.from_list(loss.to_list())
    return made


def _agree(programs, graphs, values, k):
    expected = {word: flat(each(*values)) for word, each in graphs.items()}
    for name, run in programs.items():
        exact = "packed" not in name
        for a, b in zip(expected[name.split()[-1]], flat(run(*values)), strict=True):
            if a is None and not exact:  # what only a guard needs may be packed with others: zeros
                a = np.zeros(() if b is None else b.shape)
                b = a if b is None else b
            same = same_bits(a, b) if exact else _near(a, b)
            assert same, f"{name}, arguments {k}: {a} and {b}"


def _all_close(found, expected, what):
    for k, (a, b) in enumerate(zip(flat(found), flat(expected), strict=True)):
        assert a.shape == b.shape and a.dtype == b.dtype, (
            f"{what}, result {k}: {a.dtype}{a.shape}, not {b.dtype}{b.shape}"
        )
        _close(a, b, f"{what}, result {k}")


def _near(a, b, tolerance=1e-8):
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return True  # rounding decides which of inf and nan comes of them
    size = max(1.0, float(np.abs(a).max(initial=0.0)))
    return bool((np.abs(a - b) <= tolerance * size).all())


def _close(found, expected, what):
    assert _near(found, expected), f"{what}: {found} instead of {expected}"


def _like_torch(fn, slope, values, counts):
    """The gradients of the graph and of the tape beside torch's."""
    leaves = [torch.tensor(v, requires_grad=np.asarray(v).dtype.kind == "f", dtype=_dtype(v)) for v in values]
    out, _ = fn(TORCH, bool, *leaves)
    out.backward()
    value, *found = slope(*values)
    _close(value, out.item(), "torch's value")
    tensors = [Tensor(np.asarray(v), requires_grad=np.asarray(v).dtype.kind == "f") for v in values]
    eager, _ = fn(COURSE, bool, *tensors)
    eager.backward()
    _close(eager.item(), out.item(), "the tape's value")
    for name, leaf, tensor, gradient in zip("xyvwm", leaves, tensors, found):
        expected = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy()
        for whose, other in (("graph", gradient), ("tape", tensor.grad)):
            _close(0.0 * expected if other is None else other, expected, f"the {whose}'s gradient of {name}")
        counts["gradients"] += 1


def _forward(graph, slope, values, seed):
    """Forward mode along a direction is the gradient times the direction."""
    rng = np.random.default_rng(seed)
    directions = [rng.uniform(-1, 1, np.shape(v)) if np.asarray(v).dtype.kind == "f" else v * 0 for v in values]
    value, change = jvp(graph)(*values, *directions)
    along = [(g * d).sum() for g, d in zip(slope(*values)[1:], directions) if g is not None]
    _close(value, graph(*values), "jvp's value")
    if np.isfinite(along).all():
        _close(change, sum(along), "jvp's change")


def _dtype(value):
    return torch.float64 if np.asarray(value).dtype.kind == "f" else torch.int64


def _retraced(fn, inputs, expected, counts):
    run = jit(lambda *values: fn(COURSE, bool, *values))
    for _ in range(2):
        for k, values in enumerate(inputs):
            _all_close(run(*values), expected[k], f"jit, arguments {k}")
    counts["traces"] += len(run.programs)


def _batched(graph, inputs, counts):
    """A batch of single numbers and vectors; the matrix and the places are shared."""
    try:
        wide = batch(graph, ["x", "v"], len(inputs))
    except GraphError as error:
        counts["unbatched: a guard" if "one branch" in str(error) else "unbatched: " + str(error)[:60]] += 1
        return
    shared = inputs[0]
    found = wide(np.array([values[0] for values in inputs]), shared[1], np.stack([v[2] for v in inputs]), *shared[3:])
    for k, values in enumerate(inputs):
        alone = graph(values[0], shared[1], values[2], *shared[3:])
        _all_close((found[0][k], [part[k] for part in found[1]]), alone, f"batch, row {k}")
    counts["batched"] += 1
