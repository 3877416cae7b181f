"""An exercise of lecture 08 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import numpy as np

from karpathy_course.checks import check
from tests.browser.conftest import lecture


def defined_in(cell_id, *names):
    """Functions of the lecture, as its cell defines them."""
    (source,) = [cell.source for cell in lecture("08").cells if cell.id == cell_id]
    found = {"np": np}
    exec("\n\n".join(part for part in source.split("\n\n\n") if "def " in part), found)
    return [found[name] for name in names]


def passed(exercise, **answer):
    return check(exercise, namespace=answer, seed=5, record=False).passed


def test_the_lectures_weights_times_root_two_do_not_pass_08_1():
    def he_weights(fan_in, fan_out, rng, slope=0.0):
        return rng.normal(size=(fan_in, fan_out)) * np.sqrt(2) / np.sqrt(fan_in)

    def xavier_weights(fan_in, fan_out, rng):
        return rng.normal(size=(fan_in, fan_out)) * np.sqrt(2 / (fan_in + fan_out))

    assert not passed("08.1", he_weights=he_weights, xavier_weights=xavier_weights)


def test_the_lectures_count_in_one_table_does_not_pass_08_2():
    def dead_share(batches):
        return float(np.mean([(~(table > 0).any(axis=0)).mean() for table in batches]))

    assert dead_share([np.array([[0.0, 1.0]])]) == 0.5
    assert not passed("08.2", dead_share=dead_share)


def test_the_lectures_lines_of_batchnorm_do_not_pass_08_3():
    class BatchNorm:
        def __init__(self, features, eps=1e-5, momentum=0.1):
            self.eps, self.momentum, self.training = eps, momentum, True
            self.weight, self.bias = np.ones(features), np.zeros(features)
            self.running_mean, self.running_var = np.zeros(features), np.ones(features)

        def __call__(self, x):
            mean, variance = self.running_mean, self.running_var
            if self.training:
                n, mean = len(x), x.mean(axis=0)
                variance = ((x - mean) ** 2).mean(axis=0)
                keep, take = 1 - self.momentum, self.momentum
                self.running_mean = keep * self.running_mean + take * mean
                self.running_var = keep * self.running_var + take * variance * n / (n - 1)
            return (x - mean) / np.sqrt(variance + self.eps) * self.weight + self.bias

    assert np.allclose(BatchNorm(1)(np.array([[1.0], [3.0]])), [[-1], [1]], atol=1e-4)
    assert not passed("08.3", BatchNorm=BatchNorm)


def test_the_lectures_gradient_of_centring_does_not_pass_08_4():
    def batchnorm_gradients(x, weight, gradient, eps=1e-5):
        g = gradient * weight / np.sqrt(x.var(axis=0) + eps)
        normal = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
        return g - g.mean(axis=0), (gradient * normal).sum(axis=0), gradient.sum(axis=0)

    assert not passed("08.4", backprop_by_hand=lambda values: dict(values), batchnorm_gradients=batchnorm_gradients)


def test_the_lectures_one_plus_slope_does_not_pass_08_5():
    def residual_gradient(x, blocks, gradient):
        tables = [x]
        for f, _, _ in blocks:
            tables.append(tables[-1] + f(tables[-1]))
        for (_, vjp, _), h in zip(reversed(blocks), reversed(tables[:-1])):
            gradient = gradient + vjp(h, gradient)
        return gradient

    assert not passed("08.5", residual_gradient=residual_gradient)


def test_the_lectures_ratio_of_sizes_does_not_pass_08_6():
    (size_of,) = defined_in("layers", "size_of")

    def update_ratios(before, after):
        return {name: float(np.log10(size_of(after[name] - old) / size_of(old))) for name, old in before.items()}

    def rate_for_ratio(parameters, gradients, target=1e-3):
        return target * np.mean([size_of(parameters[name]) / size_of(gradients[name]) for name in parameters])

    before, after = {"0.weight": np.array([[1.0, -1.0]])}, {"0.weight": np.array([[1.001, -1.001]])}
    assert np.isclose(update_ratios(before, after)["0.weight"], -3)
    with np.errstate(all="ignore"):
        assert not passed("08.6", update_ratios=update_ratios, rate_for_ratio=rate_for_ratio)


def test_the_lectures_eval_before_and_train_afterwards_do_not_pass_08_7():
    def predict_in_batches(model, x, batch_size=32):
        model.eval()
        scores = [model(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
        model.train()
        return np.concatenate(scores)

    def fit_and_validate(model, batches, x, y, epochs, update):
        accuracies = []
        for _ in range(epochs):
            model.train()
            for batch in batches:
                update(model, *batch)
            accuracies.append(float((predict_in_batches(model, x).argmax(axis=1) == y).mean()))
        return accuracies

    assert not passed("08.7", predict_in_batches=predict_in_batches, fit_and_validate=fit_and_validate)
