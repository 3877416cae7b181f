"""The network of exercise 02.5 in plain Python, and the descents that its usual mistakes are.

The judge repeats the first steps of training with these, and names the mistake whose weights it finds.
"""

import math

HIDDEN = 8


def score_of(weights, point):
    """(score, hidden values) of the network 2-8-1 with tanh; weights: neuron after neuron, each with its bias last."""
    x, y = point
    hidden = [math.tanh(weights[i] * x + weights[i + 1] * y + weights[i + 2]) for i in range(0, 3 * HIDDEN, 3)]
    out = weights[3 * HIDDEN :]
    return out[HIDDEN] + sum(w * h for w, h in zip(out, hidden)), hidden


def probability(score):
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


def slope_cross_entropy(score, label):
    return probability(score) - label


def slope_hinge(score, label):
    sign = 2 * label - 1
    return -sign if 1 - sign * score > 0 else 0.0


def descend(
    weights, points, labels, steps, rate, zero=True, slope=slope_cross_entropy, left_over=0.0, decay=0.0, penalty=0.0
):
    """The weights after steps of full-batch gradient descent on the mean loss, with or without zeroed gradients.

    left_over: what every gradient is before the first step, as where it is zeroed after each step only. decay: the part
    of the rate that is lost on the way. penalty: times the sum of squares is added to the loss.
    """
    total = [left_over] * len(weights)
    out = 3 * HIDDEN
    for step in range(steps):
        gradient = total if step == 0 or not zero else [0.0] * len(weights)
        if penalty:
            gradient = [g + 2 * penalty * w for g, w in zip(gradient, weights)]
        for point, label in zip(points, labels):
            score, hidden = score_of(weights, point)
            d = slope(score, label) / len(points)
            gradient[out + HIDDEN] += d
            for i, h in enumerate(hidden):
                gradient[out + i] += d * h
                inner = d * weights[out + i] * (1 - h * h)
                gradient[3 * i] += inner * point[0]
                gradient[3 * i + 1] += inner * point[1]
                gradient[3 * i + 2] += inner
        now = rate * (1 - decay * step / steps)
        weights = [w - now * g for w, g in zip(weights, gradient)]
    return weights


def point_by_point(weights, points, labels, steps, rate, share):
    """The weights after steps that look at one point each, of the given share of the rate."""
    for k in range(steps):
        i = k % len(points)
        weights = descend(weights, points[i : i + 1], labels[i : i + 1], 1, rate * share)
    return weights


def with_momentum(weights, points, labels, steps, rate, kept=0.9):
    speed = [0.0] * len(weights)
    for _ in range(steps):
        moved = descend(weights, points, labels, 1, rate)
        speed = [kept * v + (m - w) for v, m, w in zip(speed, moved, weights)]
        weights = [w + v for w, v in zip(weights, speed)]
    return weights


def clipped(weights, points, labels, steps, rate, limit):
    for _ in range(steps):
        moved = descend(weights, points, labels, 1, rate)
        weights = [w + max(-rate * limit, min(rate * limit, m - w)) for m, w in zip(moved, weights)]
    return weights


def mean_loss(weights, points, labels):
    return sum(cross_entropy(score_of(weights, p)[0], y) for p, y in zip(points, labels)) / len(points)


def accuracy(weights, points, labels):
    """The share of points whose score has the label's sign: positive for 1."""
    right = sum((score_of(weights, p)[0] > 0) == (label == 1) for p, label in zip(points, labels))
    return right / len(points)


def cross_entropy(score, label):
    return max(score, 0.0) - score * label + math.log1p(math.exp(-abs(score)))


def hinge(score, label):
    return max(0.0, 1 - (2 * label - 1) * score)
