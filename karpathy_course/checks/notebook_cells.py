"""A notebook file as the code cells in it, each with a name, read with suspicion.

A cell is known by nbgrader's grade_id or by its own id; where an answer's cell has lost both, the names that it
defines decide. A file that is cut off, mangled or something else is said in one sentence.
"""

import json
import re

from karpathy_course.checks.runner.unsandboxed import cell_name

LARGEST = 50_000_000  # bytes
AGAIN = "Save it again in JupyterLab, or get fresh cells with `karpathy-course reset`."
ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
NAME = re.compile(r"[^\W\d]\w*")
DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
# A line that begins with `a =`, `a: int =`, `a, b =`, `(a, b) =`, `a.b =`, `a[0] =`; not `f(a=1)`, `a == b`, `a += 1`.
ASSIGNMENT = re.compile(r"^(\(?[^\W\d][\w \t,.*\[\]'\"]*+)\)?[ \t]*+(?::[^=\n]*+)?=(?!=)", re.MULTILINE)


class Unreadable(Exception):
    """A file that is no notebook; its message is one sentence that says what to do."""


def read_cells(path, exercises=()):
    """``[[name, source], …]`` of the code cells of a notebook file, top to bottom; raises Unreadable.

    exercises: as in `cells_of`.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"{path} is larger than {LARGEST // 1_000_000} MB: clear its outputs and save it again.")
        notebook = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"{path} is not a whole notebook: it is cut off or damaged. {AGAIN}") from None
    return cells_of(notebook, path, exercises)


def cells_of(notebook, where, exercises=()):
    """``[[name, source], …]`` of the code cells of a notebook, as JSON gives it, top to bottom.

    where: what a message calls the notebook. exercises: those whose answers are looked for by the names that they
    define: a cell that is no answer by its id, but defines what exactly one exercise needs, is that exercise's,
    whether the answer has lost its id, was split, or was copied. Two cells with one id are both kept, in their order.
    The source of a cell that is damaged is None. Raises Unreadable where there is no list of cells.
    """
    cells = notebook.get("cells") if type(notebook) is dict else None
    if type(cells) is not list:
        raise Unreadable(f"{where} is not a notebook: it has no list of cells. {AGAIN}")
    named = [_named(cell, number) for number, cell in enumerate(cells) if type(cell) is dict]
    named = [[name, source] for name, source, is_code in named if is_code]
    for cell in named:
        if cell[1] is not None and not cell[0].startswith("answer-"):
            names = defined(cell[1])
            answers = [exercise.id for exercise in exercises if names & set(exercise.needs)]
            if len(answers) == 1:
                cell[0] = cell_name(answers[0])
    return named


def _named(cell, number):
    """``(name, source, is code)`` of a cell; its number is its name where it has no id that could be one."""
    metadata = cell.get("metadata") if type(cell.get("metadata")) is dict else {}
    nbgrader = metadata.get("nbgrader") if type(metadata.get("nbgrader")) is dict else {}
    ids = [id for id in (nbgrader.get("grade_id"), cell.get("id")) if type(id) is str and ID.fullmatch(id)]
    source = cell.get("source")
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    return (
        (ids or [f"number {number + 1}"])[0],
        source.encode("utf-8", "replace").decode("utf-8") if type(source) is str else None,
        cell.get("cell_type") == "code",
    )


def defined(source):
    """The names that a cell defines or assigns at its top level, going by its lines: it is never parsed or run.

    A parser can be held up, brought down or made to write warnings by what it is given.
    """
    names = {match[1] for match in DEFINITION.finditer(source)}
    for match in ASSIGNMENT.finditer(source):
        names.update(NAME.findall(match[1]))
    return names
