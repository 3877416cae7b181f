"""Steps of an optimiser that a learner has written, recorded: what 07.3 and 07.4 ask of Adam and AdamW.

The optimisers of a case are stepped in turn, each with parameters of its own. A described run says besides the numbers
whether the options come in order, without their names; whether zero_grad() follows each step, as in a loop; and before
which step a second optimiser is made for the same parameters, which knows nothing of the first. This file runs beside
the code of the learner.
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
        self.described, self.record, self.returned, self.grads_kept = described, [], [], True
        self.params = [Parameter(array_of(array)) for array in described["data"]]
        self.arrays = [p.data for p in self.params]
        self.buffers = [np.empty(p.data.shape, p.data.dtype) for p in self.params]
        self.make = make
        self.optimizer = self.made()

    def made(self):
        given = (p for p in self.params) if self.described["from_iterator"] else list(self.params)
        options = self.described["options"]
        return self.make(given, *options.values()) if self.described["in_order"] else self.make(given, **options)

    def step(self, k):
        if k == self.described["made_anew"]:
            self.optimizer = self.made()
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
            self.returned.append(self.optimizer.step())
        self.grads_kept &= [snapshot(p.grad) for p in self.params] == before
        self.record.append([taken(p.data) for p in self.params])
        if self.described["zero_grads"]:
            self.returned.append(self.optimizer.zero_grad())

    def found(self):
        in_place = all(p.data is array for p, array in zip(self.params, self.arrays))
        held = [taken(array) for array in self.arrays] == self.record[-1]
        self.returned.append(self.optimizer.zero_grad())
        left = [describe(p.grad) for p in self.params if p.grad is not None]
        returned = [describe(what) for what in self.returned if what is not None]
        found = {"record": self.record, "in_place": in_place and held, "grads_kept": self.grads_kept}
        return found | {"left": left[:1], "returned": returned[:1]}


def taken(data):
    """The numbers of a parameter, or what it has become."""
    if type(data) is not np.ndarray or data.dtype.kind != "f":
        return describe(data)
    return data.ravel().tolist() if data.size <= 1000 else "an array of more numbers"


def steps_of(make, runs):
    """What becomes of the runs of a case, stepped in turn; or one after the other, where they are all the same."""
    if len(runs) > 1 and all(described == runs[0] for described in runs):
        return [steps_of(make, [described])[0] for described in runs]
    made = [Run(make, described) for described in runs]
    for k in range(max(len(described["grads"]) for described in runs)):
        for run in made:
            if k < len(run.described["grads"]):
                run.step(k)
    return [run.found() for run in made]
