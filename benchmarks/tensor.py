"""One training step of an MLP 64-128-128-10, the eager tape and the compiled graph beside PyTorch and HIPS autograd.

float32, 32 rows, ReLU, cross-entropy, plain SGD written out in each engine's own words; one thread. Each
engine runs in a process of its own and the processes take turns; CPU time; medians. Every engine starts from
the same weights, and must arrive at the same loss and the same weights before a time is reported.
"""

import json
import statistics
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise

from benchmarks.run import ROOT, row
from benchmarks.tensor_operations import operation_rows
from benchmarks.training_steps import training_rows

ROUNDS = 5
STEPS = 400
SIZES = (64, 128, 128, 10)
ROWS = 32
RATE = 0.1


def setting(np):
    """The batch, its labels and the weights: float32 arrays of NumPy."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, SIZES[0])).astype("float32")
    labels = rng.integers(0, SIZES[-1], ROWS)
    weights = []
    for n, m in pairwise(SIZES):
        weights += [(rng.standard_normal((n, m)) * (2 / n) ** 0.5).astype("float32"), np.zeros(m, "float32")]
    return x, labels, weights


def ours(x, labels, weights, array, update):
    """The step over the arrays that ``array`` makes of NumPy's; update(p, gradient) is their library's own best."""
    from karpathy_course.tensor import Tensor, cross_entropy

    w1, b1, w2, b2, w3, b3 = parameters = [Tensor(array(w), requires_grad=True) for w in weights]
    x, labels = Tensor(array(x)), Tensor(array(labels))

    def step():
        loss = cross_entropy(((x @ w1 + b1).relu() @ w2 + b2).relu() @ w3 + b3, labels)
        loss.backward()
        for p in parameters:
            update(p.data, p.grad)
            p.grad = None
        return loss.data

    return step, lambda: [p.data for p in parameters]


def course(x, labels, weights):
    def update(p, gradient):
        gradient *= RATE
        p -= gradient

    return ours(x, labels, weights, lambda array: array, update)


def course_on_torch(x, labels, weights):
    import torch

    torch.set_num_threads(1)
    return ours(x, labels, weights, torch.from_numpy, lambda p, gradient: p.sub_(gradient, alpha=RATE))


def compiled(x, labels, weights):
    """The same step as a graph: traced once, differentiated, optimised, compiled."""
    from karpathy_course import graph

    def loss(x, labels, w1, b1, w2, b2, w3, b3):
        return (((x @ w1 + b1).relu() @ w2 + b2).relu() @ w3 + b3).cross_entropy(labels)

    backward = graph.grad(graph.trace(loss, x, labels, *weights), ["w1", "b1", "w2", "b2", "w3", "b3"])
    passes = [graph.fold_constants, graph.simplify, graph.merge_common, graph.eliminate_dead, graph.fuse_elementwise]
    program = graph.compile(graph.optimize(backward, passes))

    def step():
        value, _, _, *gradients = program(x, labels, *weights)
        for w, g in zip(weights, gradients):
            g *= RATE
            w -= g
        return value

    return step, lambda: weights


def pytorch(x, labels, weights):
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    # as torch.nn.Linear keeps them: (outputs, inputs)
    parameters = [torch.tensor(w.T if w.ndim == 2 else w).contiguous().requires_grad_() for w in weights]
    w1, b1, w2, b2, w3, b3 = parameters
    x, labels = torch.tensor(x), torch.tensor(labels)

    def step():
        hidden = functional.relu(functional.linear(x, w1, b1))
        hidden = functional.relu(functional.linear(hidden, w2, b2))
        loss = functional.cross_entropy(functional.linear(hidden, w3, b3), labels)
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=RATE)
                p.grad = None
        return loss.detach()

    return step, lambda: [p.detach() for p in parameters]


def autograd(x, labels, weights):
    import autograd.numpy as np
    from autograd import value_and_grad

    rows = np.arange(len(labels))

    def loss_of(weights):
        w1, b1, w2, b2, w3, b3 = weights
        logits = np.maximum(np.dot(np.maximum(np.dot(x, w1) + b1, 0), w2) + b2, 0) @ w3 + b3
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - shifted[rows, labels])

    both = value_and_grad(loss_of)

    def step():
        loss, gradients = both(weights)
        for w, g in zip(weights, gradients):
            w -= RATE * g
        return loss

    return step, lambda: weights


ENGINES = {
    "course": course,
    "course on torch": course_on_torch,
    "compiled": compiled,
    "torch": pytorch,
    "autograd": autograd,
}


def work(engine):
    """The worker's side: prints the seconds of each step, the last loss and the weights' sums as JSON."""
    import time

    import numpy as np

    step, weights = ENGINES[engine](*setting(np))
    for _ in range(50):
        step()
    seconds = []
    for _ in range(STEPS):
        start = time.process_time()
        loss = step()
        seconds.append(time.process_time() - start)
    sums = [float(np.abs(np.asarray(w)).sum(dtype="float64")) for w in weights()]
    print(json.dumps({"seconds": seconds, "loss": float(loss), "sums": sums}))


def run(engine):
    command = [sys.executable, "-m", "benchmarks.tensor", engine]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def medians(run=run, engines=ENGINES):
    """{engine: median seconds of a step}. Raises RuntimeError where an engine learnt something else."""
    seconds = {engine: [] for engine in engines}
    for _ in range(ROUNDS):
        results = {engine: run(engine) for engine in engines}
        reference = results["torch"]
        for engine, result in results.items():
            figures = zip([result["loss"], *result["sums"]], [reference["loss"], *reference["sums"]])
            if any(abs(a - b) > 1e-3 * abs(b) for a, b in figures):
                raise RuntimeError(f"{engine}: loss or weights differ from torch's by more than a thousandth")
            seconds[engine] += result["seconds"]
    return {engine: statistics.median(s) for engine, s in seconds.items()}


def rows():
    if find_spec("autograd") is None:
        raise SystemExit("bench: HIPS autograd is missing: python -m pip install autograd==1.9.1")
    spent = medians()
    torch, autograd = (f"{name} {version(name).split('+')[0]}" for name in ("torch", "autograd"))
    what = f"MLP {'-'.join(map(str, SIZES))} step, {ROWS} rows, float32, one thread"
    return [
        row(f"{what}, eager", spent["course"], torch, spent["torch"], "≤ 1.0"),
        row(f"{what}, eager", spent["course"], autograd, spent["autograd"], "≤ 0.4"),
        row(f"{what}, traced and compiled", spent["compiled"], torch, spent["torch"], "≤ 0.8"),
        row(f"{what}, eager over torch arrays", spent["course on torch"], torch, spent["torch"], "≤ 1.5"),
        *training_rows(),
        *operation_rows(),
    ]


if __name__ == "__main__":
    work(sys.argv[1])
