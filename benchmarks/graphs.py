"""How long a graph takes from a learner's root to the first screen: reading, folding, drawing; CPU seconds.

`timings()` gives the figures to whoever prints them (benchmarks/widgets.py); run alone it prints its own.
"""

import random
from itertools import pairwise
from time import process_time

from karpathy_course.data import moons
from karpathy_course.neuron import MLP
from karpathy_course.scalar import Value, weighted_sum
from karpathy_course.widgets.graph_player.folding import plan, view
from karpathy_course.widgets.layout import layered
from karpathy_course.widgets.learner_graph.observing import observe
from karpathy_course.widgets.learner_graph.reading import read_graph


def chain(length):
    x = Value(1.0)
    for k in range(length):
        x = x * 1.000001 if k % 2 else x + 1
    return x


def random_dag(steps, seed=0):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-1, 1)) for _ in range(100)]
    for _ in range(steps):
        a, b = nodes[-rng.randrange(1, 100)], nodes[-rng.randrange(1, 100)]
        nodes.append(a * b if rng.random() < 0.5 else (a + b) * 0.5)
    return weighted_sum([1.0] * 100, nodes[-100:], 0.0)


def moons_loss(kind=Value, samples=100):
    """The two-moons hinge loss of a 2-16-16-1 network with plain operators: about 67 000 nodes."""
    rng = random.Random(0)
    widths = [2, 16, 16, 1]
    layers = [
        [([kind(rng.uniform(-1, 1)) for _ in range(a)], kind(0.1)) for _ in range(b)] for a, b in pairwise(widths)
    ]
    losses = []
    for point, label in zip(*moons(samples)):
        x = [kind(number) for number in point]
        for depth, layer in enumerate(layers):
            sums = [sum((w * v for w, v in zip(ws, x)), b) for ws, b in layer]
            x = sums if depth == 2 else [total.relu() for total in sums]
        losses.append((x[0] * kind(1.0 - 2 * label) + kind(1.0)).relu())
    return sum(losses, kind(0.0)) * kind(1 / samples)


def layout_graph(nodes=300, seed=0):
    """A graph as wide and as tangled as an opened layer: (sizes, edges)."""
    rng = random.Random(seed)
    edges = [(rng.randrange(max(0, k - 25), k), k) for k in range(1, nodes) for _ in range(rng.choice([1, 1, 2]))]
    return [(72.0, 52.0)] * nodes, edges


def _best(run, times=3):
    seconds = []
    for _ in range(times):
        start = process_time()
        run()
        seconds.append(process_time() - start)
    return min(seconds)


def timings():
    """{what: CPU seconds, the best of three}; building the graph itself is not counted."""
    small = MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)])
    graph = read_graph(small)
    return {
        "layout of 300 nodes": _best(lambda: layered(*layout_graph())),
        "a 2-16-16-1 network, read and folded": _best(lambda: view(read_graph(small))),
        "its own backward, watched": _best(lambda: observe(small, graph)),
        "all groups of it opened": _best(lambda: [view(graph, path) for path in plan(graph).by_path]),
        **{
            f"{what}, {len(read_graph(root))} nodes, read and folded": _best(lambda root=root: view(read_graph(root)))
            for what, root in (
                ("a chain", chain(100_000)),
                ("a random graph", random_dag(70_000)),
                ("the moons loss", moons_loss()),
            )
        },
    }


if __name__ == "__main__":
    for what, seconds in timings().items():
        print(f"{what:<60}{1000 * seconds:8.1f} ms")
