"""A training that can be stopped in the middle of an epoch: what 10.4 saves and takes up.

This file runs beside the learner's code.
"""

import hashlib
from types import SimpleNamespace

import torch
import torch._dynamo  # the first optimiser loads it, in a second: so it is loaded once for all
from torch import nn

PARTS = ("model", "optimizer", "schedule", "generator", "order", "place", "epoch", "losses", "global")


def new_run(case, seed):
    """A run that has done nothing yet, with first weights that seed decides."""
    torch.manual_seed(seed)
    f, h, c = case["sizes"]
    middle = [nn.BatchNorm1d(h)] if case["norm"] else []
    model = nn.Sequential(nn.Linear(f, h), *middle, nn.Dropout(0.4), nn.Tanh(), nn.Linear(h, c))
    if case["optimizer"] == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=case["rate"] / 5)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=case["rate"], momentum=0.9)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.8)
    return SimpleNamespace(
        **{
            "model": model,
            "optimizer": optimizer,
            "schedule": schedule,
            "generator": torch.Generator().manual_seed(seed),
        },
        **{"order": torch.empty(0, dtype=torch.int64), "place": 0, "epoch": 0, "losses": []},
    )


def advance(run, x, y, steps, batch_size):
    """Do steps of training, as the task shows it."""
    run.model.train()
    for _ in range(steps):
        if run.place >= len(run.order):
            run.epoch, run.place = run.epoch + 1, 0
            run.order = torch.randperm(len(x), generator=run.generator)
        rows = run.order[run.place : run.place + batch_size]
        run.place += batch_size
        loss = nn.functional.cross_entropy(run.model(x[rows]), y[rows])
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        run.schedule.step()
        run.losses.append(loss.item())


def state_of(run):
    """All that decides how a run goes on, part by part, each as a text that differs if a bit does."""
    parts = {name: getattr(run, name, None) for name in PARTS}
    for name in ("model", "optimizer", "schedule"):
        parts[name] = parts[name].state_dict()
    parts["generator"], parts["global"] = run.generator.get_state(), torch.get_rng_state()
    return {name: digest(part) for name, part in parts.items()}


def digest(part):
    return hashlib.sha256("\0".join(leaves(part)).encode()).hexdigest()[:16]


def leaves(part):
    if isinstance(part, torch.Tensor):
        yield f"{part.dtype} {tuple(part.shape)} {part.detach().cpu().contiguous().numpy().tobytes().hex()}"
    elif isinstance(part, dict):
        for key in part:
            yield f"{key!r}:"
            yield from leaves(part[key])
    elif isinstance(part, (list, tuple)):
        yield f"{len(part)} of"
        for item in part:
            yield from leaves(item)
    else:
        yield repr(part)


class Bomb:
    """What cannot be saved: whoever tries has written the half of a file by then."""

    def __reduce__(self):
        raise OSError(28, "No space left on device")


class Unsaveable:
    """A part of a run that fails while it is saved."""

    def __init__(self, part):
        self.part = part

    def state_dict(self):
        return self.part.state_dict() | {"zzz": Bomb()}

    def load_state_dict(self, state):
        self.part.load_state_dict(state)


class Makes:
    """A pickled call: whoever loads it as it stands makes the folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        import os

        return os.mkdir, (self.folder,)
