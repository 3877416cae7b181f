"""One training by several processes: each has the model and a share of every batch, and gradients are averaged.

    torchrun --nproc-per-node 2 -m karpathy_course.torch_reference.distributed --epochs 3

Each process takes every second row of the same order (DistributedSampler), works out its gradients, and
DistributedDataParallel averages them before the optimiser's step, while backward still runs (Li et al. 2020): so all
models stay equal, and equal to that of one process with the whole batch. Between CPUs the numbers travel by gloo,
between GPUs by NCCL, one process a GPU. Started without torchrun, this is the same program in one process.
"""

import argparse
import os
import sys
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from karpathy_course.data import digits
from karpathy_course.torch_reference.models import MLP
from karpathy_course.torch_reference.torchrun_process import LEFT_ALONE, end_with_torchrun
from karpathy_course.torch_reference.training import evaluate, fit

TIMEOUT_SECONDS = 300  # until a process that waits for the others gives up


@contextmanager
def process_group():
    """Join the processes that torchrun has started, and give (this one's number, how many, its device).

    Started without torchrun there is one process and no group. If another process ends early, this one says so in
    one line and ends with exit code LEFT_ALONE.
    """
    here = int(os.environ.get("LOCAL_RANK", 0))
    if torch.cuda.is_available() and torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", 1)):
        device, backend = torch.device("cuda", here), "nccl"
        torch.cuda.set_device(device)
    else:
        device, backend = torch.device("cpu"), "gloo"
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield 0, 1, device
        return
    end_with_torchrun()
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    try:
        distributed.init_process_group(backend, timeout=timedelta(seconds=TIMEOUT_SECONDS))
        yield rank, size, device
        distributed.destroy_process_group()
    except RuntimeError as error:
        if not _another_has_ended(error):
            raise
        print(f"process {rank} of {size}: another process has ended, so this one ends too", file=sys.stderr)
        sys.stdout.flush()
        os._exit(LEFT_ALONE)  # at once: the usual end would wait for the others again


def _another_has_ended(error):
    words = ("connection closed", "connection reset", "broken pipe", "timed out", "timeout")
    return isinstance(error, distributed.DistError) or any(word in str(error).lower() for word in words)


def mean_over_processes(number):
    """The mean of a number that each process has; every process has to ask."""
    if not distributed.is_initialized():
        return float(number)
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    total = torch.tensor(number, dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return float(total) / distributed.get_world_size()


def shared_loader(dataset, batch_size, rank, size, seed=0):
    """Batches of this process's rows; batch_size: of all processes together, ValueError where they cannot share it."""
    if batch_size % size:
        raise ValueError(f"--batch-size {batch_size} cannot be shared evenly among {size} processes")
    sampler = DistributedSampler(dataset, size, rank, shuffle=True, seed=seed)
    return DataLoader(dataset, batch_size // size, sampler=sampler)


def train(words, rank, size, device):
    """Train on half of the digits, and say after each epoch how it stands: the first process alone prints."""
    images, labels = (torch.from_numpy(x) for x in digits())
    half = len(labels) // 2
    loader = shared_loader(TensorDataset(images[:half], labels[:half]), words.batch_size, rank, size, words.seed)
    torch.manual_seed(words.seed)
    model = MLP((64, 32, 10)).to(device)
    together = distributed.is_initialized()
    wrapped = DistributedDataParallel(model, [device] if device.type == "cuda" else None) if together else model
    loss_fn = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), words.rate, momentum=0.9)
    if rank == 0:
        over = f"over {distributed.get_backend()}" if together else "alone"
        print(f"{size} process{'es' * (size > 1)} {over} on {device.type}, {words.batch_size} rows a step")
    autocast = words.autocast and getattr(torch, words.autocast)
    how = {"epochs": words.epochs, "autocast": autocast, "accumulate": words.accumulate}
    for step in fit(wrapped, loader, loss_fn, optimizer, **how):
        if step.epoch_ends:
            loss = mean_over_processes(step.loss)
            if rank == 0:
                right = lambda output, target: (output.argmax(1) == target).double().mean()
                unseen = evaluate(model, [(images[half:], labels[half:])], loss_fn, {"right": right})
                print(f"epoch {step.epoch}: loss {loss:.3f}, {100 * unseen['right']:.1f} % of the other half right")
    if rank == 0 and words.save:
        torch.save(model.state_dict(), words.save)


def arguments(words=None):
    """The program's arguments, from a list of words or the command line."""
    parser = argparse.ArgumentParser(prog="karpathy_course.torch_reference.distributed")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes together")
    parser.add_argument("--accumulate", type=int, default=1, help="parts in which a process works its share out")
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--autocast", choices=["bfloat16", "float16"])
    parser.add_argument("--save", metavar="FILE", help="where the first process puts the model's state_dict")
    return parser.parse_args(words)


def main():
    """The program that torchrun starts in each process; its exit code."""
    words = arguments()
    with process_group() as (rank, size, device):
        try:
            train(words, rank, size, device)
        except ValueError as error:
            if rank == 0:
                print(f"distributed: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
