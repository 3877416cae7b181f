"""Modules as trees: names, state, modes, and what is refused."""

import copy

import numpy as np
import pytest
import torch

from karpathy_course import nn
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor


class Net(nn.Module):
    def __init__(self):
        self.table = nn.Embedding(7, 3)
        self.stack = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        x = self.table(x)
        for layer in self.stack:
            x = layer(x)
        return self.norm(self.head(x))


def make_torch_net():
    net = torch.nn.Module()
    net.table = torch.nn.Embedding(7, 3)
    net.stack = torch.nn.ModuleList([torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)])
    net.head = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(3, 2))
    net.norm = torch.nn.BatchNorm1d(2)
    return net


def test_names_of_a_tree_are_torchs():
    ours, theirs = Net(), make_torch_net()
    for what in ("named_parameters", "named_buffers", "named_children", "named_modules"):
        assert [k for k, _ in getattr(ours, what)()] == [k for k, _ in getattr(theirs, what)()], what
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_weights_go_both_ways():
    ours, theirs = Net(), make_torch_net()
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])
    for k, value in theirs.state_dict().items():
        assert np.array_equal(ours.state_dict()[k], value.numpy()), k
    theirs.load_state_dict({k: torch.tensor(np.asarray(v)) for k, v in Net().state_dict().items()})


def test_a_state_that_does_not_fit_is_refused_whole_in_torchs_words():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    state = {k: v + 1 for k, v in model.state_dict().items()}
    before = {k: v.copy() for k, v in model.state_dict().items()}
    del state["0.bias"]
    state["2.weight"] = np.zeros(2)
    state["1.weight"] = np.zeros((5, 2), "float32")
    with pytest.raises(RuntimeError) as caught:
        model.load_state_dict(state)
    said = str(caught.value)
    assert said.startswith("Error(s) in loading state_dict for Sequential:")
    for part in (
        'Missing key(s) in state_dict: "0.bias".',
        'Unexpected key(s) in state_dict: "2.weight".',
        "size mismatch for 1.weight: the state has shape (5, 2), the model's is (2, 2).",
    ):
        assert part in said
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())
    del state["1.weight"]
    assert model.load_state_dict(state, strict=False) == (["0.bias", "1.weight"], ["2.weight"])
    assert np.array_equal(model.state_dict()["0.weight"], before["0.weight"] + 1)
    with pytest.raises(TypeError, match=r"0\.bias: expected an array, got str"):
        model.load_state_dict({"0.bias": "no"}, strict=False)


def test_statistics_that_have_run_are_still_arrays_that_a_state_can_be_copied_into():
    model = Net()
    model(np.array([1, 2, 3]))
    assert all(isinstance(x, np.ndarray) for x in model.state_dict().values())
    model.load_state_dict({k: np.array(v) for k, v in model.state_dict().items()})
    assert model.norm.num_batches_tracked.item() == 1


def test_modes_and_gradients_reach_the_whole_tree():
    model = Net()
    assert model.eval() is model and not any(m.training for m in model.modules())
    assert model.train() is model and all(m.training for m in model.modules())
    model(np.array([1, 2, 3])).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())
    model.requires_grad_(False)
    assert not model(np.array([1, 2])).requires_grad


