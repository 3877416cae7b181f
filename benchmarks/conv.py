"""A training step of small convolutional networks, beside PyTorch's eager step and the same step by hand in NumPy.

float32, batch 64, cross-entropy and plain SGD, bare weights: convolution 3×3, ReLU, max-pool 2×2, convolution 3×3, ReLU
(at 28×28 a second pool), one linear layer. Every engine begins with the same weights and must have the same
losses before a time is reported. One thread; the engines take turns in one process, step by step; CPU time; medians of
five such processes. Which arrays come and go beside a step decides how often it asks the system for memory anew, up
to a third of its time: so in a process of its own NumPy's step, by hand or ours, takes longer.
JAX's step, in a process of its own, stands beside them where it is installed: ``python -m pip install jax``.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from benchmarks.run import ROOT, row

BATCH, CLASSES, RATE = 64, 10, 0.05
ROUNDS, WARM, STEPS = 5, 25, 80
XLA = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1", "JAX_PLATFORMS": "cpu"}
COMPARED = 25  # first losses; later ones drift apart by rounding, as any two orders of the same sums do
# size of an image, channels of the two convolutions, whether a second pool follows
SETTINGS = {"1-16-32-FC at 8×8": (8, 16, 32, False), "1-8-16-FC at 28×28": (28, 8, 16, True)}
GOALS = {
    "1-16-32-FC at 8×8": {"eager": "≤ 1.2", "compiled": "≤ 1.05", "over torch arrays": "≤ 2"},
    "1-8-16-FC at 28×28": {"eager": "≤ 1.65", "compiled": "≤ 1.45", "over torch arrays": "≤ 2"},
}
BY_HAND = "≤ 1.15"


def setting(name):
    """(images, labels, weights and biases) of a network."""
    size, first, second, pooled = SETTINGS[name]
    rng = np.random.default_rng(0)
    left = size // (4 if pooled else 2)
    shapes = [(first, 1, 3, 3), (second, first, 3, 3), (CLASSES, second * left * left)]
    weights = []
    for shape in shapes:
        bound = 1 / np.sqrt(np.prod(shape[1:]))
        weights += [rng.uniform(-bound, bound, shape).astype("float32"), np.zeros(shape[0], "float32")]
    images = rng.standard_normal((BATCH, 1, size, size)).astype("float32")
    return images, rng.integers(0, CLASSES, BATCH), weights


def loss_of(F, flat, pooled):
    """The loss as a function of (images, labels, weights), in the words that torch and the course share."""

    def loss(x, labels, w1, b1, w2, b2, w3, b3):
        x = F.max_pool2d(F.relu(F.conv2d(x, w1, b1, padding=1)), 2)
        x = F.relu(F.conv2d(x, w2, b2, padding=1))
        x = F.max_pool2d(x, 2) if pooled else x
        return F.cross_entropy(F.linear(flat(x), w3, b3), labels)

    return loss


def eager(name, library="numpy"):
    from karpathy_course.nn import functional as F
    from karpathy_course.tensor import Tensor

    x, labels, arrays = setting(name)
    if library == "torch":
        import torch

        x, labels, arrays = torch.from_numpy(x), torch.from_numpy(labels), [torch.from_numpy(a) for a in arrays]
    weights = [Tensor(a, requires_grad=True) for a in arrays]
    loss, x = loss_of(F, lambda x: x.flatten(1), SETTINGS[name][3]), Tensor(x)

    def step():
        value = loss(x, labels, *weights)
        value.backward()
        for w in weights:
            w.data -= RATE * w.grad
            w.grad = None
        return value.item()

    return step


def compiled(name):
    from karpathy_course import graph
    from karpathy_course.nn import functional as F

    x, labels, weights = setting(name)
    names = ("w1", "b1", "w2", "b2", "w3", "b3")
    program = graph.grad(
        graph.trace(loss_of(F, lambda x: x.flatten(1), SETTINGS[name][3]), x, labels, *weights), inputs=names
    )
    passes = [graph.fold_constants, graph.simplify, graph.merge_common, graph.eliminate_dead, graph.fuse_elementwise]
    for improve in passes:
        program = improve(program)
    run = graph.compile(program)

    def step():
        value, _, _, *gradients = run(x, labels, *weights)
        for w, d in zip(weights, gradients):
            w -= RATE * d
        return float(value)

    return step


def pytorch(name):
    import torch

    x, labels, arrays = setting(name)
    x, labels = torch.from_numpy(x), torch.from_numpy(labels)
    weights = [torch.from_numpy(a).requires_grad_() for a in arrays]
    loss = loss_of(torch.nn.functional, lambda x: x.flatten(1), SETTINGS[name][3])

    def step():
        value = loss(x, labels, *weights)
        value.backward()
        with torch.no_grad():
            for w in weights:
                w -= RATE * w.grad
                w.grad = None
        return value.item()

    return step


def by_hand(name):
    """The step as somebody writes it who knows NumPy well and this network alone.

    Images lie as (height, batch, width, channels); columns of a window side by side, a product for each kernel row, or
    one for the narrow first layer; what backward needs is kept from forward.
    """
    x, labels, (w1, b1, w2, b2, w3, b3) = setting(name)
    pooled = SETTINGS[name][3]
    images = np.ascontiguousarray(x.transpose(2, 0, 3, 1))

    def columns(x):
        h, n, w, c = x.shape
        padded = np.zeros((h + 2, n, w + 2, c), x.dtype)
        padded[1:-1, :, 1:-1] = x
        return np.concatenate([padded[:, :, j : j + w] for j in range(3)], axis=-1)

    def pool(x):
        places = [x[i::2, :, j::2] for i in (0, 1) for j in (0, 1)]
        return np.maximum(np.maximum(places[0], places[1]), np.maximum(places[2], places[3]))

    def back_through_pool(g, x, y):
        out, free = np.empty_like(x), np.ones(y.shape, bool)
        for i in (0, 1):
            for j in (0, 1):
                hit = (x[i::2, :, j::2] == y) & free
                free ^= hit
                np.multiply(g, hit, out=out[i::2, :, j::2])
        return out

    def step():
        h, n, w, _ = images.shape
        first, second = len(w1), len(w2)
        v = columns(images)
        v1 = np.concatenate([v[i : i + h] for i in range(3)], axis=-1).reshape(-1, 9)
        a1 = v1 @ w1.reshape(first, 9).T
        a1 += b1
        r1 = np.maximum(a1, 0).reshape(h, n, w, first)
        p1 = pool(r1)
        h2, w2_ = h // 2, w // 2
        v2 = columns(p1)
        k2 = w2.transpose(2, 3, 1, 0).reshape(3, 3 * first, second)
        rows = [v2[i : i + h2].reshape(-1, 3 * first) for i in range(3)]
        a2 = rows[0] @ k2[0]
        a2 += rows[1] @ k2[1]
        a2 += rows[2] @ k2[2]
        a2 += b2
        r2 = np.maximum(a2, 0).reshape(h2, n, w2_, second)
        p2 = pool(r2) if pooled else r2
        flat = p2.transpose(1, 3, 0, 2).reshape(n, -1)
        z = flat @ w3.T
        z += b3
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1)
        value = (np.log(total) - z[np.arange(n), labels]).sum() / n

        g = e / total[:, None]
        g[np.arange(n), labels] -= 1
        g /= n
        dw3, db3 = g.T @ flat, g.sum(axis=0)
        g = (g @ w3).reshape(n, second, *p2.shape[::2]).transpose(2, 0, 3, 1)
        g = back_through_pool(np.ascontiguousarray(g), r2, p2) if pooled else g
        g = (g * (r2 > 0)).reshape(-1, second)
        dw2, db2 = np.stack([part.T @ g for part in rows]), g.sum(axis=0)
        dw2 = dw2.reshape(3, 3, first, second).transpose(3, 2, 0, 1)
        wide = np.zeros((h2 + 2, n, w2_, 3 * first), g.dtype)
        for i in range(3):
            wide[i : i + h2] += (g @ k2[i].T).reshape(h2, n, w2_, 3 * first)
        d = np.zeros((h2, n, w2_ + 2, first), g.dtype)
        for j in range(3):
            d[:, :, j : j + w2_] += wide[1:-1, :, :, j * first : (j + 1) * first]
        g = back_through_pool(d[:, :, 1:-1], r1, p1)
        g = (g * (r1 > 0)).reshape(-1, first)
        dw1, db1 = (v1.T @ g).T.reshape(w1.shape), g.sum(axis=0)
        for weight, gradient in ((w1, dw1), (b1, db1), (w2, dw2), (b2, db2), (w3, dw3), (b3, db3)):
            weight -= RATE * gradient
        return float(value)

    return step


def jax(name):
    """The step as one jitted program; its own first axis order (batch, channels, height, width) is torch's."""
    import jax as library
    import jax.numpy as jnp
    from jax import lax, nn

    x, labels, weights = setting(name)
    pooled, rows = SETTINGS[name][3], np.arange(BATCH)

    def conv2d(x, w, b):
        y = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        return nn.relu(y + b[:, None, None])

    def pool(x):
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(weights):
        w1, b1, w2, b2, w3, b3 = weights
        y = conv2d(pool(conv2d(x, w1, b1)), w2, b2)
        y = (pool(y) if pooled else y).reshape(BATCH, -1) @ w3.T + b3
        return -nn.log_softmax(y)[rows, labels].mean()

    @library.jit
    def learn(weights):
        value, gradients = library.value_and_grad(loss)(weights)
        return value, [w - RATE * d for w, d in zip(weights, gradients)]

    state = [[jnp.asarray(w) for w in weights]]

    def step():
        value, state[0] = learn(state[0])
        library.block_until_ready(state[0])
        return float(value)

    return step


