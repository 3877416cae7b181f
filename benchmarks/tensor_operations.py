"""Broadcasting, matmul, indexing and reductions, forward and backward, on the eager tape beside PyTorch's.

float32, one thread, CPU time, medians; the gradients of both must agree before a time is reported. No operation may
cost twice what it costs in PyTorch, but for softmax: NumPy goes through the numbers ten times, PyTorch twice.
"""

import json
import statistics
import subprocess
import sys
from importlib.metadata import version

from benchmarks.run import ROOT, row

ROUNDS = 3
WARM, TIMES = 50, 300
# what: (the shapes of the inputs, a function of them that only uses what Tensor and torch's tensors both have)
KINDS = {
    "broadcasting: (128, 256) * (256,) + (128, 1)": (((128, 256), (256,), (128, 1)), lambda F, x, r, c: x * r + c),
    "broadcasting: (64, 1) + (1, 64)": (((64, 1), (1, 64)), lambda F, a, b: a + b),
    "matmul: (64, 256) @ (256, 256)": (((64, 256), (256, 256)), lambda F, a, b: a @ b),
    "matmul: (16, 32, 64) @ (16, 64, 32)": (((16, 32, 64), (16, 64, 32)), lambda F, a, b: a @ b),
    "indexing: 256 of 1000 rows, with repetitions": (((1000, 64),), lambda F, x: x[F.places]),
    "indexing: x[8:120, ::2]": (((128, 256),), lambda F, x: x[8:120, ::2]),
    "reductions: (128, 256).sum(0)": (((128, 256),), lambda F, x: x.sum(0)),
    "reductions: (128, 256).mean(1)": (((128, 256),), lambda F, x: x.mean(1)),
    "reductions: (128, 256).amax(1)": (((128, 256),), lambda F, x: x.amax(1)),
    "reductions: (128, 256).var(1)": (((128, 256),), lambda F, x: x.var(1)),
    "reductions: (128, 256).softmax(1)": (((128, 256),), lambda F, x: x.softmax(1)),
}


def work(engine):
    """The worker's side: for each kind the median of its seconds and its gradients' sums, as JSON."""
    import time
    from types import SimpleNamespace

    import numpy as np
    import torch

    from karpathy_course.tensor import Tensor

    torch.set_num_threads(1)
    found = {}
    for what, (shapes, function) in KINDS.items():
        rng = np.random.default_rng(0)
        arrays = [rng.standard_normal(shape).astype("float32") for shape in shapes]
        places = rng.integers(0, 1000, 256)
        if engine == "torch":
            inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
            F = SimpleNamespace(places=torch.from_numpy(places))
            made = torch.from_numpy
        else:
            inputs, F, made = (
                [Tensor(a, requires_grad=True) for a in arrays],
                SimpleNamespace(places=places),
                np.asarray,
            )
        weights = made(rng.standard_normal(tuple(function(F, *inputs).shape)).astype("float32"))

        def once(function=function, F=F, inputs=inputs, weights=weights):
            for x in inputs:
                x.grad = None
            function(F, *inputs).backward(weights)

        for _ in range(WARM):
            once()
        seconds = []
        for _ in range(TIMES):
            start = time.process_time()
            once()
            seconds.append(time.process_time() - start)
        sums = [float(np.abs(np.asarray(x.grad)).sum(dtype="float64")) for x in inputs]
        found[what] = {"seconds": statistics.median(seconds), "sums": sums}
    print(json.dumps(found))


def run(engine):
    command = [sys.executable, "-m", "benchmarks.tensor_operations", engine]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def operation_rows():
    """Raises RuntimeError where the gradients are not torch's."""
    rounds = [(run("course"), run("torch")) for _ in range(ROUNDS)]
    torch, found = f"torch {version('torch').split('+')[0]}", []
    for what in KINDS:
        for ours, theirs in rounds:
            pairs = zip(ours[what]["sums"], theirs[what]["sums"], strict=True)
            if any(abs(a - b) > 1e-4 * abs(b) for a, b in pairs):
                raise RuntimeError(f"{what}: the gradients are not torch's to a ten-thousandth")
        mine, peer = (statistics.median(pair[k][what]["seconds"] for pair in rounds) for k in (0, 1))
        goal = "≤ 3" if "softmax" in what else "≤ 2"
        found.append(row(f"{what}, forward and backward, eager", mine, torch, peer, goal))
    return found


if __name__ == "__main__":
    work(sys.argv[1])
