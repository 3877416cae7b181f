"""What graphs are worth: the two-moons step packed and compiled, beside NumPy by hand and micrograd; and the passes.

100 points, the 2-16-16-1 network of 337 parameters, hinge loss and L2. "batch" is the graph of one point lifted
over all of them, operation by operation; "pack" makes matrix products of it first. Each engine runs in a process
of its own, the processes take turns, CPU time, medians; before a time is reported the gradients must equal the
eager engine's to 1e-12 (micrograd's to 1e-9). The rows of `bench tensor` come last.
"""

import json
import random
import statistics
import subprocess
import sys
import time
from importlib.metadata import version

from benchmarks import scalar, tensor
from benchmarks.run import ROOT, row

ROUNDS = 3
STEPS = {"by hand": 2000, "packed": 2000, "batched": 100}
SIZES = (16, 16, 1)


def network(theta, x):
    """The score of one point, number by number; theta holds each neuron's weights and then its bias."""
    k = 0
    for depth, width in enumerate(SIZES):
        layer = []
        for _ in range(width):
            total = sum((theta[k + i] * v for i, v in enumerate(x)), theta[k + len(x)])
            k += len(x) + 1
            layer.append(total if depth == len(SIZES) - 1 else total.relu())
        x = layer
    return x[0]


def setting():
    """(theta, points, labels in -1 and 1): the weights and data of benchmarks/scalar.py."""
    import numpy as np

    from karpathy_course.data import moons

    points, labels = moons(100, noise=0.1, seed=1)
    rng = random.Random(1337)
    return np.array([rng.uniform(-1, 1) for _ in range(337)]), np.array(points), 2.0 * np.array(labels) - 1


def program(packed):
    """The step as a compiled function of (theta, points, labels), from the scalar formula of one point."""
    from karpathy_course import graph

    theta, points, labels = setting()
    pack = graph.pack if packed else lambda each: each
    one = graph.trace(lambda theta, x, y: (1 - y * network(theta, [x[0], x[1]])).relu(), theta, points[0], labels[0])
    every = graph.batch(pack(one), ["x", "y"], len(points))

    def loss(theta, points, labels):
        return every(theta, points, labels).mean() + 1e-4 * sum(t * t for t in theta)

    step = graph.grad(pack(graph.trace(loss, theta, points, labels)), ["theta"])
    passes = [graph.fold_constants, graph.simplify, graph.merge_common, graph.eliminate_dead, graph.fuse_elementwise]
    return graph.compile(graph.optimize(step, passes), "step")


