"""What runs beside the learner's code: their cells, and a probe on one case, with a deadline and a muzzle.

The same source serves in the notebook and in a process of its own, where no other file of the course
exists; so it may import nothing but Python's own modules and its neighbours `plain_data` and `deadline`. It
reports and never judges: an outcome is ``{"answer": plain data}``, or ``{"failed": kind, …facts}`` with
kind raises, recursion, stub, too-slow, not-plain, interrupted (missing-name, not-your-own and died are
found by others). Beside either stands what the code printed, cut, and how much that was.
"""

import _ast as ast  # the classes of nodes alone: all of `ast` takes as long to load as Python to start
import contextlib
import functools
import io
import os
import random
import re
import sys

from karpathy_course.checks.runner.deadline import call_within
from karpathy_course.checks.runner.plain_data import NotPlain, plain

MOST_OUTPUT = 1_000  # characters of the learner's own prints that are kept
KEPT_STATEMENTS = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AugAssign,
    ast.AnnAssign, ast.Delete, ast.If, ast.For, ast.While, ast.With, ast.Try, ast.TryStar, ast.Match, ast.Raise,
)  # fmt: skip
MAGIC = r"\s*[%!?]|[\w\s,.]+=\s*[%!]|.*\?\s*$"


_cells = {}  # "<cell name>": its source


class Muzzle(io.TextIOBase):
    """Takes what the learner's code prints, keeps the first part, and counts the rest."""

    encoding = "utf-8"

    def __init__(self):
        self.kept, self.length = "", 0

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.length < MOST_OUTPUT:
            self.kept += text[: MOST_OUTPUT - self.length]
        self.length += len(text)
        return len(text)


def run_probe(probe, namespace, case, seconds):
    """The outcome of ``probe(namespace, case)`` on a copy of case; whatever the learner's code does, this returns."""

    def run():
        try:
            return {"answer": plain(probe(namespace, plain(case)))}
        except NotPlain as refusal:
            return {"failed": "not-plain", "what": str(refusal)}

    return quietly(run, seconds)


def quietly(function, seconds):
    """The outcome that function returns, or what went wrong; what it printed is kept apart, its time is bounded."""
    muzzle = Muzzle()
    random_state, limit, trace = random.getstate(), sys.getrecursionlimit(), sys.gettrace()

    def run():
        try:
            return function()
        except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            return failure(error)

    with contextlib.redirect_stdout(muzzle), contextlib.redirect_stderr(muzzle):
        try:
            ended, outcome = call_within(seconds, run)
        except KeyboardInterrupt as error:  # the stop button, pressed while nothing of the learner's was running
            ended, outcome = True, failure(error)
        sys.setrecursionlimit(limit)
        sys.settrace(trace)
        random.setstate(random_state)
    outcome = outcome if ended else {"failed": "too-slow", "seconds": seconds}
    if muzzle.length:
        outcome["printed"] = muzzle.kept.encode("utf-8", "replace").decode("utf-8")
        outcome["printed_length"] = muzzle.length
    return outcome


def failure(error):
    """An exception as an outcome: its type, its message, and the last line of the learner's that it passed."""
    kinds = [(KeyboardInterrupt, "interrupted"), (RecursionError, "recursion"), (NotImplementedError, "stub")]
    kind = next((name for error_type, name in kinds if isinstance(error, error_type)), "raises")
    outcome = {"failed": kind, "error": _clean(type(error).__name__, 60), "message": message_of(error)}
    if isinstance(error, MemoryError):
        outcome["message"] = "it asked for more memory than there is"
    if isinstance(error, ModuleNotFoundError) and type(error.name) is str:
        outcome["module"] = _clean(error.name, 100)
    if isinstance(error, SyntaxError) and type(error.lineno) is int:
        return outcome | {"number": error.lineno, "line": _clean(error.text, 200), "place": ""}
    entry = error.__traceback__
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        if is_learners(name):
            line = _clean(line_of(name, entry.tb_lineno), 200)
            outcome |= {"number": entry.tb_lineno, "line": line, "place": place_of(name)}
        entry = entry.tb_next
    return outcome


