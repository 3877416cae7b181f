"""Steps of an optimiser that a learner has written, recorded: what 07.3 and 07.4 ask of Adam and AdamW.

The optimisers of a case are stepped in turn, each with parameters of its own. This file runs beside the learner's code.
"""

import numpy as np

from karpathy_course.checks.runner.plain_data import describe
from karpathy_course.checks.shared.plain_arrays import array_of, snapshot


class Parameter:
    """What an optimiser changes: an array, and the slope of the loss there."""

    def __init__(self, data):
        self.data, self.grad = data, None


class Run:
    """One optimiser, its parameters, and a record of what each step made of them."""

    def __init__(self, make, described):
        self.described, self.record, self.optimizer, self.grads_kept = described, [], None, True
        self.params = [Parameter(array_of(array)) for array in described["data"]]
        self.arrays = [p.data for p in self.params]
        self.buffers = [np.empty(p.data.shape, p.data.dtype) for p in self.params]
        given = (p for p in self.params) if described["from_iterator"] else list(self.params)
        self.optimizer = make(given, **described["options"])

    def step(self, k):
        for p, buffer, numbers in zip(self.params, self.buffers, self.described["grads"][k]):
            if numbers is None:
                p.grad = None
                continue
            grad = np.array(numbers, p.data.dtype).reshape(p.data.shape)
            if self.described["reuses_memory"]:  # as a tape that adds up in place
                buffer[...] = grad
                grad = buffer
            p.grad = grad
        if self.described["rates"]:
            self.optimizer.lr = self.described["rates"][k]
        before = [snapshot(p.grad) for p in self.params]
        with np.errstate(all="ignore"):
            self.optimizer.step()
        self.grads_kept &= [snapshot(p.grad) for p in self.params] == before
        self.record.append([taken(p.data) for p in self.params])

    def found(self):
        in_place = all(p.data is array for p, array in zip(self.params, self.arrays))
        held = [taken(array) for array in self.arrays] == self.record[-1]
        self.optimizer.zero_grad()
        left = [describe(p.grad) for p in self.params if p.grad is not None]
        return {"record": self.record, "in_place": in_place and held, "grads_kept": self.grads_kept, "left": left[:1]}


def taken(data):
    """The numbers of a parameter, or what it has become."""
    if type(data) is not np.ndarray or data.dtype.kind != "f":
        return describe(data)
    return data.ravel().tolist() if data.size <= 1000 else "an array of more numbers"


def steps_of(make, runs):
    """What becomes of the runs of a case, stepped in turn."""
    made = [Run(make, described) for described in runs]
    for k in range(max(len(described["grads"]) for described in runs)):
        for run in made:
            if k < len(run.described["grads"]):
                run.step(k)
    return [run.found() for run in made]
