"""One notebook as handed in → its code cells, in little memory however large its outputs are.

The bytes are read in blocks. Outputs, attachments and widgets' states are left out before anything is parsed: a
notebook with 200 MB of outputs costs the memory of its sources. What is left out is hashed, but not judged: it
need not even be JSON.

Why not a library for JSON streams: ijson 3.6 refuses the NaN that Jupyter writes, and keeps one string of 200 MB, a
picture for instance, whole: 24 CPU seconds and 550 MB, where this takes 0.6 seconds and 0.4 MB.
"""

import hashlib
import json
import re
from itertools import islice

from karpathy_course.checks.notebook_cells import Unreadable, cells_of
from karpathy_course.checks.registry import of_lecture
from karpathy_course.grading.intake import safe_opening

LARGEST_KEPT = 5_000_000  # bytes of a notebook without its outputs; as JSON in memory they are up to 35 times as many
LONGEST_KEY = 64  # bytes from a key's first quotation mark to its value; a key with more blanks is not left out
KEY = re.compile(rb'(?<!\\)"(?:outputs|attachments|widgets)"\s*:\s*(?=\[(?!\s*\])|\{(?!\s*\}))')
BRACKET = re.compile(rb"[\[\]{}]")
STEPS = bytes.maketrans(b"[{]}", b"\2\2\0\0")
NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read(submission):
    """``(sha256 of the file's bytes, [[name, source], …] of its code cells)``; named as in `checks.notebook_cells`.

    Two cells with one id are both kept, in their order; of a key that occurs twice the last counts, as in Jupyter.
    Raises Unreadable, one sentence that names the file and what to do.
    """
    where = submission.where
    digest = hashlib.sha256()
    try:
        text = without_outputs(hashed(safe_opening.blocks(submission.path, submission.member), digest))
    except safe_opening.Refused as refusal:
        raise Unreadable(f"{where} {refusal}") from None
    except OSError as error:
        raise Unreadable(f"{where} cannot be read ({error.strerror or error}).") from None
    try:
        notebook = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        what = "is empty" if not text else "is not a whole notebook: it is cut off or damaged"
        if text.startswith(UTF_16):
            what = "is not written in UTF-8"
        raise Unreadable(f"{where} {what}. Ask for it again, saved in JupyterLab.") from None
    return digest.hexdigest(), cells_of(of_this_course(notebook, where), where, of_lecture(submission.lecture))


def of_this_course(notebook, where):
    """notebook, where it is a Python notebook of version 4 or no notebook at all; else raises Unreadable."""
    if type(notebook) is not dict:
        return notebook
    version = notebook.get("nbformat")
    if "worksheets" in notebook or (type(version) is int and version < 4):
        raise Unreadable(f"{where} is a notebook of an old version: save it again in a newer Jupyter.")
    metadata = notebook.get("metadata") if type(notebook.get("metadata")) is dict else {}
    for place, name in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(place) if type(metadata.get(place)) is dict else {}
        language = about.get(name)
        if type(language) is str and language:
            if language.lower() not in ("python", "python3", "ipython"):
                raise Unreadable(f"{where} is not written in Python: ask for one with the Python kernel.")
            break
    return notebook


def hashed(blocks, digest):
    """The blocks as they come; each has gone into the digest."""
    for block in blocks:
        digest.update(block)
        yield block


def without_outputs(blocks):
    """The text of a notebook, bytes, in which ``null`` stands for each list or object of outputs or the like.

    In a JSON text that is valid, ``"outputs"`` before a colon is a key wherever it stands. A text that is not
    stays one that is not, except within what is left out. Raises Refused where too much is kept.
    """
    kept, held, inside = bytearray(), b"", None
    for block in blocks:
        held += block
        while True:
            if inside:
                end, inside = past(held, *inside)
                if inside:
                    held = b"\\" if (len(held) - len(held.rstrip(b"\\"))) % 2 else b""
                    break
                held = held[end:]
            match = KEY.search(held)
            if not match:
                cut = max(len(held) - LONGEST_KEY, 0)
                kept += held[:cut]
                held = held[cut:]
                break
            kept += held[: match.end()] + b"null"
            held, inside = held[match.end() :], (0, False)
        if len(kept) > LARGEST_KEPT:
            most = LARGEST_KEPT // 1_000_000
            raise safe_opening.Refused(f"holds more than {most} MB beside its outputs: ask for one without them.")
    return bytes(kept + held) if not inside else bytes(kept)


def past(block, depth, quoted):
    """``(end, None)`` where a value that is left out ends in a block, else ``(None, (depth, quoted))`` after it.

    depth: how many brackets are open before the block; 0 where the value begins with it. quoted: whether it begins
    inside a string. Strings are told apart by their quotation marks, once what is escaped is out of the way.
    """
    parts = block.replace(rb"\\", b"__").replace(rb"\"", b"__").split(b'"')
    for number, step in enumerate(b"".join(parts[quoted::2]).translate(STEPS, NO_BRACKETS)):
        depth += step - 1
        if not depth:
            return next(islice(brackets(parts, quoted), number, None)), None
    return None, (depth, quoted ^ (len(parts) % 2 == 0))


def brackets(parts, quoted):
    """The index after each bracket outside of the strings, in the block that was split into parts."""
    start = 0
    for part in parts:
        if not quoted:
            yield from (start + bracket.end() for bracket in BRACKET.finditer(part))
        start += len(part) + 1
        quoted = not quoted
