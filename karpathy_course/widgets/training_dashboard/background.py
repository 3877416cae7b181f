"""A training in the background: a thread takes step after step, and stops between two of them when it is told to.

No thread waits: pausing ends it, going on starts another, and the generator of steps stands still in between. What the
learner asks for (a pause, another rate) is taken up between two steps, never within one.
"""

import threading
import weakref
from collections import deque
from math import isfinite
from time import perf_counter

import numpy as np

from karpathy_course.widgets.training_dashboard.record import Record

BETWEEN_NEWS = 0.04  # seconds: at most 25 messages a second
SPEED_OVER = 2.0  # seconds that the speed is a mean of
_all = weakref.WeakSet()


class BackgroundRun:
    """Takes the steps of a training into a `Record`.

    steps: an iterable of Steps. optimizer: whose rate is changed. tell(): called, on any thread, when something has
    changed, at most 25 times a second while steps are taken, always under `lock`. status: "new", "running", "pausing"
    (asked to pause within a step), "paused", "finished" or "failed"; then error is what was raised. pace: how many
    steps a second at most, None for as many as there can be.
    """

    def __init__(self, steps, optimizer, tell):
        self.optimizer, self.tell = optimizer, tell
        self.record, self.status, self.error = Record(), "new", None
        self.lock = threading.RLock()
        self.measure_gradient = self.scheduled = False
        self.wanted_rate = self.pace = None  # a rate that was asked for, and not used yet
        self._steps, self._stands, self._hurry = iter(steps), threading.Event(), threading.Event()
        self._stands.set()
        self._left = None  # steps to take before it pauses by itself
        self._told, self._seen = 0.0, deque()
        _all.add(self)

    @property
    def ended(self):
        return self.status in ("finished", "failed")

    @property
    def rate(self):
        """The rate that the next step will use."""
        return self.optimizer.param_groups[0]["lr"] if self.wanted_rate is None else self.wanted_rate

    def start(self, steps=None):
        """Go on; with steps, pause after so many of them."""
        for other in list(_all):
            if other is not self and other.optimizer is self.optimizer and not other._stands.is_set():
                other.pause()
                other.wait()
        with self.lock:
            if self.ended:
                return
            self._left, before = steps, self.status
            self.status = "running"
            if before not in ("running", "pausing"):
                self._stands.clear()
                self._seen.clear()
                threading.Thread(target=self._work, name="training dashboard", daemon=True).start()
            self.tell()

    def pause(self):
        """Stop after the step that is being taken; answers at once."""
        with self.lock:
            if self.status == "running":
                self.status = "pausing"
                self._hurry.set()
                self.tell()

    def set_pace(self, pace):
        """Take at most so many steps a second, to be followed by eye; None: as many as there can be."""
        with self.lock:
            self.pace = pace
            self._hurry.set()
            self._seen.clear()

    def wait(self, timeout=None):
        """Whether it stands still: paused, ended, or never started; after so many seconds at most."""
        return self._stands.wait(timeout)

    def set_rate(self, rate):
        """Let the next step use this rate. Raises ValueError for what is no rate, or where a schedule sets it."""
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not (isfinite(rate) and rate >= 0):
            raise ValueError(f"learning rate {rate!r}: expected a number from 0 on, such as 0.01")
        with self.lock:
            if self.scheduled:
                raise ValueError("fit was given a schedule, which sets the learning rate before every step")
            if not self.ended:
                self.wanted_rate = float(rate)
                self.tell()

    def speed(self):
        """Steps a second, over the last two seconds that it ran; None before there are two readings."""
        if len(self._seen) < 2 or self._seen[-1][0] == self._seen[0][0]:
            return None
        (t0, n0), (t1, n1) = self._seen[0], self._seen[-1]
        return (n1 - n0) / (t1 - t0)

    def _work(self):
        self._seen.append((perf_counter(), len(self.record)))
        while self._goes_on():
            began = perf_counter()
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # fit says in words what was not finite
                    step = next(self._steps, None)
                with self.lock:
                    if step is None:
                        return self._stand("finished")
                    self._take(step)
            except Exception as error:  # whatever it is: it is kept, shown, and raised again by who waits
                with self.lock:
                    self.error = error
                    return self._stand("failed")
            if self.pace and self._left != 0:
                self._hurry.wait(max(0.0, 1 / self.pace - (perf_counter() - began)))

    def _goes_on(self):
        with self.lock:
            self._hurry.clear()
            if self.status == "pausing" or self._left == 0:
                self._stand("paused")
                return False
            if self._left is not None:
                self._left -= 1
            if self.wanted_rate is not None:
                self._change_rate()
            return True

    def _change_rate(self):
        """Groups with rates of their own keep their proportion to the first."""
        groups = self.optimizer.param_groups
        before, after = groups[0]["lr"], self.wanted_rate
        self.wanted_rate = None
        if before != after:
            for group in groups:
                group["lr"] = after if group["lr"] == before or before == 0 else group["lr"] * (after / before)
            self.record.note_change(before, after)

    def _take(self, step):
        self.scheduled = getattr(getattr(step, "run", None), "schedule", None) is not None
        self.record.add(step, self.measure_gradient)
        now = perf_counter()
        if now - self._told >= BETWEEN_NEWS:
            self._seen.append((now, len(self.record)))
            while self._seen[-1][0] - self._seen[0][0] > SPEED_OVER and len(self._seen) > 2:
                self._seen.popleft()
            self._told = now
            self.tell()

    def _stand(self, status):
        self._seen.append((perf_counter(), len(self.record)))
        self.status = status
        self.tell()
        self._stands.set()
