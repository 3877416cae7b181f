"""What the right answer to 05.7 computes, and what each usual mistake gives instead.

Right is what NumPy gives in float64, written out layer by layer; a test holds it against the engine of single numbers.
"""

from karpathy_course.checks.lecture05.array_answers import wrong
from karpathy_course.checks.lecture05.numpy_when_used import np


def sigmoid(s):
    return np.exp(-np.logaddexp(0, -s))


def cross_entropy(s, y):
    return np.logaddexp(0, s) - s * y


def scores_of(weights, x, activation=None, last=None):
    """The activations of all layers, the points first, the scores of shape (n, 1) last."""
    layers = [x]
    for k, (w, b) in enumerate(weights):
        total = layers[-1] @ w + b
        layers.append((activation or np.tanh)(total) if k < len(weights) - 1 else last(total) if last else total)
    return layers


def right(weights, x, y, slope=lambda h: 1 - h * h, of_score=sigmoid, count=None, back=lambda g, w: g @ w.T):
    """(loss, [for W, for b, for W, …]); the keywords are mistakes to be made."""
    layers = scores_of(weights, x)
    s = layers[-1][:, 0]
    g = ((of_score(s) - y) / (count or len(x)))[:, None]
    found = []
    for (w, _), h in zip(weights[::-1], layers[-2::-1]):
        found = [h.T @ g, g.sum(axis=0), *found]
        g = back(g, w) * slope(h)
    return cross_entropy(s, y).mean(), found


def loss_of(per_score):
    """A model of the loss: the mean over the points of per_score(scores, labels)."""
    return lambda weights, x, y: per_score(scores_of(weights, x)[-1][:, 0], y).mean()


