"""Checkpoints: what is resumed equals what was never interrupted, bit for bit; a bad file changes nothing."""

import errno
import json
import os
import signal
import struct
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from karpathy_course import nn, whole_files
from karpathy_course.data import DataLoader
from karpathy_course.optim import SGD, Adam
from karpathy_course.tensor.randomness import default_generator, state_of
from karpathy_course.train import CheckpointError, checkpoints, fit, save_checkpoint
from tests.train.models import parts, same, state, training

ROOT = Path(__file__).parents[2]
# A training in a process of its own, which says each step's number and in the end its weights.
CHILD = """
import sys
from tests.train.models import state, training
from karpathy_course.train import checkpoints
path, resume, compiled = sys.argv[1], sys.argv[2] or None, sys.argv[3] == "compiled"
model, _, steps = training(epochs=60, compiled=compiled, resume=resume, schedule=lambda k: 0.01 / (1 + k / 50))
for step in checkpoints(steps, path, every=3):
    print(step.number, repr(step.loss), flush=True)
print(*[x.tobytes().hex() for x in state(model).values()], flush=True)
"""


def child(path, resume="", compiled="eager"):
    command = [sys.executable, "-c", CHILD, str(path), str(resume), compiled]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("compiled", ["eager", "compiled"])
def test_a_training_killed_at_any_moment_goes_on_bit_for_bit(tmp_path, compiled):
    straight = child(tmp_path / "straight.safetensors", compiled=compiled).communicate()[0].splitlines()
    path = tmp_path / "killed.safetensors"
    killed = child(path, compiled=compiled)
    for line in killed.stdout:
        if line.startswith("97 "):
            break
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    resumed = child(path, path, compiled).communicate()[0].splitlines()
    assert int(resumed[0].split()[0]) >= 97 and len(resumed) < len(straight)
    assert resumed == straight[-len(resumed) :]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("number", [1, 4, 5, 6, 14])
def test_resuming_at_any_step_of_an_epoch_changes_nothing(tmp_path, number, compiled):
    model, optimizer, steps = training(epochs=3, compiled=compiled)
    straight = [step.loss for step in steps]
    path = tmp_path / "run.safetensors"
    _, _, steps = training(epochs=3, compiled=compiled)
    list(islice(checkpoints(steps, path, every=number), number))
    nn.manual_seed(99)  # whatever happened meanwhile
    other, other_optimizer, steps = training(epochs=3, compiled=compiled, resume=path, lr=0.5)
    assert [step.loss for step in steps] == straight[number:]
    assert same(state(model), state(other))
    found, expected = other_optimizer.state_dict(), optimizer.state_dict()
    assert found["param_groups"] == expected["param_groups"]
    assert all(
        np.array_equal(found["state"][k][name], value)
        for k, s in expected["state"].items()
        for name, value in s.items()
    )


def test_a_loader_with_its_own_generator_is_resumed_too(tmp_path):
    def make(resume=None):
        model, loader, loss, optimizer = parts()
        loader = DataLoader(loader.dataset, 20, shuffle=True, generator=np.random.default_rng(5))
        return fit(model, loader, loss, optimizer, epochs=4, resume=resume)

    straight = [step.loss for step in make()]
    path = tmp_path / "run.safetensors"
    list(islice(checkpoints(make(), path, every=7), 7))
    assert [step.loss for step in make(path)] == straight[7:]


def test_a_finished_training_has_nothing_left_to_do(tmp_path):
    path = tmp_path / "run.safetensors"
    model, _, steps = training(epochs=1)
    list(checkpoints(steps, path))
    other, _, steps = training(epochs=1, resume=path)
    assert list(steps) == [] and same(state(model), state(other))


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run.safetensors"
    list(islice(checkpoints(training()[2], path, every=3), 3))
    return path


def words(data):
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size])["__metadata__"]


def other_format(data):
    return save(load(data), words(data) | {"format": "0"})


def flipped(data):
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


