"""Lecture 02 for the learner's engine: what stands in for an answer that is open."""

from karpathy_course.scalar import Value, weighted_sum


def accumulate(node):
    """Pass the gradient of one node on to its parents; one whose grad is None is a constant."""
    for parent, local in zip(node.parents, node.local_derivatives):
        if parent.grad is not None:
            parent.grad += local * node.grad


def topo_sort(*roots):
    """The nodes that roots depend on, each once, every one before its parents."""
    order, met, stack = [], set(), [(root, False) for root in roots]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif node not in met:
            met.add(node)
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order[::-1]


def backward(root):
    """Add d(root)/d(leaf) to the grad of every leaf below root, and set that of every inner node."""
    order = topo_sort(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in order:
        accumulate(node)


class Neuron:
    """activation(b + w · x) of n_inputs numbers. activation: "relu", "tanh" or None. rng: a random.Random."""

    def __init__(self, n_inputs, activation, rng):
        self.w, self.b = [Value(rng.uniform(-1, 1)) for _ in range(n_inputs)], Value(0.0)
        self.activation = activation

    def __call__(self, x):
        total = weighted_sum(self.w, x, self.b)
        return getattr(total, self.activation)() if self.activation else total

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    """n_outputs neurons that see the same n_inputs numbers."""

    def __init__(self, n_inputs, n_outputs, activation, rng):
        self.neurons = [Neuron(n_inputs, activation, rng) for _ in range(n_outputs)]

    def __call__(self, x):
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP:
    """Layers of the given sizes, the last one linear."""

    def __init__(self, n_inputs, sizes, activation, rng):
        widths, last = [n_inputs, *sizes], len(sizes) - 1
        self.layers = [Layer(widths[k], size, activation if k < last else None, rng) for k, size in enumerate(sizes)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer.parameters()]


def hinge_loss(scores, labels):
    """The mean hinge loss, a Value. labels: 0 or 1."""
    return sum((1 - (2 * label - 1) * score).relu() for score, label in zip(scores, labels)) / len(scores)


def binary_cross_entropy(scores, labels):
    """The mean binary cross-entropy, a Value, for scores of any size. labels: 0 or 1."""
    total = 0
    for score, label in zip(scores, labels):
        wrong = -score if label else score  # how far the score is on the wrong side
        total = total + (wrong + (1 + (-wrong).exp()).log() if wrong.data > 0 else (1 + wrong.exp()).log())
    return total / len(scores)


def train(model, points, labels, steps, rate):
    """Take steps of full-batch gradient descent on the mean binary cross-entropy, in place."""
    for _ in range(steps):
        loss = binary_cross_entropy([model(point) for point in points], labels)
        for parameter in model.parameters():
            parameter.grad = 0.0
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= rate * parameter.grad
