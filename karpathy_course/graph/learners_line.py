"""Which line of the learner's is running: every refusal while tracing quotes it."""

import linecache
import sys


class TraceError(TypeError):
    """Something that a graph cannot hold; the message quotes the learner's line and says what to do."""


class NoSuchMethod(TraceError, AttributeError):
    """A method or attribute that a traced value lacks; an AttributeError too, so that ``hasattr`` says False."""


def line():
    """The learner's line that is running: ``file:line: code``."""
    frame = sys._getframe(1)
    while frame and (frame.f_globals.get("__name__") or "").startswith(("karpathy_course.", "numpy.")):
        frame = frame.f_back
    if frame is None:
        return "outside any function"
    path, number = frame.f_code.co_filename, frame.f_lineno
    code = linecache.getline(path, number).strip()
    code = code if len(code) <= 90 else code[:87] + "..."
    short = path.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{'cell' if short.startswith('<') or 'ipykernel' in path else short} line {number}" + f": `{code}`" * bool(
        code
    )


def said(what):
    """A refusal with the learner's line before it."""
    return f"{line()}: {what}"