def by_hand(theta, points, labels):
    """The same step as a person writes it in NumPy, on matrices; returns (step, the gradients as one vector)."""
    import numpy as np

    parameters, k = [], 0
    for n, m in zip((2, *SIZES), SIZES):
        block = theta[k : k + (n + 1) * m].reshape(m, n + 1)
        parameters += [np.ascontiguousarray(block[:, :n].T), block[:, n].copy()]
        k += (n + 1) * m
    w1, b1, w2, b2, w3, b3 = parameters

    def step():
        h1 = np.maximum(points @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        margin = np.maximum(1 - labels * (h2 @ w3 + b3)[:, 0], 0)
        loss = margin.mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        g = (-labels * (margin > 0) / len(labels))[:, None]
        gradients = [None, None, None, None, h2.T @ g, g.sum(0)]
        g = (g @ w3.T) * (h2 > 0)
        gradients[2:4] = h1.T @ g, g.sum(0)
        g = (g @ w2.T) * (h1 > 0)
        gradients[0:2] = points.T @ g, g.sum(0)
        return loss, [d + 2e-4 * p for d, p in zip(gradients, parameters)]

    def flat(gradients):
        pairs = zip(gradients[::2], gradients[1::2])
        return np.concatenate([np.concatenate([w, b[None]]).T.reshape(-1) for w, b in pairs])

    return step, flat


def work(engine):
    """The worker's side: prints the seconds of each step, the loss and the gradients as JSON."""
    theta, points, labels = setting()
    if engine == "by hand":
        step, flat = by_hand(theta, points, labels)
    else:
        compiled = program(engine == "packed")
        step, flat = lambda: compiled(theta, points, labels)[:2], lambda gradient: gradient
    for _ in range(20):
        step()
    seconds = []
    for _ in range(STEPS[engine]):
        start = time.process_time()
        loss, gradients = step()
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": seconds, "loss": float(loss), "grads": flat(gradients).tolist()}))


def run(engine):
    command = [sys.executable, "-m", "benchmarks.graph", engine]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def moons_rows():
    seconds = {"micrograd on": [], "micrograd off": [], **{engine: [] for engine in STEPS}}
    for _ in range(ROUNDS):
        eager = scalar.run("weighted_sum", "off")
        found = {engine: run(engine) for engine in STEPS}
        found |= {f"micrograd {collector}": scalar.run("micrograd", collector) for collector in ("on", "off")}
        for engine, result in found.items():
            tolerance = 1e-9 if engine.startswith("micrograd") else 1e-12
            worst = max(abs(a - b) for a, b in zip(result["grads"], eager["grads"], strict=True))
            if abs(result["loss"] - eager["loss"]) > tolerance or worst > tolerance:
                raise RuntimeError(f"{engine}: loss or gradients differ from the eager engine's by {worst:.1e}")
            seconds[engine] += result["seconds"]
    spent = {engine: statistics.median(s) for engine, s in seconds.items()}
    micrograd = f"micrograd {version('micrograd')}"
    what = "two-moons step, compiled"
    return [
        row(f"{what} with pack", spent["packed"], f"NumPy {version('numpy')} by hand", spent["by hand"], "≤ 1.4"),
        row(
            f"{what} with batch, micrograd's collector on", spent["batched"], micrograd, spent["micrograd on"], "≥ 400"
        ),
        row(f"{what} with batch, collector off", spent["batched"], micrograd, spent["micrograd off"]),
        row(f"{what} with pack, micrograd's collector on", spent["packed"], micrograd, spent["micrograd on"], "≥ 5000"),
        row(f"{what} with pack, collector off", spent["packed"], micrograd, spent["micrograd off"], "≥ 1000"),
    ]


def random_graph(nodes, seed=0):
    """A graph of so many nodes that gives every pass something to do."""
    from karpathy_course.graph.core import Builder
    from karpathy_course.graph.nesting import Leaf, Nest

    rng, builder = random.Random(seed), Builder()
    names = [f"x{k}" for k in range(20)]
    numbers = [builder.input((), "float64") for _ in names]
    constants = [builder.constant(value) for value in (0.0, 1.0, 2.0, 3.0, -1.0)]
    while len(builder.code) < nodes:
        a, b = numbers[-1 - rng.randrange(min(200, len(numbers)))], numbers[-1 - rng.randrange(min(200, len(numbers)))]
        choice = rng.random()
        op = rng.choice(("add", "mul", "sub", "div", "tanh", "neg"))
        args = (a,) if op in ("tanh", "neg") else (a, rng.choice(constants) if choice < 0.2 else b)
        for _ in range(2 if choice > 0.95 else 1):
            numbers.append(builder.put(op, args, (), (), "float64"))
        if choice < 0.05:
            numbers.append(builder.put("mul", tuple(rng.sample(constants, 2)), (), (), "number"))
    takes = Nest("leaf", (), (Nest("tuple", (), tuple(map(Leaf, names))),))
    return builder.graph(numbers[-50:], names, takes, Nest("leaf", (), (Nest("tuple", (), (Leaf("value"),) * 50),)))


def pass_rows():
    from karpathy_course import graph

    goals = {10**5: "≤ 1", 10**6: "≤ 10"}
    passes = [graph.fold_constants, graph.simplify, graph.merge_common, graph.eliminate_dead]
    graph.optimize(random_graph(100), passes)
    rows = []
    for nodes in (10**3, 10**4, 10**5, 10**6):
        made = random_graph(nodes)
        start = time.process_time()
        left = graph.optimize(made, passes)
        spent = time.process_time() - start
        what = (
            f"fold, simplify, merge, eliminate on 10^{len(str(nodes)) - 1} nodes ({left.operations()} operations left)"
        )
        rows.append(row(f"{what}, CPU seconds", spent, goal=goals.get(nodes)))
    return rows


def rows():
    return [*moons_rows(), *pass_rows(), *tensor.rows()]


if __name__ == "__main__":
    work(sys.argv[1])