DAMAGES = {
    "cut short": (lambda data: data[: len(data) // 2], "not a whole safetensors file"),
    "empty": (lambda data: b"", "not a whole safetensors file"),
    "text": (lambda data: b"hello, this is no checkpoint", "not a whole safetensors file"),
    "a pickle": (lambda data: b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}\x94.", "not a whole safetensors file"),
    "one bit flipped": (flipped, "damaged: its sum is not that of its contents"),
    "an older format": (other_format, "format 0; this version reads format 1"),
    "weights alone": (lambda data: save(load(data)), "no checkpoint of `fit`"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_no_whole_checkpoint_is_refused_and_changes_nothing(saved, damage):
    change, said = DAMAGES[damage]
    saved.write_bytes(change(saved.read_bytes()))
    model, loader, loss, optimizer = parts()
    before, drawn = state(model), state_of(default_generator())
    with pytest.raises(CheckpointError, match=said) as caught:
        fit(model, loader, loss, optimizer, resume=saved)
    assert str(saved) in str(caught.value) and "\n" not in str(caught.value)
    assert same(before, state(model)) and optimizer.state == {} and state_of(default_generator()) == drawn


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.safetensors: cannot be read: No such file"):
        training(resume=tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"optimizer": SGD}, "a checkpoint of Adam, this is SGD"),
        ({"batch": 10}, "5 batches an epoch, these are 10"),
        ({"dtype": "float64"}, r"0\.weight is float32, the model's is float64"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(saved, change, said):
    with pytest.raises(CheckpointError, match=said):
        training(resume=saved, **change)


def test_a_checkpoint_of_another_model_is_refused_and_changes_nothing(saved):
    for layers in ([nn.Linear(6, 9), nn.BatchNorm1d(9)], [nn.Linear(6, 8)], [nn.Linear(6, 8), nn.Linear(8, 8, False)]):
        model, loader, loss, _ = parts()
        model = nn.Sequential(*layers, nn.Linear(layers[-1].weight.shape[0], 3))
        optimizer, before = Adam(model.parameters(), lr=0.5), state(model)
        with pytest.raises(CheckpointError, match=r"^[^\n]*a checkpoint of another model: [^\n]*$"):
            fit(model, loader, loss, optimizer, resume=saved)
        assert same(before, state(model)) and optimizer.state == {} and optimizer.param_groups[0]["lr"] == 0.5


def test_a_checkpoint_of_other_random_numbers_is_refused_and_changes_nothing(saved):
    model, loader, loss, optimizer = parts()
    loader.generator, before = np.random.Generator(np.random.MT19937(0)), state(model)
    with pytest.raises(CheckpointError, match=r"shuffler generator's .* drawn by PCG64, .* by MT19937"):
        fit(model, loader, loss, optimizer, resume=saved)
    assert same(before, state(model)) and optimizer.state == {}


def test_a_checkpoint_every_no_steps_is_refused(tmp_path):
    with pytest.raises(ValueError, match="every=0: expected a whole number of steps"):
        next(checkpoints(training()[2], tmp_path / "run.safetensors", every=0))


def test_a_full_disk_stops_with_one_error_and_loses_nothing(saved, monkeypatch):
    before = saved.read_bytes()
    _, _, steps = training()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    reading = checkpoints(steps, saved, every=2)
    next(reading)
    monkeypatch.setattr(whole_files.os, "fsync", full)
    with pytest.raises(
        CheckpointError, match=r"not saved: No space left on device\. The checkpoint before it is untouch"
    ):
        next(reading)
    monkeypatch.undo()
    assert saved.read_bytes() == before and os.listdir(saved.parent) == [saved.name]
    assert next(steps).number == 3  # the training itself goes on
    save_checkpoint(saved, next(steps).run)
    assert saved.read_bytes() != before


def test_weights_that_are_not_finite_are_never_saved_over_good_ones(saved):
    before = saved.read_bytes()
    model, _, steps = training()
    step = next(steps)
    model[0].weight.data[0, 0] = np.nan
    with pytest.raises(CheckpointError, match=r"not saved: 0\.weight is not finite"):
        save_checkpoint(saved, step.run)
    assert saved.read_bytes() == before
