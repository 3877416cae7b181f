"""The learner's own copy of the course, `work/`: made, kept up to date, reset, and opened in JupyterLab.

`work/lectures`, `work/exercises` and `work/docs` mirror the course's folders, so that links hold in both;
`work/.base` keeps what was last copied, by which a learner's change is known (see notebook_merge.py);
`work/kept` holds notebooks that were set aside. The copies carry no outputs of the course, so that nothing answers a
question before the learner has run the cell. Nothing the learner made is deleted or overwritten: a file is replaced
atomically, by one that holds all that theirs held, or theirs is set aside first.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from karpathy_course.app.notebook_merge import is_notebook, merge, renewed, source, without_outputs
from karpathy_course.whole_files import write_whole

FOLDERS = ("lectures", "exercises")
# A lecture links to the glossary as ../docs/glossary.md, which has to hold in the copy too.
MIRRORED = (*FOLDERS, "docs")
WELCOME = "work/lectures/00_welcome.ipynb"
# JupyterLab reads these from a folder named labconfig on its configuration path.
LAB_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 30},
    # A page that is opened again would send a widget's messages to a subshell that the kernel has closed
    # (JupyterLab 4.6, ipykernel 7: UnknownSubshellError), and its buttons would do nothing.
    "@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"},
}


class WorkspaceError(OSError):
    """What stands in the way of the learner's copy; the message is one line with what to do."""


def checkout():
    """The folder that holds the course's notebooks. Raises WorkspaceError where only the package is installed."""
    folder = Path(__file__).resolve().parents[2]
    if not all((folder / name).is_dir() for name in FOLDERS):
        raise WorkspaceError("the course's notebooks are not beside the package: run this from a clone of the course.")
    return folder


# ------------------------------------------------------------------------------------------ updating


def sync(course=None):
    """Bring `work/` up to date with the course; returns the lines that tell the learner what was done.

    course: the checkout's folder. Raises OSError when the disk refuses; what was there is still there.
    """
    course = course or checkout()
    work = course / "work"
    said = []
    for folder in MIRRORED:
        for origin in sorted(path for path in (course / folder).rglob("*") if path.is_file()):
            name = origin.relative_to(course)
            if any(part.startswith(".") for part in name.parts):
                continue
            if origin.suffix == ".ipynb":
                said += sync_notebook(origin, work / name, work / ".base" / name)
            else:
                sync_file(origin, work / name, work / ".base" / name)
    return said


def sync_notebook(origin, mine, base):
    """Bring one notebook of the learner's up to date; returns the lines that tell what was done."""
    newer = read_notebook(origin)
    if newer is None:
        return [f"{origin.name} of the course is damaged: get it again with `git checkout -- {origin.as_posix()}`."]
    newer, said = without_outputs(newer), []
    known = read_notebook(base)
    if mine.exists():
        own = read_notebook(mine)
        if own is None:
            said.append(f"{mine.name} could not be read; it was kept as {show(set_aside(mine))}, and a fresh one made.")
            write_notebook(mine, newer)
        elif known != newer:
            bare = without_outputs(own, known) if known else own
            merged = merge(known, newer, bare)
            if merged != own:
                write_notebook(mine, merged)
            if merged != bare:
                said.append(f"{mine.name} was brought up to date; what you changed was kept.")
    else:
        write_notebook(mine, newer)
    if known != newer:
        write_notebook(base, newer)
    return said


def sync_file(origin, mine, base):
    """Copy a picture or data file that a notebook uses, unless the learner has changed theirs."""
    content = origin.read_bytes()
    if not mine.exists() or (base.exists() and mine.read_bytes() == base.read_bytes() != content):
        place_whole(mine, content)
    if not base.exists() or base.read_bytes() != content:
        place_whole(base, content)


def set_aside(path, copy=False):
    """Move (or copy) a file of the learner's to `work/kept` under a name with the time; returns where it went."""
    work = next(parent for parent in path.parents if parent.name == "work")
    stamp = time.strftime("%Y-%m-%d %H.%M.%S")
    folder = work / "kept"
    folder.mkdir(parents=True, exist_ok=True)
    number, target = 2, folder / f"{path.stem} ({stamp}){path.suffix}"
    while target.exists():
        target, number = folder / f"{path.stem} ({stamp}, {number}){path.suffix}", number + 1
    if copy:
        copy_whole(path, target)
    else:
        os.replace(path, target)
    return target


def show(path):
    return path.relative_to(next(parent for parent in path.parents if parent.name == "work").parent).as_posix()


# --------------------------------------------------------------------------------------------- files


