"""Seeing a learner's own backward at work: which node writes how much into whose gradient, and when.

For the time of one run, the attributes `grad`, parents, local derivatives and `_backward` of the nodes'
class are replaced by descriptors that note each access and then do what the class would have done; the
class is as it was afterwards. So it works with `__slots__`, with properties and with plain attributes,
and a node's type stays what it is. Who sends is told by the running `_backward`, or else by which
consumer of the written node the same piece of code has looked at last.
"""

import contextlib
import sys
from collections import deque
from dataclasses import dataclass

from karpathy_course.widgets.learner_graph.local_derivatives import LOCALS
from karpathy_course.widgets.learner_graph.reading import PARENTS, GraphError
from karpathy_course.widgets.learner_graph.safe_calls import TooSlow

MOST_WRITES = 100_000
ABSENT = object()


@dataclass
class Write:
    """parent's gradient went from before to after; sender: whose share it was, None for nobody's.

    call: counts the runs of `_backward`s, None outside of one. added: the old gradient was read for it.
    """

    sender: int | None
    parent: int
    before: float
    after: float
    call: int | None = None
    added: bool = True


class Recorder:
    """Notes reads and writes of the nodes' attributes, and tells who wrote."""

    def __init__(self, graph, consumers):
        self.index = {id(node): i for i, node in enumerate(graph.objects)}
        self.users = [set(users) for users in consumers]
        self.held = [0.0] * len(graph)
        self.writes, self.calls = [], []
        self.running, self.reads = [], {}

    def entering(self, frame):
        self.reads.pop(id(frame), None)

    def read(self, i, name, frame):
        self.reads.setdefault(id(frame), deque(maxlen=256)).append((i, name))

    def write(self, i, value, frame):
        if len(self.writes) >= MOST_WRITES:
            raise TooSlow
        recent = self.reads.get(id(frame))
        added = bool(recent) and (i, "grad") in (recent[-1], recent[-2] if len(recent) > 1 else None)
        if not added and recent:
            added = (i, "grad") in list(recent)[-4:]
        if added:
            self._forget(recent, i)
        before, self.held[i] = self.held[i], value
        if self.running:
            sender, call = self.running[-1]
        else:
            sender, call = self._sender(i, frame), None
            looked = recent[-1] if recent else (None, "")
            shared = looked[0] == sender and looked[1] != "parents"
            if sender is not None and not shared and (value == before or (value == 0 and not added)):
                sender = None
        if sender is not None or value != before:
            self.writes.append(Write(sender, i, before, value, call, added))

    @staticmethod
    def _forget(recent, i):
        """The last read of i's gradient was half of ``+=``: no sign that i sends."""
        for k in range(len(recent) - 1, -1, -1):
            if recent[k] == (i, "grad"):
                del recent[k]
                return

    def _sender(self, i, frame):
        users, depth = self.users[i], 0
        while frame is not None and depth < 40:
            for reader, _ in reversed(self.reads.get(id(frame), ())):
                if reader in users:
                    return reader
            frame, depth = frame.f_back, depth + 1
        return None

    def start(self, i):
        self.calls.append((i, len(self.writes)))
        self.running.append((i, len(self.calls) - 1))

    def end(self):
        self.running.pop()


class _Watched:
    """An attribute that is noted when it is read or written, and otherwise is what it was before."""

    def __init__(self, role, name, before, recorder):
        self.role, self.name, self.before, self.recorder = role, name, before, recorder
        kind = type(before)
        self.by_class = before is not ABSENT and hasattr(kind, "__set__")

    def __get__(self, node, owner=None):
        if node is None:
            return self if self.before is ABSENT else self.before
        if self.by_class:
            value = self.before.__get__(node, owner)
        elif self.name in getattr(node, "__dict__", ()):
            value = node.__dict__[self.name]
        elif self.before is ABSENT:
            raise AttributeError(f"{type(node).__name__!r} object has no attribute {self.name!r}")
        else:
            value = self.before.__get__(node, owner) if hasattr(self.before, "__get__") else self.before
        i = self.recorder.index.get(id(node))
        if i is None:
            return value
        if self.role == "backward":
            return self._noted(value, i) if callable(value) else value
        self.recorder.read(i, self.role, sys._getframe(1))
        return value

    def _noted(self, backward, i):
        def run(*arguments, **named):
            self.recorder.start(i)
            try:
                return backward(*arguments, **named)
            finally:
                self.recorder.end()

        return run

    def __set__(self, node, value):
        if self.by_class:
            self.before.__set__(node, value)
        else:
            node.__dict__[self.name] = value
        i = self.recorder.index.get(id(node))
        if i is not None and self.role == "grad":
            self.recorder.write(i, float(value), sys._getframe(1))

    def __delete__(self, node):
        if self.by_class:
            self.before.__delete__(node)
        else:
            del node.__dict__[self.name]


@contextlib.contextmanager
def watched(graph, recorder):
    """While the body runs, the classes of graph's nodes tell recorder what is done to them."""
    roles = [("grad", ("grad",)), ("parents", PARENTS), ("locals", LOCALS), ("backward", ("_backward",))]
    changed = []
    try:
        for kind in dict.fromkeys(map(type, graph.objects)):
            example = next(node for node in graph.objects if type(node) is kind)
            for role, name in [(role, name) for role, names in roles for name in names if hasattr(example, name)]:
                before = next((c.__dict__[name] for c in kind.__mro__ if name in c.__dict__), ABSENT)
                if isinstance(before, _Watched):  # a base class of this one is watched already
                    before = before.before
                own = kind.__dict__.get(name, ABSENT)
                try:
                    type.__setattr__(kind, name, _Watched(role, name, before, recorder))
                except TypeError:
                    raise GraphError(
                        f"the class {kind.__name__} cannot be watched: it does not let its attributes be replaced"
                    ) from None
                changed.append((kind, name, own))
        yield
    finally:
        for kind, name, own in reversed(changed):
            if own is ABSENT:
                type.__delattr__(kind, name)
            else:
                type.__setattr__(kind, name, own)
