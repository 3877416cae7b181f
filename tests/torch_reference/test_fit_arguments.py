"""What `fit` of torch_reference can do beside a plain step: parts, channels last, no hidden reading, full memory."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from karpathy_course.torch_reference import fit
from tests.torch_reference.trainings import (
    IMAGES,
    LABELS,
    X,
    Y,
    batches,
    convnet,
    furthest,
    losses,
    mlp,
    weights,
)


class Counting(TorchDispatchMode):
    """Counts PyTorch's operations; `item`, `float` and `bool` of a tensor are `_local_scalar_dense`."""

    def __init__(self):
        super().__init__()
        self.calls = Counter()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.calls[operation.overloadpacket.__name__] += 1
        return operation(*args, **(kwargs or {}))


@pytest.mark.parametrize("parts", [2, 3, 4, 100])
def test_parts_of_a_batch_add_up_to_the_step_of_the_whole(parts):
    """Batches of 15 rows, which no number of parts divides evenly but 3 and 15."""
    whole, divided = mlp(), mlp()
    expected = losses(whole, batches(4), epochs=3)
    found = losses(divided, batches(4), epochs=3, accumulate=parts)
    assert found == pytest.approx(expected, rel=1e-6)
    assert furthest(weights(whole), weights(divided)) < 1e-6


def test_parts_show_the_output_of_the_whole_batch():
    model = mlp()
    expected = model(torch.from_numpy(X[:12]))
    step = next(fit(model, batches(), nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters()), accumulate=5))
    assert torch.allclose(step.output, expected, atol=1e-6) and step.batch[0].shape == (12, 6)


@pytest.mark.parametrize("parts", [0, 1.5, "2"])
def test_parts_that_are_no_number_from_1_are_refused(parts):
    with pytest.raises(ValueError, match="expected a whole number of parts from 1"):
        fit(mlp(), batches(), None, torch.optim.SGD(mlp().parameters()), accumulate=parts)


def test_channels_last_changes_the_memory_and_no_result():
    plain, last = convnet(), convnet()
    data = batches(x=IMAGES, y=LABELS)
    expected, seen = losses(plain, data, epochs=2), []
    last[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    assert losses(last, data, epochs=2, channels_last=True) == pytest.approx(expected, rel=1e-5)
    assert all(x.is_contiguous(memory_format=torch.channels_last) for x in [*seen, last[0].weight])
    assert furthest(weights(plain), weights(last)) < 1e-6


@pytest.mark.parametrize("words", [{}, {"accumulate": 3, "clip_norm": 1.0, "autocast": torch.bfloat16}], ids=str)
def test_no_number_is_read_in_the_loop_but_by_validation_once_an_epoch(words):
    model = mlp()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer := torch.optim.SGD(model.parameters()), 3)
    run = lambda **more: list(
        fit(model, batches(), nn.CrossEntropyLoss(), optimizer, schedule=schedule, **words, **more)
    )
    with Counting() as counting:
        steps = run(epochs=2)
        assert counting.calls["mm"] or counting.calls["addmm"]
        assert counting.calls["_local_scalar_dense"] == 0
        run(epochs=2, validation=[(X, Y), (X, Y)])
        assert counting.calls["_local_scalar_dense"] == 2
        _ = steps[0].loss
        assert counting.calls["_local_scalar_dense"] == 3


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW])
@pytest.mark.parametrize("dtype", [None, torch.bfloat16, torch.float16])
def test_every_option_runs_on_meta_where_no_number_can_be_read(dtype, optimizer):
    model = convnet().to("meta")
    words = {"autocast": dtype, "accumulate": 2, "channels_last": True, "clip_norm": 1.0, "epochs": 2}
    data = batches(x=IMAGES, y=LABELS)
    steps = list(fit(model, data, nn.CrossEntropyLoss(), optimizer(model.parameters()), **words))
    assert len(steps) == 10 and {p.device.type for p in model.parameters()} == {"meta"}


class Full(nn.Module):
    """A model for which the memory is full where it is given more rows than it can hold."""

    def __init__(self, rows, error):
        super().__init__()
        self.inner, self.rows, self.error = mlp(), rows, error

    def forward(self, x):
        if len(x) > self.rows:
            raise self.error
        return self.inner(x)


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has …"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory"),
]


@pytest.mark.parametrize("error", ERRORS, ids=["GPU", "CPU"])
def test_full_memory_is_one_line_with_the_cure_that_works(error):
    train = lambda model, loader, **words: losses(model, loader, **words)
    with pytest.raises(torch.OutOfMemoryError) as caught:
        train(Full(6, error), batches())
    line = str(caught.value)
    assert line == (
        "fit: step 1: the memory of cpu cannot hold a batch of 12 rows: make it half as large: batch_size=6, or keep "
        "it and give accumulate=2, which takes the same step in parts of 6 rows"
    )
    assert len(train(Full(6, error), batches(), accumulate=2)) == len(train(Full(6, error), batches(10))) // 2 == 5
    with pytest.raises(torch.OutOfMemoryError, match=r"parts of 6 rows of its batch of 12: .* give accumulate=4"):
        train(Full(5, error), batches(), accumulate=2)
    with pytest.raises(torch.OutOfMemoryError, match="one row at a time is too much already"):
        train(Full(0, error), batches(), accumulate=12)


def test_a_step_that_the_memory_could_not_hold_leaves_the_model_as_it_was():
    model, calls = Full(30, ERRORS[0]), []

    def full_at_the_second_part(module, inputs):
        calls.append(module)
        module.rows = 30 if len(calls) == 1 else 0

    model.register_forward_pre_hook(full_at_the_second_part)
    before = weights(model)
    with pytest.raises(torch.OutOfMemoryError):
        losses(model, [(X, Y)], accumulate=2)
    assert len(calls) == 2
    assert furthest(before, weights(model)) == 0 and all(p.grad is None for p in model.parameters())


def test_another_error_of_the_model_stays_what_it_is():
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        losses(mlp(), [(X[:, :5], Y)])


def test_a_loader_that_gives_fewer_batches_than_its_length_is_named():
    class Short(list):
        def __len__(self):
            return 7

    with pytest.raises(ValueError, match="the loader's length is 7 batches, it gave 5"):
        losses(mlp(), Short(batches()))