def test_a_shared_parameter_is_learnt_once_and_saved_under_both_names():
    model = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    model[1].weight = model[0].weight
    assert [k for k, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_copy_is_independent_and_of_the_same_kind():
    model = Net()
    other = copy.deepcopy(model)
    assert type(other.head[1].weight) is nn.Parameter and type(other.norm.running_var) is nn.Buffer
    other.head[1].weight.data += 1
    assert not np.array_equal(model.head[1].weight.data, other.head[1].weight.data)
    x = np.array([1, 2, 3])
    model.head[1].weight.data += 1
    assert np.array_equal(model(x).data, other(x).data)


def test_containers_count_index_and_append():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    model.append(nn.Linear(3, 1))
    assert len(model) == 3 and isinstance(model[-1], nn.Linear) and len(model[:2]) == 2
    assert model(np.ones((5, 2), "float32")).shape == (5, 1)
    named = nn.Sequential({"first": nn.Linear(2, 3), "second": nn.ReLU()})
    assert list(named.state_dict()) == ["first.weight", "first.bias"]
    del named.second
    x = np.linspace(-5, 5, 10, dtype="float32").reshape(5, 2)  # the layer's outputs have both signs
    assert np.array_equal(named(x).data, named.first(x).data)
    with pytest.raises(TypeError, match="is not a Module"):
        nn.Sequential(abs)
    with pytest.raises(NotImplementedError, match="ModuleList: its class has no forward"):
        nn.ModuleList([])(1)


def test_a_modules_forward_may_take_words():
    class Scaled(nn.Module):
        def forward(self, x, scale=1.0):
            return x * scale

    assert Scaled()(np.ones(2), scale=3.0).tolist() == [3, 3]


def test_another_dtype_is_that_of_every_parameter_and_buffer_of_floats():
    model = Net().double()
    kinds = {k: str(v.dtype) for k, v in model.state_dict().items()}
    assert kinds.pop("norm.num_batches_tracked") == "int64" and set(kinds.values()) == {"float64"}
    assert model.float().head[1].weight.dtype == np.float32


def test_a_module_prints_its_tree_as_torch_does():
    ours = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Flatten()))
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Flatten()))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: nn.Linear(3, 2)(np.ones((4, 5), "float32")), ShapeError, r"linear: x \(4, 5\), weight \(2, 3\)"),
        (lambda: nn.Linear(3, 2)(np.ones((4, 3))), TypeError, "float64 on cpu and numpy array of float32"),
        (lambda: nn.Linear(3, 2)(torch.ones(4, 3)), TypeError, "torch array"),
        (lambda: nn.Linear(3, 2)(torch.ones(4, 3, device="meta")), TypeError, "meta"),
        (lambda: nn.BatchNorm1d(3)(np.ones((1, 3), "float32")), ValueError, "and so no variance"),
        (lambda: nn.BatchNorm1d(3)(np.ones((2, 4), "float32")), ShapeError, r"expected \(batch, 3\) .* got \(2, 4\)"),
        (lambda: nn.Dropout(1.5), ValueError, "p=1.5 is no probability"),
        (lambda: nn.functional.dropout(np.ones(2), -0.1), ValueError, "p=-0.1 is no probability"),
        (lambda: nn.Embedding(3, 2, 3), ValueError, "padding_idx 3"),
        (lambda: nn.Embedding(3, 2)(np.ones(2)), TypeError, "embedding: number of float64: expected whole numbers"),
        (lambda: nn.GELU("erf")(np.ones(2)), ValueError, "'none' or 'tanh'"),
        (lambda: nn.CrossEntropyLoss()(np.ones((2, 3)), np.array([0, 3])), IndexError, "target 3 is out of range"),
        (lambda: nn.CrossEntropyLoss()(np.ones((2, 3)), np.ones(2)), TypeError, "target of float64: expected whole"),
        (lambda: nn.CrossEntropyLoss()(np.ones((2, 3, 4)), np.ones((2, 3), int)), ShapeError, r"target is \(2, 4\)"),
        (lambda: nn.CrossEntropyLoss()(np.ones((0, 3)), np.ones(0, int)), ValueError, "is empty: it has no loss"),
        (lambda: nn.CrossEntropyLoss()(np.ones((2, 3)), np.ones((2, 3))), ShapeError, "one-hot"),
        (lambda: nn.CrossEntropyLoss(reduction="sum")(np.ones((2, 3)), np.ones(3, int)), ShapeError, "cross_entropy"),
        (lambda: nn.CrossEntropyLoss(reduction="all"), ValueError, "'mean', 'sum' or 'none'"),
        (lambda: nn.MSELoss()(np.ones((2, 1)), np.ones(2)), ShapeError, "forget to squeeze"),
        (lambda: nn.MSELoss()(np.ones((0, 1)), np.ones((0, 1))), ValueError, "is empty"),
        (lambda: nn.BCEWithLogitsLoss()(np.ones(2), np.ones(2, int)), TypeError, "convert one of them"),
    ],
)
def test_input_that_does_not_fit_is_refused_in_one_clear_error(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_layers_run_on_torch_arrays_too():
    model = Net().eval()
    x = np.array([1, 2, 3])
    expected = model(x).data
    for part in (*model.parameters(), *model.buffers()):
        part.data = torch.from_numpy(np.array(part.data))
    out = model.train()(Tensor(torch.tensor(x)))
    out.sum().backward()
    assert isinstance(model.head[1].weight.grad, torch.Tensor)
    model.norm.running_mean.data[...] = 0
    model.norm.running_var.data[...] = 1
    assert np.allclose(model.eval()(torch.tensor(x)).data.numpy(), expected, atol=1e-6)
