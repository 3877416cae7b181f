"""Neuron, Layer and MLP: counts, shapes, seeds, and parity with PyTorch on the two-moons loss."""

import random

import pytest
import torch

from karpathy_course.data import moons
from karpathy_course.neuron import MLP, Layer, Neuron
from karpathy_course.scalar import Value


def test_a_network_has_as_many_parameters_as_its_sizes_say():
    assert len(Neuron(3).parameters()) == 4
    assert len(Layer(3, 5).parameters()) == 20
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [3, 4])([1.0, 2.0])) == 4


def test_the_same_seed_gives_the_same_network():
    first, second = (MLP(2, [4, 1], rng=random.Random(7)) for _ in range(2))
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert all(-1 <= p.data < 1 for p in first.parameters())


def test_the_last_layer_is_linear_and_the_others_are_not():
    assert [layer.neurons[0].activation for layer in MLP(2, [4, 4, 1]).layers] == ["relu", "relu", None]


def test_zero_grad_clears_every_parameter():
    model = MLP(2, [3, 1], "tanh", random.Random(0))
    model([0.5, -1.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_unknown_activations_and_wrong_widths_are_refused():
    with pytest.raises(ValueError, match="gelu"):
        Neuron(2, "gelu")
    with pytest.raises(ValueError, match="2 weights, but 3 inputs"):
        Neuron(2)([1.0, 2.0, 3.0])


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_values_and_gradients_on_the_moons_equal_torchs(activation):
    points, labels = moons(20, seed=3)
    model = MLP(2, [5, 4, 1], activation, random.Random(3))
    losses = [(1 - (2 * y - 1) * model(x)).relu() for x, y in zip(points, labels)]
    loss = sum(losses) / len(losses)
    loss.backward()

    h = torch.tensor(points, dtype=torch.float64)
    parameters = []
    for layer in model.layers:
        w = torch.tensor([[v.data for v in n.w] for n in layer.neurons], dtype=torch.float64, requires_grad=True)
        b = torch.tensor([n.b.data for n in layer.neurons], dtype=torch.float64, requires_grad=True)
        parameters.append((w, b))
        h = h @ w.T + b
        h = h if layer is model.layers[-1] else getattr(torch, activation)(h)
    signs = 2 * torch.tensor(labels, dtype=torch.float64) - 1
    expected = (1 - signs * h[:, 0]).relu().mean()
    expected.backward()

    assert loss.data == pytest.approx(expected.item(), abs=1e-12)
    theirs = [g for w, b in parameters for row, bias in zip(w.grad, b.grad) for g in (*row.tolist(), bias.item())]
    assert [p.grad for p in model.parameters()] == pytest.approx(theirs, abs=1e-12)
