"""What was handed in: a folder or a zip file, read as students and lectures, and nothing guessed.

Understood are `STUDENT/NN_slug.ipynb` (and folders further down), flat `STUDENT_NN_slug.ipynb`, nbgrader's
`submitted/STUDENT/ASSIGNMENT/*.ipynb` (SUBMISSIONS may be the course's folder or its `submitted`), zip files of any
of them, and `STUDENT.zip` in a folder. Whatever a student could have meant as a submission and is not graded is
named with what to do: two files for one lecture, two names that only some disks can tell apart, links, pipes,
folders named like notebooks, what lies in a zip in a zip. Links are not followed, and nothing is unpacked.

Nobody hands in for another. What lies in a student's folder, or in `STUDENT.zip`, is that student's, whatever it is
called; a zip with the work of several is the class's, and is only read where no single student's work lies beside it.

An nbgrader course may have other assignments (`submitted/ada/ps1/problem1.ipynb`): what lies in the folder of an
assignment, and neither there nor itself says the number of a lecture of ours, is left out there without a word.
"""

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from karpathy_course.grading.intake import safe_opening
from karpathy_course.grading.intake.student_and_lecture import (
    IS_A_FOLDER,
    LEFT_OUT,
    NBGRADERS_OWN,
    Claim,
    File,
    claim_of,
    is_archive,
    is_notebook,
    is_zip,
    key,
    lecture_of,
    listed,
    matters,
    of_another_course,
    shown,
    writable,
)
from karpathy_course.grading.intake.zip_files import claims_of_zip


@dataclass(frozen=True)
class Submission:
    """A notebook that is to be graded.

    student: as the folder, the file or the zip says it (bytes that are no UTF-8 as ``\\udcNN``); it may hold any
    character. lecture: ``"02"``. where: what a message calls the file. path: the file, or the zip that holds it.
    member: its name in the zip, or None.
    """

    student: str
    lecture: str
    where: str
    path: Path
    member: str | None


@dataclass(frozen=True)
class Unread:
    """Something handed in that is not graded. trouble: one sentence that names the file and what to do."""

    student: str | None
    lecture: str | None
    where: str
    trouble: str


def find(path, lectures, leave_out=()):
    """``([Submission, …], [Unread, …])`` in a folder or a zip file, both sorted.

    lectures: the numbers of those that have exercises, ``{"01", "02"}``. leave_out: folders that are not looked
    into. Raises ValueError, one sentence, where path is neither a folder nor a file.
    """
    path, lectures = Path(path), set(lectures)
    try:
        path = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise ValueError(f"{shown(str(path))} cannot be found: name a folder or a zip file.") from None
    if path.is_dir():
        claims = claims_of_folder(path, lectures, leave_out)
    elif is_notebook(path.name):
        raise ValueError(f"{shown(str(path))} is one notebook: name the folder that its student's folder lies in.")
    else:
        claims, _ = claims_of_zip(File((writable(path.name),), shown(path.name), path), lectures, alone=True)
    return settled(claims, lectures)


def claims_of_folder(root, lectures, leave_out):
    """The Claims of all that lies in a folder."""
    away = {(status.st_dev, status.st_ino) for status in map(status_of, leave_out) if status}
    handed_in = root / "submitted"
    if root.name == handed_in.name:
        files, claims = ours(*walk(root, "", away), lectures)
    elif handed_in.is_dir() and not handed_in.is_symlink():  # the folder of an nbgrader course
        files, claims = walk(root, "", away, {handed_in.name, *NBGRADERS_OWN})
        more_files, more_claims = ours(*walk(handed_in, f"{handed_in.name}/", away), lectures)
        files, claims = files + more_files, claims + more_claims
    else:
        files, claims = walk(root, "", away)
    claims += [claim_of(file, lectures) for file in files if not is_zip(file.parts[-1])]
    of_several = []
    for file in files:
        if is_zip(file.parts[-1]):
            found, several = claims_of_zip(file, lectures)
            if several:
                of_several.append((file, found))
            else:
                claims += found
    single = any(map(is_handed_in, claims))
    for file, found in of_several:
        if single:  # a student may have made it, and would hand in for others, or spoil what they handed in
            what = "holds the work of several students, and beside it lies that of single ones"
            found = [Claim(file, None, trouble=f"{file.where} {what}: unpack it, or grade it by itself.")]
        claims += found
    return claims


def ours(files, claims, lectures):
    """files and claims without those of other assignments of an nbgrader course."""
    files = [file for file in files if not of_another_course(file, lectures)]
    return files, [claim for claim in claims if not of_another_course(claim.file, lectures)]


