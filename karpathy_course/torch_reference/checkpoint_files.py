"""A PyTorch training's whole state in one file: what is resumed from it goes on bit for bit as if nothing had happened.

The file is what torch.save writes, there whole or not at all, and it is read with ``weights_only=True``, which runs no
code that a file brings. It is checked before anything is changed: its form, its sums, and whether it fits.
"""

import io
import zipfile
from pathlib import Path

import torch
from torch import distributed

from karpathy_course.torch_reference.random_states import random_states, set_random_states
from karpathy_course.train import CheckpointError
from karpathy_course.whole_files import write_whole

FORMAT = "karpathy_course.torch_reference 1"


def checkpoints(steps, path, every=100):
    """The steps again; after each ``every`` of them, and after the last, all is saved in the file at path.

    It replaces the one before only when it is whole. Of several processes the first alone saves, and all go on with
    its random numbers. Raises CheckpointError where it cannot be written: the one before is untouched. ValueError for
    an ``every`` that is no number from 1.
    """
    if not isinstance(every, int) or every < 1:
        raise ValueError(f"checkpoints: every={every!r}: expected a whole number of steps from 1")
    for step in steps:
        if (step.number % every == 0 or step.number == step.total) and _is_first_process():
            save_checkpoint(path, step.run)
        yield step


def save_checkpoint(path, run):
    """Write where a run of `fit` is (``step.run``) to path. Raises CheckpointError where that cannot be done."""
    model = run.model.state_dict()
    spoilt = next((name for name, x in model.items() if x.is_floating_point() and not x.isfinite().all()), None)
    if spoilt is not None:
        raise CheckpointError(f"{path}: not saved: {spoilt} is not finite. The checkpoint before it is untouched")
    scaler, scheduler = run.precision.scaler, run.scheduler
    state = {
        "format": FORMAT,
        "number": run.number,
        "epoch": run.epoch,
        "position": run.position,
        "kinds": _kinds(run),
        "model": model,
        "optimizer": run.optimizer.state_dict(),
        "scheduler": None if scheduler is None else scheduler.state_dict(),
        "scaler": None if scaler is None else scaler.state_dict(),
        "random": {"now": random_states(run), "order": run.order},
    }
    data = io.BytesIO()
    torch.save(state, data)
    try:
        write_whole(Path(path), data.getvalue())
    except OSError as error:
        raise CheckpointError(
            f"{path}: not saved: {error.strerror}. The checkpoint before it is untouched, and the training can go on"
        ) from None


def load_checkpoint(path, run):
    """Put a run of `fit` where it was when the checkpoint was saved; nothing is changed unless all of it fits."""
    state = _read(path)
    unlike = _unlike(run, state)
    if unlike is not None:
        raise CheckpointError(f"{path}: a checkpoint of {unlike}")
    run.optimizer.load_state_dict(state["optimizer"])
    run.model.load_state_dict(state["model"])
    if run.scheduler is not None:
        run.scheduler.load_state_dict(state["scheduler"])
    if run.precision.scaler is not None:
        run.precision.scaler.load_state_dict(state["scaler"])
    run.number, run.epoch, run.position = state["number"], state["epoch"], state["position"]
    run.order = state["random"]["order"]
    set_random_states(run, state["random"]["now"])


def _kinds(run):
    """What has to be the same when a run goes on, in words that an error can quote."""
    return {
        "optimiser": type(run.optimizer).__name__,
        "schedule": "none" if run.scheduler is None else type(run.scheduler).__name__,
        "autocast": str(run.precision.dtype),
        "batches an epoch": len(run.loader),
        "random numbers": sorted(random_states(run)),
    }


def _unlike(run, state):
    """In what a checkpoint is not of this training, as "that, this is this"; None where it is."""
    for what, own in _kinds(run).items():
        saved = state["kinds"].get(what)
        if saved != own:
            return f"a training with {what} {_text(saved)}, this is one with {_text(own)}"
    for name, x in run.model.state_dict().items():
        saved = state["model"].get(name)
        if saved is None or (saved.shape, saved.dtype) != (x.shape, x.dtype):
            was = "is not there" if saved is None else f"is {_shape(saved)}"
            return f"another model: {name} {was}, the model's is {_shape(x)}"
    more = sorted(state["model"].keys() - run.model.state_dict().keys())
    if more:
        return f"another model: it has {', '.join(more)}, which the model has not"
    sizes = [
        [len(group["params"]) for group in x["param_groups"]] for x in (state["optimizer"], run.optimizer.state_dict())
    ]
    return None if sizes[0] == sizes[1] else f"an optimiser of {sizes[0]} parameters, this is one of {sizes[1]}"


def _text(kind):
    return ", ".join(kind) if isinstance(kind, list) else kind


def _shape(x):
    return f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape)}"


def _read(path):
    """The state in a checkpoint that is whole, on the CPU."""
    try:
        data = io.BytesIO(Path(path).read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        damaged = zipfile.ZipFile(data).testzip()  # torch's own reader does not compare the sums
    except Exception as error:  # what a file of chance holds may raise anything
        raise CheckpointError(f"{path}: no whole checkpoint: it was cut off, damaged, or is another file") from error
    if damaged is not None:
        raise CheckpointError(f"{path}: damaged: the sum of its part {damaged} is not right. Use an earlier one")
    data.seek(0)
    try:
        state = torch.load(data, map_location="cpu", weights_only=True)
    except Exception:
        raise CheckpointError(f"{path}: no checkpoint of `fit`: it holds more than weights and plain data") from None
    found = state.get("format") if isinstance(state, dict) else None
    if found != FORMAT:
        what = "no checkpoint of `fit`" if found is None else f"format {found!r}"
        raise CheckpointError(f"{path}: {what}; this version reads format {FORMAT!r}. Train again, or use its version")
    return state


def _is_first_process():
    return not (distributed.is_available() and distributed.is_initialized()) or distributed.get_rank() == 0
