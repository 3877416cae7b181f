"""The command `karpathy-course`: one function a verb, each handing over to the module that does the work.

Nothing heavy is imported before the verb that needs it is known. Every verb returns its exit code:
0 all well, 1 the work falls short, 2 wrong use. Whatever is wrong with what the user gave, the
disk or the network is said in one line; a traceback here means a bug in the course.
"""

import errno
import importlib.util
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Neural networks from the inside: the course's lab, checks and tools.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PROGRAM = "karpathy-course"
# Exit code of a program that Ctrl-C ended, by the shells' custom: 128 + SIGINT.
INTERRUPTED = 130

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Target = Annotated[str, typer.Argument(metavar="NN[.k]", help="A lecture (02) or an exercise (02.3).")]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context):
    """Open JupyterLab on the welcome lecture, in your own copy `work/`; further words go on to JupyterLab."""
    from karpathy_course.app import learner_copy

    return learner_copy.lab(context.args)


@app.command()
def doctor(json: AsJson = False):
    """Say what of the installation is well, and what to do about what is not."""
    from karpathy_course.app import doctor as examination

    return examination.main(json)


@app.command()
def check(
    target: Target,
    notebook: Annotated[Path | None, typer.Argument(help="The notebook to check; your own copy when left out.")] = None,
    json: AsJson = False,
):
    """Check the answers of a lecture or of one exercise."""
    target = lecture_or_exercise(target)
    if notebook is not None and not notebook.is_file():
        raise typer.BadParameter(f"there is no notebook {notebook}")
    from karpathy_course.app import exercise_commands

    return exercise_commands.check(target, notebook, json)


@app.command()
def progress():
    """Show which exercises are done, and what is next."""
    from karpathy_course.app import exercise_commands

    return exercise_commands.progress()


@app.command()
def engine():
    """Collect your passed answers into `work/my_engine.py`, a module that runs; what is open is the course's, named."""
    from karpathy_course.app.engine import engine

    return engine()


@app.command()
def exercises(
    check: Annotated[bool, typer.Option("--check", help="Only compare; exit 1 when the folder differs.")] = False,
):
    """Generate exercises/ from solutions/."""
    checkout("exercises")
    from karpathy_course.checks.authoring import exercise_notebooks

    return exercise_notebooks.generate(check=check)


@app.command()
def execute(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[NOTEBOOK]...", help="All when left out.")] = None,
):
    """Run the course's notebooks in fresh kernels and store their outputs."""
    checkout("execute")
    missing = [str(path) for path in paths or [] if not path.is_file()]
    if missing:
        raise typer.BadParameter(f"there is no notebook {', '.join(missing)}")
    from karpathy_course.checks.authoring import exercise_notebooks

    return exercise_notebooks.execute(paths or [])


@app.command()
def reset(target: Target):
    """Give a fresh exercise or lecture back in `work/`; your old cells are kept beside it."""
    from karpathy_course.app import learner_copy

    return learner_copy.reset(lecture_or_exercise(target))


@app.command()
def mutants(
    target: Annotated[str | None, typer.Argument(metavar="[NN[.k]]", help="All when left out.")] = None,
    sizes: Annotated[bool, typer.Option(help="Only count the lines of checks and of wrong answers.")] = False,
):
    """Try every known wrong answer and every one-token change of the solutions against the checks."""
    checkout("mutants")
    from karpathy_course.app import exercise_commands

    target = target and lecture_or_exercise(target)
    return exercise_commands.sizes(target) if sizes else exercise_commands.mutants(target)


@app.command()
def new_exercise(exercise: Annotated[str, typer.Argument(metavar="NN.k", help="The id that it will have.")]):
    """Lay out the files of an exercise to be written."""
    checkout("new-exercise")
    target = lecture_or_exercise(exercise)
    if "." not in target:
        raise typer.BadParameter(f"{exercise!r} is a lecture: give the exercise's id, as {target}.1")
    from karpathy_course.app import exercise_commands

    return exercise_commands.new_exercise(target)