def line_of(file, number):
    """A line of a cell that was run here, or of what a kernel or a file holds."""
    if file in _cells:
        return dict(enumerate(_cells[file].splitlines(), 1)).get(number, "")
    import linecache  # it loads Python's tokenizer, and few answers fail

    return linecache.getline(file, number)


def message_of(error):
    """The words of an exception, on one line; its ``__str__`` may be the learner's own and raise."""
    if isinstance(error, SyntaxError):
        return _clean(error.msg, 200)
    try:
        return _clean(str(error), 200)
    except Exception:
        return ""


def _clean(text, most):
    words = " ".join(text.split())[:most] if type(text) is str else ""
    return words.encode("utf-8", "replace").decode("utf-8")


@functools.cache
def ours():
    """The folders whose code is not the learner's: the course's, Python's own, the installed libraries'."""
    import sysconfig

    here = os.path.abspath(globals().get("__file__", ""))
    course = here.removesuffix(os.path.join("checks", "runner", "probing.py")) if "__file__" in globals() else "\0"
    return course, *(os.path.abspath(path) + os.sep for name, path in sysconfig.get_paths().items() if "lib" in name)


def is_learners(filename):
    """Whether a code object's file is the learner's: a cell, in a kernel or run again, or a module of theirs."""
    if filename.startswith("<"):
        return filename.startswith(("<cell ", "<ipython-input"))
    return not os.path.abspath(filename).startswith(ours())


def place_of(filename):
    """What the learner calls a file: ``cell answer-02-1``, ``your cell In [7]``, ``helpers.py``, or ""."""
    if filename.startswith("<cell "):
        return filename[1:-1]
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    counts = getattr(getattr(shell, "compile", None), "_filename_map", {})
    if filename in counts:
        return f"your cell In [{counts[filename]}]"
    name = os.path.basename(filename)
    return "" if name.startswith("<") or name[:-3].isdigit() else name


def collect(cells, namespace, given, seconds):
    """Run cells, ``[[name, source], …]``, in namespace, statement by statement; returns what went wrong.

    Imports, definitions, assignments and control flow are run; magics, shell lines and bare calls (checks among them)
    are dropped, but for methods of what the same cell has made (``gradients.append(1.0)``). The names in given keep
    their values. A statement that raises is reported and the rest go on.
    """
    troubles = []
    namespace.update(given)
    for name, source in cells:
        file = f"<cell {name}>"
        _cells[file] = source
        try:
            statements = parse(source, file)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            troubles.append({**failure(error), "failed": "syntax-error", "cell": name})
            continue
        for statement in statements:

            def run(statement=statement, file=file):
                exec(compile(ast.Module([statement], []), file, "exec"), namespace)
                return {}

            outcome = quietly(run, seconds)
            namespace.update(given)
            if "failed" in outcome:
                troubles.append({**outcome, "cell": name})
                if outcome["failed"] in ("too-slow", "interrupted"):
                    break
    return troubles


def parse(source, file="<cell>"):
    """The statements of a cell that are run; IPython's own lines are dropped where Python cannot read them."""
    try:
        tree = compile(source, file, "exec", ast.PyCF_ONLY_AST)
    except SyntaxError:
        first = source.lstrip()
        if first.startswith("%%") and not first.startswith(("%%time", "%%capture")):
            return []  # another language
        python = "\n".join("" if re.match(MAGIC, line) else line for line in source.split("\n"))
        tree = compile(python, file, "exec", ast.PyCF_ONLY_AST)
    assigned = [target for s in tree.body if isinstance(s, ast.Assign) for target in s.targets]
    made = {target.id for target in assigned if isinstance(target, ast.Name)}
    return [s for s in tree.body if isinstance(s, KEPT_STATEMENTS) or fills(s, made)]


def fills(statement, made):
    """Whether a bare call only fills what its cell has made: ``gradients.append(1.0)`` under ``gradients = []``."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    owner = method.value if isinstance(method, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in made
