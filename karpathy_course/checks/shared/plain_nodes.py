"""Nodes without any method, for probes: only the learner's function can fill in a gradient.

Probes that name this module in their exercise's `shared` find it in the separate process; it uses nothing but Python.
"""


class Node:
    """What a learner's function meets: a number, its gradient, what it was made of, and a local derivative for each."""

    def __init__(self, data, parents=(), local_derivatives=(), grad=0.0):
        self.data, self.grad = data, grad
        self.parents, self.local_derivatives = parents, local_derivatives


def nodes_of(graph, grads=None):
    """The nodes of a graph ``[[data, places of the parents, local derivatives], …]``, in whatever order they stand."""
    nodes = [Node(data) for data, _, _ in graph]
    for node, (_, parents, local), grad in zip(nodes, graph, grads or [0.0] * len(nodes)):
        node.parents, node.local_derivatives, node.grad = tuple(nodes[p] for p in parents), tuple(local), grad
    return nodes


def report(nodes):
    """What nodes hold, as plain data: their gradients and data, the places of their parents, the local derivatives."""
    place = {id(node): i for i, node in enumerate(nodes)}
    return {
        "grads": [node.grad for node in nodes],
        "data": [node.data for node in nodes],
        "parents": [[place.get(id(parent), -1) for parent in node.parents] for node in nodes],
        "local": [list(node.local_derivatives) for node in nodes],
    }