def read_notebook(path):
    """The notebook as plain data, or None when there is none or it cannot be read as one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    return document if is_notebook(document) else None


def write_notebook(path, notebook):
    if any("id" in cell for cell in notebook["cells"]):
        # Cell ids belong to the format from 4.5 on.
        notebook = {**notebook, "nbformat_minor": max(5, notebook.get("nbformat_minor", 5))}
    place_whole(path, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())


def copy_whole(origin, target):
    place_whole(target, origin.read_bytes())


def place_whole(path, content):
    """Write bytes whole or not at all, in a folder that may have to be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


# --------------------------------------------------------------------------------------------- reset


def reset(target, course=None):
    """Give a fresh exercise (02.3) or a lecture's fresh notebooks (02) back; returns the exit code.

    An exercise's earlier answer is quoted in the notebook, below the fresh stub; a lecture's earlier
    notebooks are kept whole in `work/kept`.
    """
    course = course or checkout()
    for line in sync(course):
        print(line)
    lecture, _, number = target.partition(".")
    # A lecture without exercises has one notebook, an exercise stands in exercises/ alone.
    found = [
        path for folder in (FOLDERS[1:] if number else FOLDERS) for path in (course / folder).glob(f"{lecture}_*.ipynb")
    ]
    if not found:
        there = sorted({path.name[:2] for folder in FOLDERS for path in (course / folder).glob("[0-9][0-9]_*.ipynb")})
        print(f"reset: there is no {target}; there are: {', '.join(there) or 'no lectures yet'}.", file=sys.stderr)
        return 2
    if number:
        return reset_exercise(target, found[0], course / "work" / found[0].relative_to(course))
    for origin in found:
        mine = course / "work" / origin.relative_to(course)
        own = read_notebook(mine)
        if own is not None and [*map(source, own["cells"])] == [*map(source, read_notebook(origin)["cells"])]:
            print(f"{show(mine)} is as the course gave it.")
            continue
        kept = set_aside(mine, copy=True)
        write_notebook(mine, without_outputs(read_notebook(origin)))
        print(f"{show(mine)} is fresh; yours is kept as {show(kept)}.")
    return 0


def reset_exercise(exercise, origin, mine):
    own, course = read_notebook(mine), read_notebook(origin)
    if own is None or course is None:
        raise WorkspaceError(f"{origin.name} is damaged: get it again with `git checkout -- {origin.as_posix()}`.")
    try:
        fresh = renewed(course, own, exercise)
    except KeyError:
        print(f"reset: {origin.name} has no exercise {exercise}.", file=sys.stderr)
        return 2
    if fresh == own:
        print(f"{exercise} is as the course gave it.")
        return 0
    write_notebook(mine, fresh)
    print(f"{exercise} is fresh in {show(mine)}; what you had stands below it. Reload the notebook if it is open.")
    return 0


# ----------------------------------------------------------------------------------------------- lab


def lab(words, course=None):
    """Bring `work/` up to date and become JupyterLab, rooted at the checkout, on the welcome lecture."""
    course = course or checkout()
    for line in sync(course):
        print(line, flush=True)
    command = [sys.executable, "-m", "jupyterlab", *lab_options(course, words)]
    environment = lab_environment(course)
    if os.name != "nt":
        os.chdir(course)
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, env=environment, cwd=course)
    while True:  # Windows has no exec: wait, and leave Ctrl-C to JupyterLab, which asks before it ends
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def lab_options(course, words):
    """JupyterLab's command line; the learner's own words come last and win."""
    options = [
        f"--ServerApp.root_dir={course}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if (course / WELCOME).is_file():
        options.append(f"--LabApp.default_url=/lab/tree/{WELCOME}")
    if os.name != "nt":
        # A terminal of a server without a terminal of its own is a login shell, which forgets the PATH it was given.
        options.append(f"--ServerApp.terminado_settings=shell_command={shlex.quote(os.environ.get('SHELL') or 'sh')}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container the only user is root, whom Jupyter would turn away.
        options.append("--allow-root")
    return [*options, *words]


def lab_environment(course):
    """The variables by which this environment's kernel and the course's defaults are found first."""
    configuration = course / "work" / ".jupyter"
    defaults = (json.dumps(LAB_DEFAULTS, indent=1) + "\n").encode()
    target = configuration / "labconfig" / "default_setting_overrides.json"
    if not target.is_file() or target.read_bytes() != defaults:
        place_whole(target, defaults)
    programs = str(Path(sys.executable).parent)
    paths = [str(configuration), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        # So that `!pip`, `!python` and `!karpathy-course` in a cell are this environment's.
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", "")]),
        "VIRTUAL_ENV": sys.prefix,
    }