WRONG_LOSS = [
    wrong("sum-not-mean", "This is the sum over the points. The loss is their mean.", 1)(
        lambda weights, x, y: right(weights, x, y)[0] * len(x)),
    wrong("n-by-n", "Scores of shape (n, 1) were combined with labels of shape (n,). Broadcasting made a table of "
          "shape (n, n): every score with every label. Make both (n,) or both (n, 1).", 2)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x)[-1], y).mean()),
    wrong("wrong-label", "The labels are exchanged. For label 1 the loss is -log sigmoid(score), small if the score is high.", 1)(
        loss_of(lambda s, y: cross_entropy(s, 1 - y))),
    wrong("one-sided", "Points with label 0 cost nothing here: for them it is -log(1 - sigmoid(score)).", 1)(
        loss_of(lambda s, y: y * cross_entropy(s, y))),
    wrong("wrong-sign", "The sign is wrong: a loss is -log p, and never negative.", 1)(
        loss_of(lambda s, y: -cross_entropy(s, y))),
    wrong("hinge", "This is the hinge loss; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: np.maximum(0, 1 - (2 * y - 1) * s))),
    wrong("squared-error", "This is the mean squared error; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: (s - y) ** 2)),
    wrong("squared-error", "This is the squared error of the probabilities; binary cross-entropy is asked for.", 1)(
        loss_of(lambda s, y: (sigmoid(s) - y) ** 2)),
    wrong("labels-as-signs", "The labels were made -1 and 1. Binary cross-entropy uses the labels 0 and 1 as they are.", 1)(
        loss_of(lambda s, y: cross_entropy(s, 2 * y - 1))),
    wrong("base-2", "This is the loss with logarithms to base 2. -log p is the natural logarithm.", 1)(
        loss_of(lambda s, y: cross_entropy(s, y) / np.log(2))),
    wrong("activated-output", "tanh was applied to the last layer too. Its scores stay as they are.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, last=np.tanh)[-1][:, 0], y).mean()),
    wrong("no-activation", "The hidden layers have no tanh.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, lambda z: z)[-1][:, 0], y).mean()),
    wrong("relu", "The hidden layers are activated by relu; tanh is asked for.", 1)(
        lambda weights, x, y: cross_entropy(scores_of(weights, x, lambda z: np.maximum(z, 0))[-1][:, 0], y).mean()),
    wrong("no-bias", "The biases are not added.", 1)(
        lambda weights, x, y: right([(w, 0 * b) for w, b in weights], x, y)[0]),
]  # fmt: skip


def column_minus_row(weights, x, y):
    """The gradients where scores of shape (n, 1) meet labels of shape (n,), summed over the labels."""
    return right(weights, x, y, of_score=lambda s: len(y) * sigmoid(s) + y - y.sum())[1]


def slope_of_sigmoid_too(weights, x, y):
    """The gradients where that of the scores is multiplied by the slope of the sigmoid."""
    return right(weights, x, y, of_score=lambda s: (sigmoid(s) - y) * sigmoid(s) * (1 - sigmoid(s)) + y)[1]


def square_as_it_is(g, w):
    """Backward through a layer, where a square W is not transposed."""
    return g @ w if w.shape[0] == w.shape[1] else g @ w.T


def gradients(**mistake):
    return lambda weights, x, y: right(weights, x, y, **mistake)[1]


def each(change, biases=False):
    """A model of the gradients: the right ones, those of the weights (or biases) changed."""
    return lambda weights, x, y: [change(g) if k % 2 == biases else g for k, g in enumerate(right(weights, x, y)[1])]


WRONG = [
    wrong("no-slope", "The slope of tanh is missing: multiply the gradient of each hidden layer by 1 - h².", 2)(
        gradients(slope=lambda h: 1.0)),
    wrong("slope-of-the-sum", "The slope of tanh at z is 1 - tanh(z)², not 1 - z²: take the activation h.", 2)(
        gradients(slope=lambda h: 1 - np.arctanh(np.clip(h, -1, 1)) ** 2)),
    wrong("slope-not-squared", "The slope of tanh is 1 - h², with h squared.", 2)(gradients(slope=lambda h: 1 - h)),
    wrong("slope-of-another", "This is the slope of relu. The hidden layers apply tanh, whose slope is 1 - h².", 2)(
        gradients(slope=lambda h: 1.0 * (h > 0))),
    wrong("slope-of-another", "h * (1 - h) is the slope of a sigmoid. The hidden layers apply tanh: 1 - h².", 2)(
        gradients(slope=lambda h: h * (1 - h))),
    wrong("slope-of-sigmoid-too", "The gradient of the scores was multiplied by p * (1 - p). With the cross-entropy this "
          "factor cancels: d loss / d score is (sigmoid(score) - label) / n.", 2)(
        slope_of_sigmoid_too),
    wrong("n-by-n", "Scores of shape (n, 1) were combined with labels of shape (n,). Broadcasting made a table of shape "
          "(n, n): every score with every label. Make both (n,), and only then a column.", 1)(column_minus_row),
    wrong("divided-twice", "The gradients of the weights were divided by n twice: it is already in the gradient of the "
          "scores.", 2)(
        lambda weights, x, y: [g if k % 2 else g / len(x) for k, g in enumerate(right(weights, x, y)[1])]),
    wrong("not-transposed", "A square W was not transposed: the gradient of a layer's input is g @ Wᵀ.", 2)(
        gradients(back=square_as_it_is)),
    wrong("bias-first", "In each pair the gradient for b comes first. Return the one for W first.", 3)(
        lambda weights, x, y: [g for pair in zip(*[iter(right(weights, x, y)[1])] * 2) for g in pair[::-1]]),
    wrong("gradient-of-the-sum", "These are the gradients of the sum over the points: the loss is their mean.", 1)(
        gradients(count=1)),
    wrong("score-for-probability", "d loss / d score is (sigmoid(score) - label) / n. The sigmoid is missing.", 2)(
        gradients(of_score=lambda s: s)),
    wrong("opposite", "The sign is wrong: d loss / d score is (sigmoid(score) - label) / n.", 2)(
        lambda weights, x, y: [-g for g in right(weights, x, y)[1]]),
    wrong("transposed", "The gradients of the weights are transposed: hᵀ @ g has the shape of W.", 2)(
        each(lambda g: g.T)),
    wrong("bias-averaged", "The gradient of a bias is the sum over the points, not their mean: the division by n is already "
          "in the gradient of the scores.", 3)(
        lambda weights, x, y: [g / len(x) if k % 2 else g for k, g in enumerate(right(weights, x, y)[1])]),
    wrong("bias-row-kept", "The gradient of a bias has shape (1, k): sum over the points without keepdims.", 3)(
        each(lambda g: g[None], biases=True)),
    wrong("last-layer-first", "The gradients are in the opposite order: return them in the order of `weights`.", 3)(
        lambda weights, x, y: [g for pair in zip(*[iter(right(weights, x, y)[1])] * 2) for g in pair][::-1]),
]  # fmt: skip
