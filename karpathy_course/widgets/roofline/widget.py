"""The roofline: how fast one convolution runs in each engine, against the most that this machine can do.

All is measured by `torch_reference.measuring` before the page is shown, so that it also works without a kernel; every
number and sentence is made here. Stable names for tests and assistive tools: data-testid roofline, plot, size-N,
pass-NAME, engine-N, text-line; ``[data-engine]`` is a bar's row or a point, with data-state (measured, stored, never,
refused, one-way,
missing), data-rate and data-roof (FLOP/s).
"""

import re

from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.roofline.checking import PASSES, checked
from karpathy_course.widgets.roofline.sentences import (
    MISSING,
    NEVER,
    ONE_WAY,
    REFUSED,
    batch,
    percent,
    quantity,
    sentence,
    work_line,
)
from karpathy_course.widgets.roofline.stored_gpu import as_measurement

CUDA = "PyTorch, CUDA"
KINDS = {"naive loops": "loops", "NumPy, im2col": "im2col", "course, compiled": "course", "PyTorch, CPU": "torch"}
MOST_OWN = 3
MINUS = re.compile(r"(?<![\w-])-(?=[\d.i])")


class Roofline(Widget, folder="roofline"):
    """One convolution in several engines, under the roof of the machine: ``Roofline.measure({"mine": my_conv2d})``.

    measured: what `torch_reference.measuring.measure` returned on the CPU. cuda: the same of a GPU; or what
    `torch_reference.stored_figures` returned, from another machine, which is drawn grey and hatched with its date;
    None: “not measured yet”. Raises TypeError for what is no measurement, ValueError for one without rows, or with a
    time or a peak that is no number above 0.
    """

    title = "Roofline"

    def __init__(self, measured, cuda=None):
        work = {}
        self.measured = checked(measured, "cpu", work)
        cuda = as_measurement(cuda) if isinstance(cuda, dict) and "convolutions" in cuda else cuda
        self.cuda = None if cuda is None else checked(cuda, "cuda", work)
        super().__init__(data=_shown(self.measured, self.cuda, work))

    @classmethod
    def measure(cls, own=None, *, engines=None, **options):
        """Measure here, for a few seconds, and show it; on a GPU too if there is one, else with the stored figure.

        own: your functions, {name: f} or {name: (f, b)}: ``f(x, weight)`` returns y, without padding, at stride 1;
        ``b(x, weight, g)`` returns the gradients of x and of weight. One whose result is not the reference's has no
        bar, and the page says why. engines, options: of `torch_reference.measuring.measure`, engines on the CPU.
        """
        import torch

        from karpathy_course.torch_reference import stored_figures
        from karpathy_course.torch_reference.measuring import measure

        here = measure(own, engines=engines, **options)
        cuda = measure(device="cuda", **options) if torch.cuda.is_available() else stored_figures()
        return cls(here, cuda)

    def describe(self):
        data = self.data
        names = [engine["name"] for engine in data["engines"]]
        lines = [f"Roofline: {len(names)} engines: {'; '.join(names)}."]
        for k, size in enumerate(data["sizes"]):
            for which in data["passes"]:
                if found := data["work"][k].get(which):
                    work = work_line(found["flops"], found["bytes"])
                    lines.append(f"  {size}, {batch(found['images'])}, {which}: {work}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.roofline.picture import draw

        return draw(self.data)


def _shown(here, cuda, work):
    """What the page reads: the engines, the work of every size, the roofs, and a cell for each engine of each."""
    devices = {"cpu": here, "cuda": cuda}
    names = {name: "cpu" for name in KINDS if _has(here, name)}
    names |= {row["engine"]: "cuda" for row in cuda["rows"]} if cuda else {CUDA: "cuda"}
    own = [row["engine"] for row in [*here["rows"], *here.get("refused", ())] if row["engine"] not in names]
    own = list(dict.fromkeys(own))
    if len(own) > MOST_OWN:
        raise ValueError(f"Roofline: {len(own)} functions of your own: at most {MOST_OWN} can be told apart")
    names |= dict.fromkeys(own, "cpu")
    sizes = list(dict.fromkeys(size for size, _ in work))
    engines = [
        {"name": name, "device": device, "kind": f"own-{own.index(name)}" if name in own else KINDS.get(name, "cuda")}
        for name, device in names.items()
    ]
    rows = {(row["engine"], row["size"], row["pass"]): row for each in devices.values() if each for row in each["rows"]}
    refused = {(each["engine"], each["pass"]): each["words"] for each in here.get("refused", ())}
    passes = [which for which in PASSES if any(found == which for _, found in work)]
    cells = [
        {
            which: [_cell(engine, size, which, rows, refused, devices) for engine in engines]
            for which in passes
            if (size, which) in work
        }
        for size in sizes
    ]
    return {
        "sizes": sizes,
        "passes": passes,
        "engines": engines,
        "work": [
            {
                which: {"flops": work[size, which][0], "bytes": work[size, which][1], "images": work[size, which][2]}
                for which in passes
                if (size, which) in work
            }
            for size in sizes
        ],
        "roofs": {name: _roof(each) for name, each in devices.items() if each},
        "cells": cells,
        "first": {"size": min(2, len(sizes) - 1), "engine": _first(engines, own)},
    }


def _has(here, name):
    return any(row["engine"] == name for row in here["rows"])


def _first(engines, own):
    """The engine that is chosen when the page opens: the learner's own, else the last that was measured here."""
    names = [engine["name"] for engine in engines if engine["device"] == "cpu"]
    return [engine["name"] for engine in engines].index(own[0] if own else names[-1])


def _roof(measurement):
    flops, moved = measurement["peak"]["flops"], measurement["peak"]["bytes"]
    return {
        "flops": flops,
        "bytes": moved,
        "machine": measurement.get("machine") or "a machine whose name is not known",
        "date": measurement.get("date"),
        "ceiling": f"matmul {quantity(flops, 'FLOP/s')}",
        "slope": f"copy {quantity(moved, 'B/s')}",
        "ridge": f"{format_number(flops / moved)} FLOP a byte",
    }


def _cell(engine, size, which, rows, refused, devices):
    """One engine's bar and point: its rate and roof in FLOP/s if it was measured, and the words beside it."""
    name, measurement = engine["name"], devices[engine["device"]]
    row = rows.get((name, size, which))
    if row is None:
        return _empty(engine, which, rows, refused, measurement)
    peak = measurement["peak"]
    rate, roof = row["flops"] / row["seconds"], min(peak["flops"], row["flops"] / row["bytes"] * peak["bytes"])
    elsewhere = (
        (measurement.get("machine") or "another machine", measurement["date"]) if "date" in measurement else None
    )
    return {
        "state": "stored" if elsewhere else "measured",
        "rate": rate,
        "roof": roof,
        "binds": "ceiling" if roof == peak["flops"] else "slope",
        "number": quantity(rate, "FLOP/s"),
        "small": f"{percent(rate / roof)} of the roof" + (f", {elsewhere[1]}" if elsewhere else ""),
        "text": sentence(name, size, which, row, peak, elsewhere),
    }


def _empty(engine, which, rows, refused, measurement):
    name = engine["name"]
    if measurement is None:
        return {"state": "never", "number": "not measured yet", "text": NEVER.format(engine=name)}
    if words := refused.get((name, which)):
        text = REFUSED.format(engine=name, which=which, words=MINUS.sub("−", words.rstrip(".")))
        return {"state": "refused", "number": "no bar", "small": words.split(":")[0], "text": text}
    others = any(row == name and done == which for row, _, done in rows)
    one_way = engine["kind"].startswith("own") and not others
    text = (ONE_WAY if one_way else MISSING).format(engine=name, which=which)
    return {"state": "one-way" if one_way else "missing", "number": "not measured", "text": text}
