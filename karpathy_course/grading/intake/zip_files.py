"""A zip file of submissions, read as a folder: one student's work, or that of several. Nothing is unpacked.

One student's zip holds notebooks, or folders that cannot be a student's; it belongs to the student that it is named
for, or in whose folder it lies. A zip in which exactly one folder could be a student's, but not the one that the zip
is named for, is named and not guessed.
"""

from collections import defaultdict
from dataclasses import replace

from karpathy_course.grading.intake import safe_opening
from karpathy_course.grading.intake.student_and_lecture import (
    IS_A_FOLDER,
    LEFT_OUT,
    NBGRADERS_OWN,
    Claim,
    File,
    claim_of,
    is_notebook,
    is_zip,
    key,
    listed,
    matters,
    may_be_a_students,
    of_another_course,
    shown,
    writable,
)

IN_A_ZIP = " › "


def claims_of_zip(file, lectures, alone=False):
    """``(claims, whether it holds the work of several students)`` of a zip file.

    alone: the zip is all that there is; then a folder in it is a student's, whatever the zip is called.
    """
    owner = file.parts[0] if len(file.parts) > 1 else None
    try:
        with safe_opening.opened_zip(file.path) as content:
            files, claims = members(file, content.infolist())
    except safe_opening.Refused as refusal:
        return [Claim(file, owner, trouble=f"{file.where} {refusal}")], False
    stem = file.parts[-1][: -len(".zip")] if is_zip(file.parts[-1]) else file.parts[-1]
    if owner:
        return of_one(file, owner, stem, files, claims), False
    files, of_a_course = unwrapped(files, stem)
    if of_a_course:
        files = [inner for inner in files if not of_another_course(inner, lectures)]
    by_place = [unless_a_zip(claim_of(inner, lectures)) for inner in files]
    students = {claim.student for claim in by_place if claim.student and not claim.trouble}
    students = sorted(student for student in students if may_be_a_students(student, lectures))
    named = claim_of(replace(file, parts=(stem,)), lectures).student or stem
    owner = named if may_be_a_students(named, lectures) else None
    if of_a_course or len(students) > 1 or (alone and students):
        return claims + by_place, True
    if owner and {key(student) for student in students} <= {key(owner)}:
        return of_one(file, owner, stem, files, claims), False
    if students:
        what = f"may be the work of {listed([owner or stem])} or of {listed(students)}"
    else:
        what = "does not say whose it is"
    todo = "unpack it into a folder named for the student."
    return [*claims, Claim(file, None, trouble=f"{file.where} {what}: {todo}")], False


def of_one(file, owner, stem, files, claims):
    """The claims of a zip that is one student's; the zip itself is one where nothing is in it."""
    claims = [replace(claim, student=owner) for claim in claims]
    claims += [unless_a_zip(Claim(inner, owner, (*file.parts[1:-1], stem, *inner.parts))) for inner in files]
    return claims or [Claim(file, owner)]


def unless_a_zip(claim):
    """The claim of a file in a zip; that of a zip in a zip says so."""
    if not is_zip(claim.file.parts[-1]):
        return claim
    return replace(claim, trouble=f"{claim.file.where} is a zip in a zip: unpack the outer one.")


def members(file, infos):
    """``(files, claims)`` of a zip: what may be a submission, and one claim for each reason not to read some."""
    files, troubles = [], defaultdict(dict)  # of each trouble, the names that it has, in order
    for info in infos:
        parts = safe_opening.names_of(info)
        name = shown(info.filename if parts is None else "/".join(parts))
        folders = (parts or ())[: None if info.is_dir() else -1]
        if parts is None:
            troubles["would lie outside of the zip: ask for another zip."][name] = True
        elif not parts or LEFT_OUT & {part.casefold() for part in folders}:
            continue
        elif depth := next((n for n, part in enumerate(folders, 1) if is_notebook(part)), 0):
            troubles[IS_A_FOLDER][shown("/".join(parts[:depth]))] = True
        elif info.is_dir():
            continue
        elif safe_opening.refusal_of(info) == safe_opening.ODD_MEMBER:
            troubles[safe_opening.ODD_MEMBER][name] = True
        elif not matters(parts[-1]):
            continue
        elif refusal := safe_opening.refusal_of(info):
            troubles[refusal][name] = True
        else:
            parts = tuple(writable(part) for part in parts)
            files.append(File(parts, file.where + IN_A_ZIP + name, file.path, info.filename))
    claims = []
    for reason, names in troubles.items():
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        where = file.where + IN_A_ZIP + next(iter(names))
        claims.append(Claim(replace(file, where=where), None, trouble=f"{where}{more} {reason}"))
    return files, claims


def unwrapped(files, stem):
    """``(files, whether they are an nbgrader course's)`` without the folders that only wrap all the others.

    Those are named as the zip is, or `submitted`, whose neighbours go.
    """
    depth, parts = 0, [file.parts for file in files]
    while parts and all(len(names) > depth + 1 for names in parts) and len({names[depth] for names in parts}) == 1:
        if key(parts[0][depth]) != key(stem):
            break
        depth += 1
    files = [replace(file, parts=file.parts[depth:]) for file in files]
    if not any(file.parts[0] == "submitted" and len(file.parts) > 1 for file in files):
        return files, False
    files = [file for file in files if file.parts[0] not in NBGRADERS_OWN]
    return [replace(file, parts=file.parts[file.parts[0] == "submitted" :]) for file in files], True
