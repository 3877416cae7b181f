"""A training step as a learner writes it, through modules, an optimiser and `fit`, beside PyTorch's.

float32, cross-entropy, each optimiser, the Step of each step read (its loss); one thread. Both begin with the same
weights and must arrive at the same losses and weights before a time is reported. Each engine runs in a process of its
own and the processes take turns; CPU time; medians.
"""

import json
import statistics
import subprocess
import sys
from importlib.metadata import version
from itertools import pairwise

from benchmarks.run import ROOT, row

ROUNDS = 5
WARM, STEPS = 50, 400
EPOCH = 25  # batches: what begins an epoch is shared by its steps, as in any training
RATE = 0.01
# sizes of the layers, rows of a batch
SETTINGS = {"64-128-128-10": ((64, 128, 128, 10), 32), "2-16-16-2": ((2, 16, 16, 2), 1)}
OPTIMIZERS = {"64-128-128-10": ("SGD", "RMSprop", "Adam", "AdamW"), "2-16-16-2": ("SGD", "Adam")}
ENGINES = ("torch", "eager", "compiled")
GOALS = {
    ("64-128-128-10", "eager"): "≤ 0.90",
    ("64-128-128-10", "compiled"): "≤ 0.55",
    ("2-16-16-2", "eager"): "≤ 0.95",
    ("2-16-16-2", "compiled"): "≤ 0.95",
}


def setting(name):
    """(model of the course, inputs, labels)."""
    import numpy as np

    from karpathy_course import nn

    sizes, rows = SETTINGS[name]
    nn.manual_seed(0)
    layers = []
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m), nn.ReLU()]
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, sizes[0])).astype("float32")
    return nn.Sequential(*layers[:-1]), x, rng.integers(0, sizes[-1], rows)


def course(name, optimizer, compiled):
    """(a function that takes a step and gives its loss, one that gives the weights)."""
    from karpathy_course import nn, optim
    from karpathy_course.train import fit

    model, x, labels = setting(name)
    optimizer = getattr(optim, optimizer)(model.parameters(), lr=RATE)
    epochs = (WARM + STEPS) // EPOCH
    steps = fit(model, [(x, labels)] * EPOCH, nn.CrossEntropyLoss(), optimizer, epochs=epochs, compiled=compiled)
    return lambda: next(steps).loss, lambda: [p.data for p in model.parameters()]


def pytorch(name, optimizer):
    import torch

    from karpathy_course.torch_reference import to_torch

    torch.set_num_threads(1)
    model, x, labels = setting(name)
    model, x, labels = to_torch(model), torch.from_numpy(x), torch.from_numpy(labels)
    loss_fn = torch.nn.CrossEntropyLoss()
    optimizer = getattr(torch.optim, optimizer)(model.parameters(), lr=RATE)

    def step():
        optimizer.zero_grad()
        loss = loss_fn(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, lambda: [p.detach().numpy() for p in model.parameters()]


def work(engine, name, optimizer):
    """The worker's side: prints the seconds of each step, the losses' sum and the weights' sums as JSON."""
    import time

    import numpy as np

    make = pytorch if engine == "torch" else course
    step, weights = make(name, optimizer, *([engine == "compiled"] if engine != "torch" else []))
    losses, seconds = [step() for _ in range(WARM)], []
    for _ in range(STEPS):
        start = time.process_time()
        losses.append(step())
        seconds.append(time.process_time() - start)
    sums = [float(np.abs(w).sum(dtype="float64")) for w in weights()]
    print(json.dumps({"seconds": seconds, "figures": [sum(losses), *sums]}))


def run(*words):
    command = [sys.executable, "-m", "benchmarks.training_steps", *words]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def medians(name, optimizer, run=run):
    """{engine: median seconds of a step}. Raises RuntimeError where an engine learnt something else."""
    seconds = {engine: [] for engine in ENGINES}
    for _ in range(ROUNDS):
        results = {engine: run(engine, name, optimizer) for engine in ENGINES}
        for engine, result in results.items():
            pairs = zip(result["figures"], results["torch"]["figures"], strict=True)
            if any(abs(a - b) > 1e-3 * abs(b) for a, b in pairs):
                raise RuntimeError(f"{name}, {optimizer}, {engine}: losses or weights are not torch's to a thousandth")
            seconds[engine] += result["seconds"]
    return {engine: statistics.median(s) for engine, s in seconds.items()}


def training_rows():
    torch, found = f"torch {version('torch').split('+')[0]}, modules and torch.optim", []
    for name, (_, batch) in SETTINGS.items():
        for optimizer in OPTIMIZERS[name]:
            spent = medians(name, optimizer)
            what = f"MLP {name}, batch {batch}, {optimizer}, step through nn, optim and fit"
            for engine in ("eager", "compiled"):
                found.append(row(f"{what}, {engine}", spent[engine], torch, spent["torch"], GOALS[name, engine]))
    return found


if __name__ == "__main__":
    work(*sys.argv[1:])
