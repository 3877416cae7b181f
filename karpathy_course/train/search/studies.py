"""An Optuna study in one SQLite file: begun or resumed, never mixed with another, never lost.

Whatever is wrong with the file (locked, damaged, of another program or another version of Optuna) is one sentence that
says what to do, and the file stays as it was.
"""

import contextlib
import re
import shlex
import sqlite3
import sys
from pathlib import Path

import optuna
import sqlalchemy
from optuna.exceptions import StorageInternalError

from karpathy_course.train.search.repeatable import RepeatableSampler

NAME = "study"  # one study a file: its path is its name
SEED = "seed"  # the attribute of a study that holds it
TABLES = {"studies", "trials", "version_info"}  # of each version of Optuna
PATIENCE_SECONDS = 10.0  # for another program that writes in the file: a dashboard does so for a moment


class StudyError(ValueError):
    """A study that cannot be opened or gone on with; the message is one line that says why and what to do."""


ADVICE = {  # what SQLite says: what to do
    "locked": "another program is writing in it. Close that program, then run this again: no finished trial is lost",
    "not a database": "it is no SQLite file. Give the path of another file",
    "malformed": "it is damaged. Use an earlier copy, or begin again in another file",
    "readonly": "you may not write in it. Change its permissions, or copy it and open the copy",
    "unable to open": "you may not write there. Choose another folder",
    "full": "make room, then run this again: no finished trial is lost",
}


def open_study(path, seed, direction="minimize", pruner=None):
    """The study in the SQLite file at path, an `optuna.Study`: begun where there is none, else resumed.

    seed: a whole number from 0, from which all parameters are drawn. direction: "minimize" or "maximize" what the
    objective returns. pruner: one of Optuna's; None: `MedianPruner`, after 5 whole trials, from the second epoch on.
    The same seed gives the same trials, in one go or in several, if the objective gives the same values for the same
    parameters (it seeds its own random numbers, and not by ``trial.number``) and the pruner knows nothing of numbers.
    Raises StudyError for a file that cannot be used, or that holds a study of another seed or direction.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"open_study: seed={seed!r}: expected a whole number from 0")
    if direction not in ("minimize", "maximize"):
        raise ValueError(f'open_study: direction={direction!r}: expected "minimize" or "maximize"')
    path = Path(path)
    tables = tables_in(path)
    with explained(path), quiet():
        storage = optuna.storages.RDBStorage(
            address(path),
            engine_kwargs={"connect_args": {"timeout": PATIENCE_SECONDS}},
            skip_table_creation=bool(tables),  # else a file of another version would get tables that it does not know
        )
        study = optuna.create_study(
            study_name=NAME,
            storage=storage,
            load_if_exists=True,
            direction=direction,
            sampler=RepeatableSampler(seed),
            pruner=pruner or optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2),
        )
        if SEED not in study.user_attrs:
            study.set_user_attr(SEED, seed)
        given = {"seed": seed, "direction": direction}
        there = {"seed": study.user_attrs[SEED], "direction": study.direction.name.lower()}
    for what, value in there.items():
        if given[what] != value:
            raise StudyError(
                f"{path} holds a study with {what}={value!r}, and you gave {what}={given[what]!r}: "
                f"open it with {value!r}, or begin another study in another file"
            )
    study.path = path  # `run_trials` locks it
    return study


def address(path):
    """A file's address as Optuna and its tools take it."""
    return sqlalchemy.URL.create("sqlite", database=str(path)).render_as_string()


def tables_in(path):
    """The names of the tables in the file at path, which is only read; none where there is no file yet.

    Raises StudyError where the file cannot hold a study.
    """
    if not path.parent.is_dir():
        raise StudyError(f"{path}: there is no folder {path.parent}: make it first")
    if path.is_dir():
        raise StudyError(f"{path} is a folder: give the path of a file in it, for example {path / 'study.db'}")
    if not path.exists():
        return set()
    with explained(path):
        reading = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)
        with contextlib.closing(reading):
            tables = {name for (name,) in reading.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables >= TABLES:
        raise StudyError(f"{path} holds no study, and tables of something else: give the path of another file")
    return tables


@contextlib.contextmanager
def explained(path):
    """What SQLite, SQLAlchemy and Optuna raise about the file at path, as a StudyError that says what to do."""
    try:
        yield
    except (sqlite3.Error, sqlalchemy.exc.SQLAlchemyError, StorageInternalError) as error:
        said = " ".join(str(innermost(error)).split())
        advice = next((advice for words, advice in ADVICE.items() if words in said), "try another file")
        raise StudyError(f"{path} cannot be used as a study ({said}): {advice}") from error
    except RuntimeError as error:
        if "compatible with the table schema" not in str(error):
            raise
        raise StudyError(f"{path} {of_another_version(path, str(error))}. The file is as it was") from error


def innermost(error):
    """What SQLite itself said, from within the errors that others made of it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return getattr(error, "orig", error)


def of_another_version(path, said):
    """What to do with a study of another Optuna, by what Optuna says of it."""
    written = re.search(r"set up by optuna (\S+?)\)", said)
    which = f"was written by Optuna {written[1] if written else 'of another version'}, this is {optuna.__version__}"
    if "storage upgrade" in said:
        return f"{which}: copy it, then run `optuna storage upgrade --storage {shlex.quote(address(path))}`"
    return f"{which}, which is older: `{shlex.quote(sys.executable)} -m pip install --upgrade optuna`"


@contextlib.contextmanager
def quiet():
    """Optuna without its lines on each trial, which hold the time of day."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
