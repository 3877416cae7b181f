"""A PyTorch training that was stopped and resumed is equal to the bit to one that was not; bad files are one line."""

import pickle
from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from karpathy_course import nn as ours
from karpathy_course.data import DataLoader
from karpathy_course.torch_reference import checkpoints, fit, save_checkpoint
from karpathy_course.train import CheckpointError
from tests.torch_reference.trainings import X, Y, equal, mlp, weights

EPOCHS = 3


def of_torch(seed=None):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(data, 12, shuffle=True, generator=generator)


LOADERS = {
    "the course's": lambda: DataLoader((X, Y), 12, shuffle=True),
    "the course's, own generator": lambda: DataLoader((X, Y), 12, shuffle=True, generator=np.random.default_rng(5)),
    "the course's, Philox": lambda: DataLoader(
        (X, Y), 12, shuffle=True, generator=np.random.Generator(np.random.Philox(5))
    ),
    "torch's": of_torch,
    "torch's, own generator": lambda: of_torch(7),
}
SCHEDULES = {
    "none": lambda optimizer: None,
    "a function": lambda optimizer: lambda k: 0.01 / k,
    "OneCycleLR": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=15),
    "MultiStepLR": lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [3, 7]),
    "warm-up, cosine": lambda optimizer: lr_scheduler.SequentialLR(
        optimizer,
        [lr_scheduler.LinearLR(optimizer, 0.1, total_iters=4), lr_scheduler.CosineAnnealingLR(optimizer, 11)],
        [4],
    ),
}


def training(loader="the course's", schedule="none", optimizer=torch.optim.Adam, model=None, seed=3, **words):
    """(model, optimizer, steps), everything fresh and from one seed."""
    model = mlp(dropout=0.3) if model is None else model
    torch.manual_seed(seed)
    ours.manual_seed(seed)
    optimizer = optimizer(model.parameters(), 0.01)
    words = {"epochs": EPOCHS, "schedule": SCHEDULES[schedule](optimizer), **words}
    return model, optimizer, fit(model, LOADERS[loader](), nn.CrossEntropyLoss(), optimizer, **words)


def resumed_equals_uninterrupted(path, stop, **words):
    model, optimizer, steps = training(**words)
    expected = [step.loss for step in steps]
    _, _, steps = training(**words)
    found = [step.loss for step in islice(checkpoints(steps, path, every=stop), stop)]
    other, other_optimizer, steps = training(**words, seed=99, resume=path)
    found += [step.loss for step in steps]
    return (
        found == expected
        and equal(weights(model), weights(other))
        and str(optimizer.state_dict()) == str(other_optimizer.state_dict())
    )


@pytest.mark.parametrize("stop", [1, 5, 8, 14])
@pytest.mark.parametrize("loader", LOADERS)
def test_resumed_equals_uninterrupted_to_the_bit_for_every_loader(tmp_path, loader, stop):
    assert resumed_equals_uninterrupted(tmp_path / "run.pt", stop, loader=loader)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resumed_equals_uninterrupted_to_the_bit_for_every_schedule(tmp_path, schedule):
    assert resumed_equals_uninterrupted(tmp_path / "run.pt", 7, schedule=schedule, loader="torch's")


@pytest.mark.parametrize("words", [{"autocast": torch.float16}, {"autocast": torch.bfloat16, "accumulate": 2}], ids=str)
def test_resumed_equals_uninterrupted_to_the_bit_in_mixed_precision(tmp_path, words):
    assert resumed_equals_uninterrupted(tmp_path / "run.pt", 7, **words)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.RMSprop, torch.optim.AdamW, torch.optim.Adagrad])
def test_resumed_equals_uninterrupted_to_the_bit_for_every_optimiser(tmp_path, optimizer):
    if optimizer is torch.optim.SGD:
        optimizer = lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9, nesterov=True)
    assert resumed_equals_uninterrupted(tmp_path / "run.pt", 7, optimizer=optimizer)


def test_the_scale_of_fp16_goes_on_where_it_was(tmp_path):
    words = {"autocast": torch.float16}
    _, _, steps = training(**words)
    first = next(steps)
    first.run.precision.scaler.update(128.0)
    save_checkpoint(tmp_path / "run.pt", first.run)
    _, _, steps = training(**words, resume=tmp_path / "run.pt")
    assert next(steps).run.precision.scaler.get_scale() == 128.0


def test_an_interrupted_training_can_itself_go_on_after_saving(tmp_path):
    model, _, steps = training()
    for _ in checkpoints(steps, tmp_path / "run.pt", every=2):
        pass
    other, _, steps = training()
    for _ in steps:
        pass
    assert equal(weights(model), weights(other))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "run.pt"
    _, _, steps = training()
    for _ in islice(checkpoints(steps, path, every=7), 7):
        pass
    return path


def refusal(path, **words):
    """The one line with which a checkpoint is refused; nothing has changed."""
    model, optimizer, _ = training(**words)
    before = weights(model)
    with pytest.raises(CheckpointError) as caught:
        training(**{**words, "model": model}, resume=path)
    assert equal(weights(model), before) and optimizer.state_dict()["state"] == {}
    line = str(caught.value)
    assert "\n" not in line and str(path) in line
    return line.removeprefix(f"{path}: ")


