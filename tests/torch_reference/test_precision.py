"""Mixed precision: what is worked out in 16 bits and what is not, and the scale of fp16."""

import warnings

import pytest
import torch
from torch import nn

from karpathy_course.torch_reference import fit
from tests.torch_reference.trainings import batches, equal, losses, mlp, weights


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_products_are_in_16_bits_and_parameters_losses_and_gradients_in_32(dtype):
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters())
    step = next(fit(model, batches(), nn.CrossEntropyLoss(), optimizer, autocast=dtype, clip_norm=1.0))
    assert step.output.dtype == dtype and step._loss.dtype == torch.float32
    assert {p.dtype for p in model.parameters()} == {p.grad.dtype for p in model.parameters()} == {torch.float32}
    assert {state["exp_avg"].dtype for state in optimizer.state.values()} == {torch.float32}


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
def test_losses_follow_those_of_float32_to_the_rounding_of_16_bits(dtype, rounding):
    exact, mixed = losses(mlp(), batches(), epochs=4), losses(mlp(), batches(), epochs=4, autocast=dtype)
    assert exact != mixed
    assert mixed == pytest.approx(exact, rel=2 * rounding)


def test_gradients_of_fp16_are_divided_by_the_scale_before_they_are_clipped_or_shown():
    norms = [
        next(fit(m, batches(), nn.CrossEntropyLoss(), torch.optim.SGD(m.parameters()), autocast=d)).gradient_norm
        for m, d in ((mlp(), None), (mlp(), torch.float16))
    ]
    assert norms[1] == pytest.approx(norms[0], rel=0.01)
    clipped = mlp()
    before = weights(clipped)
    words = {"autocast": torch.float16, "clip_norm": 1e-3}
    next(fit(clipped, batches(), nn.CrossEntropyLoss(), torch.optim.SGD(clipped.parameters(), lr=1.0), **words))
    moved = sum(((clipped.state_dict()[name] - x) ** 2).sum() for name, x in before.items()) ** 0.5
    assert moved.item() == pytest.approx(1e-3, rel=1e-3)


def test_a_step_whose_fp16_gradients_overflow_is_left_out_and_the_scale_is_halved():
    model = mlp()
    before, optimizer = weights(model), torch.optim.SGD(model.parameters())
    steep = lambda z, y: 10 * z.float().sum()
    moved, scales = [], []
    for step in fit(model, batches(), steep, optimizer, autocast=torch.float16, epochs=3):
        moved.append(not equal(weights(model), before))
        scales.append(step.run.precision.scaler.get_scale())
        before = weights(model)
    left_out = moved.index(True)
    assert 2 < left_out < 15 and all(moved[left_out:])
    assert scales[: left_out + 2] == [2.0 ** (15 - k) for k in range(left_out)] + 2 * [2.0 ** (16 - left_out)]


def test_a_schedule_counts_steps_that_were_left_out_and_nothing_warns():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    steep = lambda z, y: 10 * z.float().sum()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = fit(model, batches(), steep, optimizer, autocast=torch.float16, schedule=schedule)
        assert [step.rate for step in steps] == [0.1 / 2**k for k in range(5)]


def test_small_gradients_survive_fp16_by_the_scale_alone():
    x, y = torch.full((4, 6), 1e-3), torch.zeros(4, dtype=torch.int64)
    tiny = lambda z, y: 1e-6 * z.float().sum()
    model = mlp()
    step = next(fit(model, [(x, y)], tiny, torch.optim.SGD(model.parameters()), autocast=torch.float16))
    scaled = step.gradient_norms["0.weight"]
    model.zero_grad()
    with torch.autocast("cpu", torch.float16):
        loss = tiny(model(x), y)
    loss.backward()
    assert scaled > 0 and model[0].weight.grad.norm() < 0.5 * scaled


def test_another_dtype_is_refused():
    model = mlp()
    with pytest.raises(ValueError, match=r"autocast=torch\.float64: expected torch\.bfloat16, torch\.float16 or None"):
        fit(model, batches(), None, torch.optim.SGD(model.parameters()), autocast=torch.float64)
