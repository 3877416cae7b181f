"""One training step on the two moons, the scalar engine beside micrograd.

100 points, the 2-16-16-1 network of 337 parameters, hinge loss and L2, as in micrograd's demo. Each
engine runs in a process of its own, because micrograd's closures form cycles that make the garbage
collector's work everybody's; the processes take turns; CPU time; medians. With the collector off,
cycles are collected between steps, outside the measured time. Every engine starts from the same
weights, and must arrive at the same loss and the same gradients to 1e-9 before a time is reported.
"""

import json
import statistics
import subprocess
import sys
from importlib.metadata import version

from benchmarks.run import ROOT, row

ROUNDS = 5
STEPS = 3
GOALS = {
    ("plain", "on"): "≥ 5",
    ("plain", "off"): "≥ 1.6",
    ("weighted_sum", "on"): "≥ 42",
    ("weighted_sum", "off"): "≥ 8",
}
NAMES = {"plain": "plain operators", "weighted_sum": "weighted_sum neurons"}


def networks(engine):
    """(Value, MLP) of "micrograd", "plain" (our Value, a neuron of + and *) or "weighted_sum"."""
    if engine == "micrograd":
        from micrograd.engine import Value
        from micrograd.nn import MLP

        return Value, MLP
    from karpathy_course import neuron
    from karpathy_course.scalar import Value

    if engine == "plain":

        def call(self, x):
            total = sum((w * v for w, v in zip(self.w, x)), self.b)
            return getattr(total, self.activation)() if self.activation else total

        neuron.Neuron.__call__ = call
    return Value, neuron.MLP


def step(model, value_class, points, labels):
    """Forward and backward of micrograd's demo loss; returns the loss."""
    scores = [model([value_class(x) for x in point]) for point in points]
    losses = [(1 + -(2 * y - 1) * score).relu() for y, score in zip(labels, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    total = data_loss + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    total.backward()
    return total.data


def work(engine, collector):
    """The worker's side: prints seconds of each step, the loss and the gradients as JSON."""
    import gc
    import random
    import time

    from karpathy_course.data import moons

    value_class, mlp = networks(engine)
    points, labels = moons(100, noise=0.1, seed=1)
    model = mlp(2, [16, 16, 1])
    rng = random.Random(1337)
    for p in model.parameters():
        p.data = rng.uniform(-1, 1)
    step(model, value_class, points, labels)
    if collector == "off":
        gc.disable()
    seconds = []
    for _ in range(STEPS):
        if collector == "off":
            gc.collect()
        start = time.process_time()
        loss = step(model, value_class, points, labels)
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": seconds, "loss": loss, "grads": [p.grad for p in model.parameters()]}))


def run(engine, collector):
    command = [sys.executable, "-m", "benchmarks.scalar", engine, collector]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def rows():
    peer = f"micrograd {version('micrograd')}"
    made = []
    for collector in ("on", "off"):
        seconds = {"micrograd": [], "plain": [], "weighted_sum": []}
        for _ in range(ROUNDS):
            results = {engine: run(engine, collector) for engine in seconds}
            reference = results["micrograd"]
            for engine, result in results.items():
                worst = max(abs(a - b) for a, b in zip(result["grads"], reference["grads"]))
                if abs(result["loss"] - reference["loss"]) > 1e-9 or worst > 1e-9:
                    raise RuntimeError(f"{engine}: loss or gradients differ from micrograd's by more than 1e-9")
                seconds[engine] += result["seconds"]
        medians = {engine: statistics.median(s) for engine, s in seconds.items()}
        for engine, name in NAMES.items():
            what = f"two-moons step, {name}, garbage collector {collector}"
            made.append(row(what, medians[engine], peer, medians["micrograd"], GOALS[engine, collector]))
    return made


if __name__ == "__main__":
    work(*sys.argv[1:])
