"""Running a learner's own `_backward`s from outside, safely: a deadline, silence, and all put back.

A class that keeps no local derivatives still knows them: with its operands' gradients at zero and
its own at one, a node's `_backward` writes exactly its local derivatives. What is touched for this
is put back as it was. The deadline reaches every loop written in Python, not one inside C code.
"""

import contextlib
import io
import linecache
import sys
import time
from pathlib import Path

HERE = str(Path(__file__).parents[1])


class TooSlow(BaseException):
    """The learner's code ran past its deadline. Not an Exception, so that `except Exception` lets it by."""


class _Silence(io.TextIOBase):
    def write(self, text):
        return len(text)


@contextlib.contextmanager
def learners_code(seconds, entering=None):
    """Run the body's calls into a learner's code silently, and raise TooSlow in them after ``seconds``.

    A trace function looks at the clock, because it works in any thread, on any system and in a
    browser's Python. entering(frame) is told of each call into the learner's code. A debugger's or a
    coverage tool's own trace function comes back afterwards.
    """
    end, clock = time.perf_counter() + seconds, time.perf_counter

    def watch(frame, event, argument):
        if clock() > end:
            raise TooSlow
        return watch

    def enter(frame, event, argument):
        if frame.f_code.co_filename.startswith(HERE):
            return None
        if entering is not None:
            entering(frame)
        frame.f_trace_opcodes = True  # ``while True: pass`` reaches no new line
        return watch(frame, event, argument)

    before = sys.gettrace()
    with contextlib.redirect_stdout(_Silence()):
        sys.settrace(enter)
        try:
            yield
        finally:
            sys.settrace(before)


@contextlib.contextmanager
def put_back(objects):
    """Whatever the body does to the nodes' data and grad, they hold the same objects afterwards."""
    before = [(node.data, getattr(node, "grad", None), hasattr(node, "grad")) for node in objects]
    try:
        yield
    finally:
        for node, (data, grad, had_grad) in zip(objects, before):
            if node.data is not data:
                node.data = data
            if had_grad:
                if node.grad is not grad:
                    node.grad = grad
            elif hasattr(node, "grad"):
                with contextlib.suppress(AttributeError):
                    del node.grad


def described(error):
    """One sentence for an exception from a learner's code: what it is, and the learner's own line."""
    if isinstance(error, TooSlow):
        return "it had not returned when its time was over: is there a loop that never ends?"
    message = " ".join(str(error).split())[:120]
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    number, line, entry = None, "", error.__traceback__
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        if not name.startswith(HERE):
            number, line = entry.tb_lineno, linecache.getline(name, entry.tb_lineno).strip()
        entry = entry.tb_next
    if number is None:
        return text
    return f"{text}, in line {number}" + (f": {line}" if line else "")


def probe(objects, parents, nodes, seconds):
    """For each of ``nodes`` (indices) what its ``_backward`` writes into its distinct parents, for a gradient of 1.

    Returns (found, trouble): a dict index -> {parent index: number}, and None or (index, sentence) of
    the first ``_backward`` that failed; after one that never returns no other is tried.
    """
    found, trouble = {}, None
    if not nodes:
        return found, trouble
    with put_back(objects), learners_code(seconds):
        for i in nodes:
            node, above = objects[i], set(parents[i])
            try:
                for p in above:
                    objects[p].grad = 0.0
                node.grad = 1.0
                node._backward()
                found[i] = {p: float(objects[p].grad) for p in above}
            except TooSlow as error:
                return found, trouble or (i, described(error))
            except Exception as error:
                trouble = trouble or (i, described(error))
    return found, trouble
