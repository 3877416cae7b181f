"""The stream of Steps as TensorBoard's event files: curves, histograms of the weights, the graph, the settings.

They are written here and now, not in a thread, so that a full disk is noticed where it happens. It ends the logging
with one warning; the training goes on.
"""

import copy
import os
import socket
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from tensorboard.compat.proto.event_pb2 import Event, TaggedRunMetadata
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import summary as summaries
from torch.utils.tensorboard._pytorch_graph import graph as graph_of

from karpathy_course.nn import Module
from karpathy_course.tensor import Tensor
from karpathy_course.torch_reference.converting import to_torch

BINS = 64


def tensorboard(steps, folder, every=10, hparams=None):
    """The steps again, written down for TensorBoard in a folder of this run: ``tensorboard --logdir`` its parent.

    Each ``every``-th step's loss, metrics, learning rate and gradient norm; at an epoch's end the validation's results
    and a histogram of each parameter; once the model's graph. hparams: {name: number, text or truth}, compared among
    runs by the last results on validation data, or on the batches where there are none. A model without a twin in
    torch has no graph. Where the disk is full or the folder cannot be written one RuntimeWarning says so, and nothing
    more is written. Raises ValueError for an every below 1.
    """
    if every < 1:
        raise ValueError(f"tensorboard: every={every}: expected a number of steps from 1")
    events, begun = _EventFile(Path(folder)), False
    try:
        for step in steps:
            if not begun:
                begun = True
                events.write_settings(step, hparams)
                events.write_graph(step)
            if step.number % every == 0 or step.number == 1:
                events.write_scalars(step.number, _training(step))
            if step.epoch_ends:
                results = {f"{name}/validation": value for name, value in (step.validation or {}).items()}
                events.write_scalars(step.number, results)
                for name, parameter in step.run.model.named_parameters():
                    histogram = summaries.histogram(f"parameters/{name}", _numpy(parameter), BINS)
                    events.write(step.number, summary=histogram)
            yield step
    finally:
        events.close()


def _training(step):
    scalars = {"loss/train": step.loss, "learning rate": step.rate, "gradient norm": step.gradient_norm}
    return scalars | {f"{name}/train": value for name, value in step.metrics.items()}


class _EventFile:
    """One event file; after the first error that the disk gives, nothing."""

    def __init__(self, folder):
        self.folder, self.records = folder, None
        self._trying(self._open)

    def _open(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        self.records = RecordWriter(open(self.folder / name, "xb"))  # noqa: SIM115  closed with the steps
        self._put(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def write(self, number, **content):
        self._trying(self._put, Event(wall_time=time.time(), step=number, **content))

    def write_scalars(self, number, scalars):
        for name, value in scalars.items():
            self.write(number, summary=summaries.scalar(name, value))
        if self.records is not None:
            self._trying(self.records.flush)

    def write_settings(self, step, hparams):
        if hparams is not None:
            on = "train" if step.run.validation is None else "validation"
            measured = [f"{name}/{on}" for name in ("loss", *step.run.metrics)]
            for each in summaries.hparams(hparams, dict.fromkeys(measured, 0.0)):
                self.write(0, summary=each)

    def write_graph(self, step):
        model = step.run.model
        try:
            model = to_torch(model) if isinstance(model, Module) else copy.deepcopy(model)
        except TypeError:
            return  # made of a class that torch does not know
        inputs = tuple(torch.as_tensor(x.data if isinstance(x, Tensor) else x) for x in step.batch[:-1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch's own way to a graph uses torch.jit
            graph, statistics = graph_of(model.eval(), inputs)
        self.write(0, graph_def=graph.SerializeToString())
        run = TaggedRunMetadata(tag="step1", run_metadata=statistics.SerializeToString())
        self.write(0, tagged_run_metadata=run)

    def close(self):
        if self.records is not None:
            self._trying(self.records.close)

    def _put(self, event):
        if self.records is not None:
            self.records.write(event.SerializeToString())

    def _trying(self, act, *arguments):
        try:
            act(*arguments)
        except OSError as error:
            records, self.records = self.records, None
            if records is not None and act != records.close:
                with suppress(OSError):
                    records.close()
            warnings.warn(
                f"tensorboard: {self.folder}: {error.strerror}: what was written stays, nothing more is written, "
                "and the training goes on",
                RuntimeWarning,
                stacklevel=2,
            )


def _numpy(x):
    x = x.data
    return x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)
