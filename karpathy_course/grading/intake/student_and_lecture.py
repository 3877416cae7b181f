"""What the place and the name of a file say: whose work it is, and for which lecture. Nothing is read here.

A name may hold any character; `shown` makes it fit for a message.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from karpathy_course.grading.report.visible_text import visible

LONGEST_SHOWN = 300  # characters of a name in a message
LEFT_OUT = {".ipynb_checkpoints", "__macosx", "__pycache__", ".git", ".venv"}
NBGRADERS_OWN = {"source", "release", "autograded", "feedback", "downloaded"}  # beside `submitted` in a course
COURSES_OWN = {"exercises", "lectures", "solutions", "work"}  # folders that a student may have packed
IS_A_FOLDER = "is a folder and no notebook: put the notebook itself in its place."
ARCHIVES = (".rar", ".7z", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".txz")
EXPORTS = (".py", ".html", ".pdf", ".json", ".txt", ".md", ".docx")  # handed in in place of a notebook
PREFIX = re.compile(r"([0-9]{2})(?![0-9])")
INSIDE = re.compile(r"_([0-9]{2})(?=[_ .()-]|$)")


@dataclass(frozen=True)
class File:
    """A file as it was met.

    parts: the names of the folders down to it, and its own, from SUBMISSIONS or from the top of the zip.
    where: what a message calls it. path: the file, or the zip that holds it. member: its name in the zip, or None.
    """

    parts: tuple
    where: str
    path: Path
    member: str | None = None


@dataclass(frozen=True)
class Claim:
    """A file with what its place says.

    student: or None. names: those of the folders below the student's, and the file's; they may say the lecture.
    lecture, trouble: where they are settled already.
    """

    file: File
    student: str | None
    names: tuple = ()
    lecture: str | None = None
    trouble: str | None = None


def shown(name):
    """A name or a path for a message: made visible, and cut in the middle where it is very long."""
    if len(name) > LONGEST_SHOWN:
        half = LONGEST_SHOWN // 2
        name = f"{name[:half]} … {name[-half:]}"
    return visible(name)


def listed(names):
    """Names on one line: the first three, and how many more."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + more


def writable(name):
    """A name that can be written as UTF-8: the bytes of it that are not are spelled out, as ``\\udcNN``."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def key(student):
    """What is left of a name on a disk that folds case and accents and drops blanks at the end; "" where nothing."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", student).casefold())
    return folded.rstrip(" .") if any(c.isprintable() and c not in " ." for c in folded) else ""


def is_notebook(name):
    return name.lower().endswith(".ipynb")


def is_zip(name):
    return name.lower().endswith(".zip")


def is_archive(name):
    """Whether a file is packed in a way that is not read."""
    return name.lower().endswith(ARCHIVES)


def matters(name):
    """Whether a student could have meant a file as a submission, going by its name."""
    low = name.lower()
    if low.startswith(("._", ".~")):  # macOS's and JupyterLab's own
        return False
    exported = low.endswith(EXPORTS) and (PREFIX.match(low) or INSIDE.search(low))
    return ".ipynb" in low or is_zip(low) or is_archive(low) or bool(exported)


def may_be_a_students(name, lectures):
    """Whether a name can be a student's: it is not where it is a folder of the course or of a lecture."""
    prefix = PREFIX.match(name)
    return name.casefold() not in COURSES_OWN and not (prefix and prefix[1] in lectures)


def claim_of(file, lectures):
    """The Claim of a file by the folders above it and its own name, ``STUDENT/…`` or ``STUDENT_NN_slug``.

    A file that is no notebook and names no student is harmless: no student, no trouble.
    """
    if len(file.parts) > 1:
        return Claim(file, file.parts[0], file.parts[1:])
    name = file.parts[0]
    found = [match for match in INSIDE.finditer(name) if match[1] in lectures]
    prefix = PREFIX.match(name)
    if len(found) == 1 and not (prefix and prefix[1] in lectures):
        return Claim(file, name[: found[0].start()], lecture=found[0][1])
    if is_archive(name):
        return Claim(file, None, trouble=f"{file.where} is no notebook: ask for the .ipynb file.")
    if ".ipynb" not in name.lower():
        return Claim(file, None)
    if found:
        what = "can be read as the work of more than one student or lecture"
    elif prefix:
        what = "does not say whose it is"
    elif INSIDE.search(name):
        what = f"is for a lecture without exercises (those with some: {', '.join(sorted(lectures))})"
    else:
        what = "says neither whose it is nor for which lecture"
    todo = "name it STUDENT/NN_slug.ipynb, in a folder named for the student."
    return Claim(file, None, trouble=f"{file.where} {what}: {todo}")


def of_another_course(file, lectures):
    """Whether a file in nbgrader's ``STUDENT/ASSIGNMENT/…`` is of an assignment that is none of ours.

    Neither the assignment's folder, nor one in it, nor the file itself says the number of one of the lectures.
    """
    return len(file.parts) > 2 and not any(lecture_of([name], lectures) in lectures for name in file.parts[1:])


def lecture_of(names, lectures):
    """The number that the last of the names that has one says, ``02`` for ``02_slug.ipynb``; None where none has.

    ``ada_02_slug.ipynb`` has one where it holds exactly one number of a lecture.
    """
    for name in reversed(names):
        if prefix := PREFIX.match(name):
            return prefix[1]
        inside = {found for found in INSIDE.findall(name) if found in lectures}
        if len(inside) == 1:
            return inside.pop()
    return None