def test_a_file_that_was_cut_off_anywhere_is_refused_in_one_line(saved, tmp_path):
    data, path = saved.read_bytes(), tmp_path / "cut.pt"
    for length in [*range(0, len(data), len(data) // 40), len(data) - 1]:
        path.write_bytes(data[:length])
        assert refusal(path) == "no whole checkpoint: it was cut off, damaged, or is another file"


def test_a_file_with_one_changed_bit_is_refused_or_the_bit_means_nothing(saved, tmp_path):
    data, path, refused = saved.read_bytes(), tmp_path / "bit.pt", 0
    _, _, steps = training(resume=saved)
    expected = next(steps).loss
    places = np.random.default_rng(0).integers(0, len(data), 40)
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        try:
            _, _, steps = training(resume=path)
        except CheckpointError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert next(steps).loss == expected
    assert refused > 10


def test_a_changed_weight_is_found_by_its_sum(saved, tmp_path):
    data, weight = saved.read_bytes(), torch.load(saved, weights_only=True)["model"]["0.weight"].numpy().tobytes()
    place = data.index(weight) + 5
    path = tmp_path / "bit.pt"
    path.write_bytes(data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :])
    assert refusal(path).startswith("damaged: the sum of its part ")


def test_another_file_is_refused_in_one_line(tmp_path):
    path, whole = tmp_path / "other.pt", "no whole checkpoint: it was cut off, damaged, or is another file"
    assert refusal(path) == "cannot be read: No such file or directory"
    path.write_text("weights")
    assert refusal(path) == whole
    path.write_bytes(pickle.dumps({"model": 1}))
    assert refusal(path) == whole
    torch.save(mlp().state_dict(), path)
    assert refusal(path).startswith("no checkpoint of `fit`; this version reads format 'karpathy_course")
    torch.save({"format": "karpathy_course.torch_reference 9"}, path)
    assert refusal(path).startswith("format 'karpathy_course.torch_reference 9'; this version reads format")
    torch.save(mlp(), path)
    assert refusal(path) == "no checkpoint of `fit`: it holds more than weights and plain data"


def test_code_in_a_file_is_not_run(saved, tmp_path):
    class Attack:
        def __reduce__(self):
            return open, (str(tmp_path / "attacked"), "w")

    state = torch.load(saved, weights_only=True)
    torch.save({**state, "number": Attack()}, tmp_path / "run.pt")
    assert refusal(tmp_path / "run.pt") == "no checkpoint of `fit`: it holds more than weights and plain data"
    assert not (tmp_path / "attacked").exists()


def test_a_checkpoint_of_another_training_names_the_difference(saved):
    narrow = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.0), nn.Linear(8, 3))
    cases = [
        ({"model": narrow}, "another model: 0.weight is float32 (16, 6), the model's is float32 (8, 6)"),
        ({"model": mlp().double()}, "another model: 0.weight is float32 (16, 6), the model's is float64 (16, 6)"),
        ({"model": nn.Sequential(nn.Linear(6, 16))}, "another model: it has 3.bias, 3.weight, which the model has not"),
        (
            {"model": nn.Sequential(*mlp(), nn.Linear(3, 3))},
            "another model: 4.weight is not there, the model's is float32 (3, 3)",
        ),
        ({"optimizer": torch.optim.AdamW}, "a training with optimiser Adam, this is one with AdamW"),
        ({"schedule": "MultiStepLR"}, "a training with schedule none, this is one with MultiStepLR"),
        ({"autocast": torch.bfloat16}, "a training with autocast None, this is one with torch.bfloat16"),
        (
            {"loader": "the course's, Philox"},
            "a training with random numbers course: PCG64, torch, "
            "this is one with course: PCG64, loader: Philox, torch",
        ),
    ]
    for words, line in cases:
        assert refusal(saved, **words) == f"a checkpoint of {line}"


def test_a_model_that_is_not_finite_is_not_saved_and_the_checkpoint_before_stays(tmp_path):
    path = tmp_path / "run.pt"
    model, _, steps = training()
    step = next(checkpoints(steps, path, every=1))
    before = path.read_bytes()
    with torch.no_grad():
        model[3].bias[1] = float("nan")
    with pytest.raises(CheckpointError, match=r"run\.pt: not saved: 3\.bias is not finite"):
        save_checkpoint(path, step.run)
    assert path.read_bytes() == before


def test_what_cannot_be_written_is_one_line_and_the_training_goes_on(tmp_path):
    _, _, steps = training()
    with pytest.raises(CheckpointError, match=r"not saved: .* The checkpoint before it is untouched"):
        next(checkpoints(steps, tmp_path / "no folder" / "run.pt", every=1))
    assert len(list(steps)) == 14


@pytest.mark.parametrize("every", [0, -1, 2.5])
def test_every_that_is_no_number_from_1_is_refused(every):
    with pytest.raises(ValueError, match="expected a whole number of steps from 1"):
        next(checkpoints([], "run.pt", every=every))