@app.command()
def grade(
    submissions: Annotated[Path, typer.Argument(help="A folder or a zip file of notebooks.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where grades and pages go; a stopped run goes on there.")],
    seed: Annotated[
        int | None, typer.Option(help="What the inputs are drawn from; fresh and secret when left out.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Submissions at once; the processors when left out.")
    ] = None,
    sandbox: Annotated[
        str | None, typer.Option(metavar="MODE", help="bubblewrap, landlock or process; the strongest when left out.")
    ] = None,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Refuse to grade where bubblewrap does not work.")
    ] = False,
    regrade: Annotated[
        list[str] | None, typer.Option(metavar="STUDENT|EXERCISE", help="Forget what is stored of it first.")
    ] = None,
    exercise_seconds: Annotated[float | None, typer.Option(min=1, help="Deadline of one exercise, wall clock.")] = None,
    submission_seconds: Annotated[float | None, typer.Option(min=1, help="Deadline of one submission.")] = None,
    json: AsJson = False,
):
    """Grade what students handed in, each in a sandbox, and write grades and a page for each."""
    from karpathy_course.grading import command, one_submission
    from karpathy_course.grading.sandbox.modes import MODES

    if sandbox not in (None, *MODES):
        raise typer.BadParameter(f"--sandbox {sandbox!r} is none of {', '.join(MODES)}")
    deadlines = one_submission.Deadlines(
        exercise_seconds or one_submission.EXERCISE_SECONDS, submission_seconds or one_submission.SUBMISSION_SECONDS
    )
    return command.grade(submissions, out, seed, workers, sandbox, require_sandbox, regrade or (), deadlines, json)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All when left out.")] = None,
    json: AsJson = False,
    store: Annotated[
        bool, typer.Option("--store", help="With gpu: keep its figures, for pages on machines without one.")
    ] = False,
):
    """Measure the course beside its peers, in seconds and ratios."""
    path = checkout("bench") / "benchmarks" / "run.py"
    spec = importlib.util.spec_from_file_location("benchmarks_run", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(names or [], json, store)


def lecture_or_exercise(word):
    """`02` or `02.3` from what the user typed (`2.3` is understood). Raises BadParameter, which names both forms."""
    match = re.fullmatch(r"(\d{1,2})(?:\.([1-9]\d?))?", word.strip())
    if not match:
        raise typer.BadParameter(f"{word!r} is neither a lecture (02) nor an exercise (02.3)")
    lecture, exercise = match.groups()
    return f"{int(lecture):02d}" + (f".{exercise}" if exercise else "")


def checkout(verb):
    """The folder that holds the course's own files; an installed package without them cannot do `verb`."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / "benchmarks").is_dir() or not (folder / "solutions").is_dir():
        raise typer.BadParameter(f"{verb} works on the course's own files: run it from a clone of the course")
    return folder


def main(arguments=None):
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # An old console's encoding lacks ● and ≥; a question mark is better than a traceback.
        stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments):
    """The exit code of these command-line words; what went wrong is said on standard error in one line."""
    try:
        code = app(args=list(arguments) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except OSError as error:
        return complain(in_words(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return complain("stopped.", INTERRUPTED)
    except Exception as error:
        # Typer's own errors of use all carry this method, whichever click it was built on.
        if not hasattr(error, "format_message"):
            raise
        line = error.format_message().removeprefix("Invalid value: ").rstrip(".")
        return complain(f"{line}. See `{PROGRAM} --help`.", 2)
    if code == INTERRUPTED:  # newer typers end Ctrl-C with this code and say nothing
        return complain("stopped.", INTERRUPTED)
    return code if isinstance(code, int) else 0


def complain(line, code):
    print(f"{PROGRAM}: {' '.join(line.split())}", file=sys.stderr)
    return code


def in_words(error):
    """One line for what the disk refused, with what to do."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"no space is left on the disk{where}: free some and run the same command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"may not be written or read{where}: change its permissions, or move the course to a folder of yours."
    return f"{error.strerror}{where}" if error.strerror else str(error)
