def mean(terms):
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total * (1 / len(terms))


def hinge_loss(scores, labels):
    return mean([(1 - score).relu() if label == 1 else (1 + score).relu() for score, label in zip(scores, labels)])


def softplus(v):
    if v.data > 0:
        return v + softplus(-v)
    return (1 + v.exp()).log()


def binary_cross_entropy(scores, labels):
    return mean([softplus(score) - label * score for score, label in zip(scores, labels)])


def train(model, points, labels, steps, rate):
    parameters = model.parameters()
    for p in parameters:
        p.grad = 0.0
    for step in range(steps):
        loss = binary_cross_entropy(list(map(model, points)), labels)
        loss.backward()
        for p in parameters:
            p.data, p.grad = p.data - rate * p.grad, 0.0
