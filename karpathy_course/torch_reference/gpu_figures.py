"""What a GPU has reached, for pages on machines without one: a dated file of figures that `bench gpu` measured.

Figures that nobody has measured are None, never guessed: a page then says NOT_MEASURED.
"""

import json
import re
from math import isfinite
from pathlib import Path

from karpathy_course.whole_files import write_whole

FILE = Path(__file__).with_name("gpu_figures.json")
FORMAT = 1
NOT_MEASURED = "not measured yet"

# What the parts of a file of figures hold; numbers are finite.
NUMBER, DIFFERENCE = "float above 0", "float"
_WORK = {"seconds": NUMBER, "flops": NUMBER, "bytes": NUMBER}
PARTS = {
    "device": {"name": str, "memory_gib": NUMBER, "driver": str, "capability": str},
    "parity": {"model": str, "largest_difference": DIFFERENCE, "holds": bool},
    "steps": {"what": str, "how": str, "batch": int, **_WORK},
    "convolutions": {"engine": str, "size": str, "images": int, "pass": str, **_WORK},
}


def stored_figures(path=FILE):
    """The stored figures of a GPU as plain data; None where none were ever measured.

    {"format": 1, "date": "2026-11-29", "device": {"name", "memory_gib", "driver", "capability"}, "versions": {name:
    version}, "peak": {"flops_per_second": {"float32", "bfloat16", …}, "bytes_per_second": of a copy, read and written},
    "parity": [{"model", "largest_difference", "holds"}], "steps": [{"what", "how", "batch", "seconds", "flops",
    "bytes"}], "convolutions": [{"engine", "size", "images", "pass", "seconds", "flops", "bytes"}]}; steps and
    convolutions are whole ones. Raises ValueError, in one line, for a file that is damaged or of another format.
    """
    try:
        figures = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:  # text that is no UTF-8, or no JSON
        raise ValueError(f"{path}: no whole JSON file: measure again with `karpathy-course bench gpu`") from None
    wrong = what_is_wrong(figures)
    if wrong is not None:
        raise ValueError(f"{path}: {wrong}: measure again with `karpathy-course bench gpu`")
    return figures


def write_figures(figures, path=FILE):
    """Replace the stored figures. Raises ValueError for what `stored_figures` could not read."""
    wrong = what_is_wrong(figures)
    if wrong is not None:
        raise ValueError(f"figures: {wrong}")
    write_whole(Path(path), (json.dumps(figures, indent=1, ensure_ascii=False) + "\n").encode())


def what_is_wrong(figures):
    """In what figures are not of this format; None where they are."""
    if not isinstance(figures, dict):
        return f"expected an object, found {type(figures).__name__}"
    if figures.get("format") != FORMAT:
        return f"format {figures.get('format')!r}, this version reads {FORMAT}"
    kinds = {"date": str, "device": dict, "versions": dict, "peak": dict}
    for name, kind in {**kinds, "parity": list, "steps": list, "convolutions": list}.items():
        if not isinstance(figures.get(name), kind):
            return f"{name!r}: expected {kind.__name__}, found {figures.get(name)!r}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", figures["date"]):
        return f"'date': expected a date as 2026-11-29, found {figures['date']!r}"
    peaks = figures["peak"].get("flops_per_second")
    numbers = [figures["peak"].get("bytes_per_second"), *(peaks.values() if isinstance(peaks, dict) else [None])]
    if not all(_is(number, NUMBER) for number in numbers):
        return f"'peak': expected numbers above 0, found {figures['peak']!r}"
    for part, fields in PARTS.items():
        whole = isinstance(figures[part], dict)
        for entry in [figures[part]] if whole else figures[part]:
            for field, kind in fields.items():
                if not isinstance(entry, dict) or not _is(entry.get(field), kind):
                    where = f"{part!r}" if whole else f"an entry of {part!r}"
                    found = entry.get(field) if isinstance(entry, dict) else entry
                    return f"{where}: {field!r}: expected {getattr(kind, '__name__', kind)}, found {found!r}"
    return None


def _is(x, kind):
    if kind in (NUMBER, DIFFERENCE):
        number = isinstance(x, (int, float)) and not isinstance(x, bool) and isfinite(x)
        return number and (x > 0 or kind == DIFFERENCE)
    return isinstance(x, kind) and (kind is bool or not isinstance(x, bool))
