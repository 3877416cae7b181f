"""What runs beside the learner's code: their cells, and a probe on one case, with a deadline and a muzzle.

The same source serves in the notebook and in a process of its own, where no other file of the course
exists; so it may import nothing but Python's own modules and `plain`. It reports and never judges: an
outcome is ``{"answer": plain data}`` or ``{"failed": kind, …}`` with kind "raises", "too-slow",
"not-plain", "missing-name" or "stub".
"""

import ast
import contextlib
import io
import linecache
import signal
import sys
import threading

from karpathy_course.checks.plain import NotPlain, plain

MOST_OUTPUT = 2_000  # characters of the learner's own prints that are kept
KEPT_STATEMENTS = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AugAssign,
    ast.AnnAssign, ast.Delete, ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Assert, ast.Global,
)  # fmt: skip


class TooSlow(BaseException):
    """The learner's code ran past its deadline; not an Exception, so that ``except Exception`` lets it by."""


@contextlib.contextmanager
def deadline(seconds):
    """Raise TooSlow in the body after seconds, and again every half second until it is out.

    A signal where the system has timers and this is the main thread; elsewhere an exception set from a
    second thread, which reaches loops in Python but not a call that is stuck outside it.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):

        def ring(number, frame):
            raise TooSlow

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return
    import ctypes

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    me, done = ctypes.c_ulong(threading.get_ident()), threading.Event()

    def ring_until_done():
        wait = seconds
        while not done.wait(wait):
            raise_in(me, ctypes.py_object(TooSlow))
            wait = 0.5

    threading.Thread(target=ring_until_done, daemon=True).start()
    try:
        yield
    finally:
        done.set()


class Muzzle(io.TextIOBase):
    """Takes what the learner's code prints, keeps the first part, and counts the rest."""

    def __init__(self):
        self.kept, self.length = "", 0

    def writable(self):
        return True

    def write(self, text):
        text = str(text)
        if len(self.kept) < MOST_OUTPUT:
            self.kept += text[: MOST_OUTPUT - len(self.kept)]
        self.length += len(text)
        return len(text)


def run_probe(probe, namespace, case, seconds):
    """The outcome of ``probe(namespace, case)``; whatever the learner's code does, this returns."""
    muzzle = Muzzle()
    outcome = None
    try:
        with contextlib.redirect_stdout(muzzle), contextlib.redirect_stderr(muzzle), deadline(seconds):
            outcome = {"answer": plain(probe(namespace, case))}
    except NotPlain as refusal:
        outcome = {"failed": "not-plain", "what": str(refusal)}
    except TooSlow:
        outcome = {"failed": "too-slow", "seconds": seconds}
    except MemoryError:
        outcome = {"failed": "raises", "error": "MemoryError", "message": "it asked for more memory than there is"}
    except BaseException as error:
        outcome = failure(error)
    if muzzle.length:
        outcome["printed"] = muzzle.kept
        outcome["printed_length"] = muzzle.length
    return outcome


def failure(error):
    """An exception as an outcome: its type, its message, and the last line of the learner's that it passed."""
    kind = type(error).__name__[:60]
    try:
        message = " ".join(str(error).split())[:300]
    except BaseException:
        message = ""
    outcome = {"failed": "raises", "error": kind, "message": message}
    if isinstance(error, NotImplementedError) and not message:
        outcome["failed"] = "stub"
    entry = error.__traceback__
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        if is_learners(name):
            outcome["line"] = linecache.getline(name, entry.tb_lineno).strip()[:200]
            outcome["number"] = entry.tb_lineno
        entry = entry.tb_next
    return outcome


def is_learners(filename):
    """Whether a code object's file is a cell of the learner's: in a kernel, or in the sandbox."""
    return filename.startswith("<cell ") or "ipykernel_" in filename or filename.startswith("<ipython-input")


def collect(cells, namespace, seconds):
    """Run cells, ``[[name, source], …]``, in namespace, statement by statement; returns what went wrong.

    Imports, definitions, assignments and control flow are run; magics, shell lines, bare calls (checks
    among them) and outputs are dropped. A statement that raises is reported and the rest go on.
    """
    troubles = []
    for name, source in cells:
        file = f"<cell {name}>"
        source = without_magics(source)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        try:
            statements = ast.parse(source, file).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "text", None) or ""
            trouble = {"failed": "raises", "error": "SyntaxError", "message": str(getattr(error, "msg", error))[:200]}
            troubles.append(
                {**trouble, "cell": name, "line": line.strip()[:200], "number": getattr(error, "lineno", None)}
            )
            continue
        for statement in statements:
            if not isinstance(statement, KEPT_STATEMENTS):
                continue
            module = ast.Module([statement], [])
            outcome = run_probe(lambda ns, code: exec(code, ns), namespace, compile(module, file, "exec"), seconds)
            if "failed" in outcome:
                troubles.append({**outcome, "cell": name})
    return troubles


def without_magics(source):
    """source with IPython's own lines (``%…``, ``!…``, a trailing ``?``) blanked, line numbers kept."""
    lines = source.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        return ""
    return "\n".join("" if line.lstrip()[:1] in ("%", "!") or line.rstrip().endswith("?") else line for line in lines)


def main():
    """The sandbox's side: one JSON document in, one out.

    In: modules {name: source}, cells [[name, source]], probes [{"id", "source", "cases", "seconds"}].
    Out: {"troubles": […], "outcomes": {id: [outcome of each case]}}.
    """
    from karpathy_course.checks.plain import dumps, loads

    sys.setrecursionlimit(3_000)
    job = loads(sys.stdin.read())
    out, sys.stdout = sys.stdout, Muzzle()
    namespace = {"__name__": "__main__"}
    troubles = collect(job["cells"], namespace, job["cell_seconds"])
    outcomes = {}
    for task in job["probes"]:
        tools = {}
        exec(compile(task["source"], "<probe>", "exec"), tools)
        missing = [name for name in task["needs"] if name not in namespace]
        outcomes[task["id"]] = [
            {"failed": "missing-name", "name": missing[0]}
            if missing
            else run_probe(tools["probe"], namespace, case, task["seconds"])
            for case in task["cases"]
        ]
    out.write(dumps({"troubles": troubles, "outcomes": outcomes}))
    out.flush()
