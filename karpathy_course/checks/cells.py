"""A notebook file as the code cells in it, each with a name, read with suspicion.

A cell is known by nbgrader's grade_id or by its own id; where an answer's cell has lost both, the names that it
defines decide. A file that is cut off, mangled or something else is said in one sentence.
"""

import ast
import json

from karpathy_course.checks.isolated import cell_name

LARGEST = 50_000_000  # bytes


class Unreadable(Exception):
    """A file that is no notebook; its message is one sentence that says what to do."""


def read_cells(path, exercises=()):
    """``[[name, source], …]`` of the code cells of a notebook file, top to bottom; raises Unreadable.

    exercises: those whose answers are looked for by the names that they define, where no cell has their id.
    """
    named = [[name, source] for name, source, is_code in all_cells(path) if is_code]
    for exercise in exercises:
        wanted = cell_name(exercise.id)
        if all(name != wanted for name, _ in named):
            for cell in reversed(named):
                if not cell[0].startswith("answer-") and defined(cell[1]) & set(exercise.needs):
                    cell[0] = wanted
                    break
    return named


def all_cells(path):
    """``(name, source, is code)`` of every cell; raises Unreadable."""
    again = "Save it again in JupyterLab, or get fresh cells with `karpathy-course reset`."
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"{path} is larger than {LARGEST // 1_000_000} MB: clear its outputs and save it again.")
        notebook = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"{path} is not a whole notebook: it is cut off or damaged. {again}") from None
    cells = notebook.get("cells") if type(notebook) is dict else None
    if type(cells) is not list:
        raise Unreadable(f"{path} is not a notebook: it has no list of cells. {again}")
    return [_named(cell, number) for number, cell in enumerate(cells) if type(cell) is dict]


def _named(cell, number):
    metadata = cell.get("metadata") if type(cell.get("metadata")) is dict else {}
    nbgrader = metadata.get("nbgrader") if type(metadata.get("nbgrader")) is dict else {}
    names = [name for name in (nbgrader.get("grade_id"), cell.get("id")) if type(name) is str]
    source = cell.get("source", "")
    if type(source) is list:
        source = "".join(line for line in source if type(line) is str)
    return (
        (names or [f"number {number + 1}"])[0],
        source if type(source) is str else "",
        cell.get("cell_type") == "code",
    )


def defined(source):
    """The names that a cell defines or assigns at its top level; none where it cannot be read."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = set()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return names
