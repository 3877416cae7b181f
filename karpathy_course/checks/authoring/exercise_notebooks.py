"""Notebooks as files: exercises/ made from solutions/, and notebooks executed for storing.

`solutions/` is the one source of code; the task of each exercise stands in its class, and its cell is written from
there. What a learner gets is what nbgrader's own release would be: the lines between BEGIN SOLUTION and END SOLUTION
give way to a stub, outputs are gone, nothing else changes.
"""

import copy
import os
import re
import sys
from datetime import datetime
from pathlib import Path

from karpathy_course.checks.authoring.links import with_links
from karpathy_course.checks.registry import find
from karpathy_course.whole_files import write_whole

ROOT = Path(__file__).resolve().parents[3]
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
SLOW_FROM, QUICK_BELOW = 1.0, 0.4  # seconds; between them the tag stays as it is, so that it does not come and go
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def without_solutions(source):
    """source with each solution region replaced by the stub, as nbgrader's ClearSolutions does it."""
    lines, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            if inside:
                raise ValueError("a second BEGIN SOLUTION before END SOLUTION")
            inside = True
            indent = re.match(r"\s*", line)[0]
            lines += [indent + stub for stub in STUB.split("\n")]
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError("BEGIN SOLUTION without END SOLUTION")
    return "\n".join(lines)


def exercise_notebook(solution):
    """The exercise notebook, as text, of a solution notebook read by nbformat."""
    import nbformat

    notebook = nbformat.from_dict(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = without_solutions(cell.source)
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def with_tasks(solution):
    """A solution notebook whose task cells say what the classes of its exercises say; others stay as they are."""
    import nbformat

    notebook = nbformat.from_dict(solution)
    for cell in notebook.cells:
        if match := re.fullmatch(r"task-(\d\d)-(\d+)", cell.id):
            try:
                cell.source = find(f"{match[1]}.{match[2]}").task_cell()
            except LookupError:
                continue  # an exercise of which only the notebook is there yet
    return notebook


def generate(check=False, root=ROOT):
    """Write the links of all notebooks, the task cells of solutions/, and exercises/ from it, or only compare.

    Returns 0, or 1 when check finds a difference.
    """
    import nbformat

    wanted, stale = {}, {}
    for path in sorted([*(root / "solutions").glob("*.ipynb"), *(root / "lectures").glob("[0-9][0-9]_*.ipynb")]):
        try:
            notebook = nbformat.read(path, as_version=4)
            sources = [cell.source for cell in notebook.cells]
            notebook = with_links(with_tasks(notebook), path, root)
            if path.parent.name == "solutions":
                wanted[path.name] = exercise_notebook(copy.deepcopy(notebook))
            if sources != [cell.source for cell in notebook.cells]:
                stale[path] = nbformat.writes(notebook).rstrip("\n") + "\n"
        except (ValueError, nbformat.reader.NotJSONError) as error:
            print(f"{path.parent.name}/{path.name}: {' '.join(str(error).split())[:200]}", file=sys.stderr)
            return 1
    there = {path.name: path.read_text(encoding="utf-8") for path in (root / "exercises").glob("*.ipynb")}
    different = [name for name in sorted(wanted) if there.get(name) != wanted[name]]
    extra = sorted(set(there) - set(wanted))
    if check:
        for path in stale:
            name = f"{path.parent.name}/{path.name}"
            print(f"{name}: its links or tasks are not as they should be: run karpathy-course exercises")
        for name in different:
            print(f"exercises/{name} is not what solutions/{name} gives: run karpathy-course exercises")
        for name in extra:
            print(f"exercises/{name} has no solution: remove it")
        if not different and not extra and not stale:
            print(f"exercises: {len(wanted)} notebooks match their solutions")
        return 1 if different or extra or stale else 0
    for path, text in stale.items():
        write_whole(path, text.encode())
        print(f"{path.parent.name}/{path.name}: links and tasks written")
    (root / "exercises").mkdir(exist_ok=True)
    for name in different:
        write_whole(root / "exercises" / name, wanted[name].encode())
        print(f"exercises/{name} written")
    for name in extra:
        print(f"exercises/{name} has no solution; it is left as it is")
    return 0


def execute(paths=()):
    """Execute notebooks in fresh kernels and store their outputs; all lectures and solutions when none is named.

    A notebook in which a cell raises without the tag raises-exception is not written. Returns 0 or 1.
    """
    import nbformat

    paths = [Path(p) for p in paths] or [
        p for f in ("lectures", "solutions") for p in sorted((ROOT / f).glob("*.ipynb"))
    ]
    failed = False
    for path in paths:
        try:
            notebook = run(nbformat.read(path, as_version=4), path.parent)
        except Exception as error:
            words = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # a kernel's traceback is coloured
            lines = [line for line in words.splitlines() if line.strip()] or [type(error).__name__]
            print(f"{path}: not stored: {lines[-1][:300]}", file=sys.stderr)
            failed = True
            continue
        write_whole(path, (nbformat.writes(notebook).rstrip("\n") + "\n").encode())
        print(f"{path}: stored")
    return 1 if failed else 0


def run(notebook, folder):
    """notebook, executed top to bottom in a fresh kernel: one thread, widgets as pictures and text, no state."""
    import nbformat
    from nbclient import NotebookClient

    variables = {"KARPATHY_COURSE_STORE": "1", "PYTHONHASHSEED": "0", **dict.fromkeys(THREADS, "1")}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            store_widget_state=False,
            record_timing=True,
        )
        client.execute()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
    for cell in notebook.cells:
        took = seconds(cell.metadata.pop("execution", {}))
        if folder.name != "solutions":  # its tags would stand in exercises/, where they say nothing
            tag_slow(cell, took)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def seconds(timing):
    """How long the kernel was busy with a cell, from what nbclient recorded; None where it was not executed."""
    moments = [timing.get(f"iopub.status.{state}") for state in ("busy", "idle")]
    if not all(moments):
        return None
    begun, ended = (datetime.fromisoformat(moment.replace("Z", "+00:00")) for moment in moments)
    return (ended - begun).total_seconds()


def tag_slow(cell, took):
    """Give a cell the tag slow if it took long, or take it away if it was quick: slow cells are tested once only."""
    tags = cell.metadata.get("tags", [])
    if took is None or QUICK_BELOW <= took <= SLOW_FROM or ("slow" in tags) == (took > SLOW_FROM):
        return
    tags = [*tags, "slow"] if took > SLOW_FROM else [tag for tag in tags if tag != "slow"]
    cell.metadata.pop("tags", None)
    if tags:
        cell.metadata["tags"] = tags
