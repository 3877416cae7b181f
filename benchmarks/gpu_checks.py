"""What `fit` promises on any device, tried on this one: bits that repeat and resume, a profile, a full memory."""

import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from karpathy_course import nn as ours
from karpathy_course.data import DataLoader
from karpathy_course.torch_reference import checkpoints, fit, profiled, reproducible

SEED, STEPS, STOP = 0, 9, 5
_RNG = np.random.default_rng(0)
DATA = _RNG.standard_normal((48, 1, 8, 8), dtype="float32"), _RNG.integers(0, 10, 48)


def checks(device):
    """[{"what", "holds"}], each promise once."""
    found = {
        "two runs from one seed are equal to the bit": repeats(device),
        "a resumed run is equal to the bit to one that was not stopped": resumes(device),
        "the profiler finds the convolutions on the device": profiles(device),
    }
    if device.type == "cuda":
        found["a full memory is one line with a cure"] = says_how_to_fit(device)
    return [{"what": what, "holds": bool(holds)} for what, holds in found.items()]


def training(device, resume=None):
    """(model, steps) of a small network with everything that is drawn: weights, order, dropout; fp16 where fast.

    A run that is resumed begins from another seed: what matters has to come from its file.
    """
    images, labels = DATA
    torch.manual_seed(SEED if resume is None else SEED + 1)
    ours.manual_seed(SEED if resume is None else SEED + 1)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Flatten(), torch.nn.Linear(288, 10)
    ).to(device)
    loader = DataLoader((images, labels), 16, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    autocast = torch.float16 if device.type == "cuda" else torch.bfloat16
    words = {"epochs": STEPS // 3, "autocast": autocast, "resume": resume}
    return model, fit(model, loader, torch.nn.CrossEntropyLoss(), optimizer, **words)


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def repeats(device):
    models = []
    for _ in range(2):
        with reproducible(SEED):
            model, steps = training(device)
            models.append((model, [step.loss for step in steps]))
    return equal(models[0][0], models[1][0]) and models[0][1] == models[1][1]


def resumes(device):
    with reproducible(SEED), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        model, steps = training(device)
        losses = [step.loss for step in steps]
        _, steps = training(device)
        for _ in islice(checkpoints(steps, path, every=STOP), STOP):
            pass
        other, steps = training(device, resume=path)
        return [step.loss for step in steps] == losses[STOP:] and equal(model, other)


def profiles(device):
    with reproducible(SEED):
        _, steps = training(device)
        next(steps)
        with profiled() as profile:
            for _ in islice(steps, 3):
                pass
    table = profile.table(1000)
    names = [row["operation"] for row in table]
    return abs(sum(row["share"] for row in table) - 1) < 1e-9 and any("conv" in name for name in names)


def says_how_to_fit(device):
    """A batch whose output is 1 TiB."""
    model = torch.nn.Linear(1, 2**20, device=device)
    batch = torch.ones(2**18, 1), torch.ones(2**18, 1)
    steps = fit(model, [batch], lambda output, target: output.mean(), torch.optim.SGD(model.parameters()))
    try:
        next(steps)
    except torch.OutOfMemoryError as error:
        return "batch_size=131072, or keep it and give accumulate=2" in str(error) and "GiB are in use" in str(error)
    return False