def status_of(path):
    try:
        return os.stat(path)
    except OSError:
        return None


def walk(root, before, away, left_out_here=()):
    """``(files, claims)``: what may be a submission, and what cannot be looked at, in root and below.

    before: what stands before the names in messages. away: (device, inode) of folders to leave out;
    left_out_here: names of folders to leave out in root itself.
    """
    files, claims, folders = [], [], [((), root)]

    def met(parts, path):
        return File(parts, shown(before + "/".join(parts)) or shown(root.name), Path(path))

    def trouble(file, student, what):
        claims.append(Claim(file, student, trouble=f"{file.where} {what}"))

    while folders:
        above, folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                entries = list(entries)
        except OSError as error:
            what = f"cannot be looked into ({error.strerror}): make it a readable folder."
            trouble(met(above, folder), above[0] if above else None, what)
            continue
        for entry in entries:
            file = met((*above, writable(entry.name)), entry.path)
            student = above[0] if above else None
            try:
                status = os.lstat(entry.path)
            except OSError as error:
                trouble(file, student, f"cannot be read ({error.strerror}): move it to a place that can be.")
                continue
            if kind := safe_opening.odd_kind(status):
                trouble(file, student, f"is {kind}: put the file or the folder itself in its place.")
            elif entry.is_dir(follow_symlinks=False):
                by_name = entry.name.casefold() in LEFT_OUT or (not above and entry.name in left_out_here)
                if by_name or (status.st_dev, status.st_ino) in away:
                    continue
                if is_notebook(entry.name):
                    trouble(file, student, IS_A_FOLDER)
                else:
                    folders.append((file.parts, entry.path))
            elif matters(entry.name):
                files.append(file)
    return files, claims


def settled(claims, lectures):
    """The submissions, and what is not graded, both sorted: a claim becomes one of the two, or is harmless."""
    claims = [
        claim if claim.trouble or claim.lecture else replace(claim, lecture=lecture_of(claim.names, lectures))
        for claim in sorted(claims, key=lambda claim: claim.file.where)
    ]
    spellings, groups = defaultdict(set), defaultdict(list)
    for claim in claims:
        if is_handed_in(claim):
            spellings[key(claim.student)].add(claim.student)
            groups[claim.student, claim.lecture].append(claim.file.where)
    submissions, unread = [], []
    for claim in claims:
        file, student, lecture = claim.file, claim.student, claim.lecture
        if is_notebook(file.parts[-1]):
            trouble = claim.trouble or trouble_of(claim, lectures, spellings, groups)
        else:
            trouble = claim.trouble or trouble_without_notebook(claim, lectures, spellings, groups)
        if trouble:
            unread.append(Unread(student, lecture, file.where, trouble))
        elif is_notebook(file.parts[-1]):
            submissions.append(Submission(student, lecture, file.where, file.path, file.member))
    order = lambda found: (found.student or "", found.lecture or "", found.where)
    return sorted(submissions, key=order), sorted(unread, key=order)


def is_handed_in(claim):
    return claim.student and not claim.trouble and is_notebook(claim.file.parts[-1])


def trouble_of(claim, lectures, spellings, groups):
    """Why a notebook is not graded, or None."""
    where, lecture = claim.file.where, claim.lecture
    names = sorted(spellings[key(claim.student)])
    group = groups[claim.student, lecture]
    if not key(claim.student):
        return f"{where} names no student: put it into a folder named for the student."
    if len(names) > 1:
        return f"{where}: {listed(names)} are one name on some disks: give one student one spelling."
    if lecture is None:
        return f"{where} does not say for which lecture it is: name it NN_slug.ipynb."
    if lecture not in lectures:
        known = ", ".join(sorted(lectures))
        return f"{where} is for lecture {lecture}, which has no exercises ({known} have): rename it or take it away."
    if len(group) > 1:
        return f"{where} is one of {len(group)} for lecture {lecture} ({listed(group)}): keep one of them."
    return None


def trouble_without_notebook(claim, lectures, spellings, groups):
    """Why a file that is no notebook is named: the student may have meant it; None where that is not so."""
    name, where = claim.file.parts[-1], claim.file.where
    if claim.student is None:
        return None
    if is_zip(name):
        return None if spellings[key(claim.student)] else f"{where} holds no notebook: ask for the .ipynb file."
    may_be = claim.lecture in lectures or ".ipynb" in name.lower()
    instead = may_be and not groups[claim.student, claim.lecture]
    return f"{where} is no notebook: ask for the .ipynb file." if instead or is_archive(name) else None