TOGETHER = {
    "PyTorch": pytorch,
    "by hand": by_hand,
    "eager": eager,
    "compiled": compiled,
    "over torch arrays": lambda name: eager(name, "torch"),
}
ALONE = {"JAX": jax}  # two libraries' threads in one process get in one another's way


def work(names, name):
    """The worker's side: the engines take turns, step by step; prints {engine: [its losses, its seconds]} as JSON."""
    engines = {**TOGETHER, **ALONE}
    if "PyTorch" in names:
        import torch

        torch.set_num_threads(1)
    steps = {engine: engines[engine](name) for engine in names}
    found = {engine: [[], []] for engine in names}
    for _ in range(WARM + STEPS):
        for engine, step in steps.items():
            start = time.process_time()
            loss = step()
            found[engine][1].append(time.process_time() - start)
            found[engine][0].append(loss)
    print(json.dumps({e: [losses[:COMPARED], seconds[WARM:]] for e, (losses, seconds) in found.items()}))


def run(names, name):
    command = [sys.executable, "-m", "benchmarks.conv", ",".join(names), name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, **XLA})
    return json.loads(done.stdout)


def medians(name, run=run):
    """{engine: median of the rounds' median seconds}. Raises RuntimeError where the losses are not PyTorch's."""
    seconds = {}
    for _ in range(ROUNDS):
        found = run(list(TOGETHER), name) | (run(list(ALONE), name) if find_spec("jax") else {})
        for engine, (losses, spent) in found.items():
            if not np.allclose(losses, found["PyTorch"][0], rtol=1e-4):
                raise RuntimeError(f"{name}, {engine}: the first losses are not torch's to a ten-thousandth")
            seconds.setdefault(engine, []).append(statistics.median(spent))
    return {engine: statistics.median(found) for engine, found in seconds.items()}


def rows():
    torch, table = f"torch {version('torch').split('+')[0]}, eager", []
    for name in SETTINGS:
        spent, what = medians(name), f"CNN {name}, batch {BATCH}, training step"
        for engine, goal in GOALS[name].items():
            table.append(row(f"{what}, {engine}", spent[engine], torch, spent["PyTorch"], goal))
        hand = f"the same step by hand, NumPy {np.__version__}"
        table.append(row(f"{what}, compiled", spent["compiled"], hand, spent["by hand"], BY_HAND))
        table.append(row(f"{what}, by hand", spent["by hand"], torch, spent["PyTorch"], None))
        if "JAX" in spent:
            table.append(row(f"{what}, compiled", spent["compiled"], f"JAX {version('jax')}, jit", spent["JAX"], None))
    return table


if __name__ == "__main__":
    work(sys.argv[1].split(","), sys.argv[2])
