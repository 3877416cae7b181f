"""A training's whole state in one file: what is resumed from it goes on bit for bit as if nothing had happened.

The file is a `safetensors` one, which holds arrays and text and cannot run code. It is there whole or not at all, and
it is checked before anything is changed: its form, its sum, and whether it fits the model, the optimiser, the data.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np

from karpathy_course.tensor.randomness import default_generator, set_state, state_of
from karpathy_course.train.not_finite import finite
from karpathy_course.whole_files import write_whole

FORMAT = "1"


class CheckpointError(ValueError):
    """A checkpoint that cannot be written, read or used here; the message says which file, why, and what to do."""


def checkpoints(steps, path, every=100):
    """The steps again; after each ``every`` of them, and after the last, all is saved in the file at path.

    It replaces the one before only when it is whole. Raises CheckpointError where it cannot be written: the one
    before is untouched, and ``steps`` can be read on. ValueError for an ``every`` that is no number from 1.
    """
    if not isinstance(every, int) or every < 1:
        raise ValueError(f"checkpoints: every={every!r}: expected a whole number of steps from 1")
    for step in steps:
        if step.number % every == 0 or step.number == step.total:
            save_checkpoint(path, step.run)
        yield step


def save_checkpoint(path, run):
    """Write where a run of `fit` is (``step.run``) to path."""
    from safetensors.numpy import save  # here and below: who saves nothing, on a lent GPU say, need not have it

    optimizer = run.optimizer.state_dict()
    arrays = {f"model/{name}": _numpy(x) for name, x in run.model.state_dict().items()}
    spoilt = next((name for name, x in arrays.items() if not finite(x)), None)
    if spoilt is not None:
        name = spoilt.partition("/")[2]
        raise CheckpointError(f"{path}: not saved: {name} is not finite. The checkpoint before it is untouched")
    for k, state in optimizer["state"].items():
        arrays |= {f"optimizer/{k}/{name}": _numpy(x) for name, x in state.items() if name != "step"}
    about = {
        "number": run.number,
        "epoch": run.epoch,
        "position": run.position,
        "batches": len(run.loader),
        "optimizer": type(run.optimizer).__name__,
        "groups": optimizer["param_groups"],
        "schedule": None if run.scheduler is None else type(run.scheduler).__name__,
        "scheduler": None if run.scheduler is None else run.scheduler.state_dict(),
        "steps": {str(k): state["step"] for k, state in optimizer["state"].items()},
        "random": {"default": state_of(default_generator()), "shuffler": state_of(run.shuffler), "order": run.order},
    }
    text = json.dumps(about, default=lambda x: x.tolist())
    words = {"format": FORMAT, "run": text, "sum": _sum(arrays, text)}
    try:
        write_whole(Path(path), save(arrays, words))
    except OSError as error:
        raise CheckpointError(
            f"{path}: not saved: {error.strerror}. The checkpoint before it is untouched, and the training can go on"
        ) from None


def load_checkpoint(path, run):
    """Put a run of `fit` where it was when the checkpoint was saved; nothing is changed unless all of it fits."""
    arrays, about = _read(path)
    model = {name.partition("/")[2]: array for name, array in arrays.items() if name.startswith("model/")}
    generators = {"default": default_generator(), "shuffler": run.shuffler}
    unlike = _unlike(run, about, model, generators)
    if unlike is not None:
        raise CheckpointError(f"{path}: {unlike}")
    state = {int(k): {"step": step} for k, step in about["steps"].items()}
    for name, array in arrays.items():
        if name.startswith("optimizer/"):
            _, k, what = name.split("/")
            state[int(k)][what] = array
    optimizer = run.optimizer
    before, options = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        if run.scheduler is not None:
            run.scheduler.check_state(about["scheduler"])
        optimizer.load_state_dict({"state": state, "param_groups": [_options(group) for group in about["groups"]]})
        run.model.load_state_dict(model)
    except (RuntimeError, ValueError) as error:
        optimizer.state = before
        for group, old in zip(optimizer.param_groups, options):
            group.update(old)
        raise CheckpointError(f"{path}: a checkpoint of another model: {_one_line(error)}") from None
    if run.scheduler is not None:
        run.scheduler.load_state_dict(about["scheduler"])
    run.number, run.epoch, run.position = about["number"], about["epoch"], about["position"]
    run.order = about["random"]["order"]
    for what, generator in generators.items():
        set_state(generator, about["random"][what])


def _unlike(run, about, model, generators):
    """In what a checkpoint is not of this optimiser, data, dtype or kind of random numbers; None where it is."""
    if about["optimizer"] != type(run.optimizer).__name__:
        return f"a checkpoint of {about['optimizer']}, this is {type(run.optimizer).__name__}"
    schedule = None if run.scheduler is None else type(run.scheduler).__name__
    if about.get("schedule") != schedule:
        words = ["without one" if name is None else f"with a {name}" for name in (about.get("schedule"), schedule)]
        return f"a checkpoint of a training {words[0]} as schedule, this is {words[1]}"
    if about["batches"] != len(run.loader):
        batches = f"{about['batches']} batches an epoch, these are {len(run.loader)}"
        return f"a checkpoint of {batches}: give the same data and batch_size"
    for what, generator in generators.items():
        saved, own = about["random"][what]["bit_generator"], state_of(generator)["bit_generator"]
        if saved != own:
            return f"the {what} generator's random numbers were drawn by {saved}, here they are by {own}"
    for name, x in run.model.state_dict().items():
        dtype = str(x.dtype).split(".")[-1]
        if name in model and model[name].dtype != dtype:
            return f"a checkpoint of another model: {name} is {model[name].dtype}, the model's is {dtype}"
    return None


def _read(path):
    """(arrays, what is said of the run) of a checkpoint that is whole."""
    import safetensors
    from safetensors.numpy import load

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        arrays, words = load(data), _words(data)
    except (safetensors.SafetensorError, ValueError, KeyError, struct.error, UnicodeDecodeError):
        raise CheckpointError(f"{path}: not a whole safetensors file: it is damaged, or no checkpoint") from None
    if words.get("format") != FORMAT or "run" not in words:
        found = f"format {words['format']}" if "format" in words else "no checkpoint of `fit`"
        raise CheckpointError(f"{path}: {found}; this version reads format {FORMAT}. Train again, or use its version")
    if words.get("sum") != _sum(arrays, words["run"]):
        raise CheckpointError(f"{path}: damaged: its sum is not that of its contents. Use an earlier one")
    return arrays, json.loads(words["run"])


def _words(data):
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]).get("__metadata__", {})


def _sum(arrays, text):
    found = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        found.update(arrays[name].tobytes())
    return found.hexdigest()


def _numpy(array):
    """An array as NumPy's, in C order; PyTorch's is brought to the CPU."""
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else array
    return np.asarray(array, order="C")


def _one_line(error):
    return "; ".join(line.strip() for line in str(error).splitlines())


def _options(group):
    """JSON has no tuples, betas are one."""
    return {name: tuple(x) if isinstance(x, list) and name != "params" else x for name, x in group.items()}
