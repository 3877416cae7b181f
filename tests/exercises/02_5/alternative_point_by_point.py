def hinge_loss(scores, labels):
    signs = [1 if label else -1 for label in labels]
    return sum(((1 - s * z).relu() for s, z in zip(signs, scores)), Value(0.0)) / len(signs)


def binary_cross_entropy(scores, labels):
    losses = []
    for z, y in zip(scores, labels):
        if z.data >= 0:
            losses.append((1 - y) * z + (1 + (-z).exp()).log())
        else:
            losses.append((1 + z.exp()).log() - y * z)
    return sum(losses) / len(losses)


def train(model, points, labels, steps, rate):
    """The gradients of one point after the other add up in the leaves: smaller graphs, the same sum."""
    while steps:
        for p in model.parameters():
            p.grad = 0.0
        for point, label in zip(points, labels):
            (binary_cross_entropy([model(point)], [label]) / len(points)).backward()
        for p in model.parameters():
            p.data = p.data - rate * p.grad
        steps -= 1
