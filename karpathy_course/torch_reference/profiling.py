"""Which operations the time goes to: torch.profiler, its findings as plain data and as a file for a trace viewer."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity

from karpathy_course.whole_files import write_whole


class Profile:
    """What `profiled` has found; empty until its block has ended."""

    def __init__(self):
        self._operations = []

    def table(self, count=10):
        """The most expensive operations, each {"operation", "calls", "seconds", "share"}, the most expensive first.

        seconds: what the operation itself took, without those that it called: on the GPU where there is one, else on
        the CPU. share: of all operations' seconds, 0 to 1.
        """
        total = sum(row["seconds"] for row in self._operations) or 1.0
        return [{**row, "share": row["seconds"] / total} for row in self._operations[:count]]


@contextmanager
def profiled(trace=None):
    """Record what runs inside the block, and give a `Profile` to be read after it.

    trace: a file, replaced only by a whole one, that chrome://tracing and ui.perfetto.dev show as a time line.
    Recording costs time and memory: profile some steps, not an epoch, and not the first, which is slower than others.

        with profiled("trace.json") as profile:
            for step in islice(fit(model, loader, loss_fn, optimizer), 20): ...
        profile.table(5)
    """
    found = Profile()
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # else the profiler reports its own start on standard error
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])]
    with torch.profiler.profile(activities=activities) as profiler:
        yield found
    found._operations = _rows(profiler.key_averages())
    if trace is not None:
        _write_trace(profiler, Path(trace))


def _rows(events):
    on_gpu = any(event.self_device_time_total > 0 for event in events)
    microseconds = lambda event: event.self_device_time_total if on_gpu else event.self_cpu_time_total
    # A kernel is an event of the GPU, and its time is in the operation that started it too: count it once.
    operations = [event for event in events if event.device_type == DeviceType.CPU and microseconds(event)]
    rows = [{"operation": e.key, "calls": e.count, "seconds": microseconds(e) / 1e6} for e in operations]
    return sorted(rows, key=lambda row: -row["seconds"])


def _write_trace(profiler, path):
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        profiler.export_chrome_trace(str(beside))
        written = beside.read_bytes()
        json.loads(written)  # a full disk leaves half of one without an error
        write_whole(path, written)
    finally:
        beside.unlink(missing_ok=True)
