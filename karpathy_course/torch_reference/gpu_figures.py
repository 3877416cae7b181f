"""What a GPU has reached, for pages on machines without one: a dated file of figures that `bench gpu` measured.

Figures that nobody has measured are None, never guessed.
"""

import json
from pathlib import Path

FILE = Path(__file__).with_name("gpu_figures.json")
FORMAT = 1
NOT_MEASURED = "not measured yet"

# What every file of figures has, and of which type; the lists' entries are below.
_FIELDS = {
    "format": int,
    "date": str,  # 2026-11-29
    "device": dict,  # {"name", "memory_gib", "driver", "capability"}
    "versions": dict,  # {"python", "torch", "cuda", "numpy", …}
    "peak": dict,  # {"flops_per_second": {"float32", "bfloat16", …}, "bytes_per_second"}
    "parity": list,
    "steps": list,
    "convolutions": list,
}
_ENTRIES = {
    "parity": {"model": str, "largest_difference": float, "holds": bool},
    "steps": {"what": str, "how": str, "batch": int, "seconds": float, "flops": float, "bytes": float},
    "convolutions": {"what": str, "engine": str, "seconds": float, "flops": float, "bytes": float},
}


def stored_figures(path=FILE):
    """The stored figures of a GPU as plain data (format 1, below); None where none were ever measured.

    {"date": "2026-11-29", "device": {"name", "memory_gib", "driver", "capability"}, "versions": {name: version},
    "peak": {"flops_per_second": {"float32", "bfloat16", …: FLOP/s}, "bytes_per_second": of a copy, reads and writes},
    "parity": [{"model", "largest_difference", "holds"}], "steps": [{"what", "how", "batch", "seconds", "flops",
    "bytes"}], "convolutions": [{"what", "engine", "seconds", "flops", "bytes"}]}. Raises ValueError, in one line,
    for a file that is damaged or of another format.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    try:
        figures = json.loads(text)
    except ValueError:
        raise ValueError(f"{path}: no whole JSON file: measure again with `karpathy-course bench gpu`") from None
    wrong = what_is_wrong(figures)
    if wrong is not None:
        raise ValueError(f"{path}: {wrong}: measure again with `karpathy-course bench gpu`")
    return figures


def what_is_wrong(figures):
    """In what figures are not of this format; None where they are."""
    if not isinstance(figures, dict):
        return f"expected an object, found {type(figures).__name__}"
    if figures.get("format") != FORMAT:
        return f"format {figures.get('format')!r}, this version reads {FORMAT}"
    for name, kind in _FIELDS.items():
        if not isinstance(figures.get(name), kind):
            return f"{name!r}: expected {kind.__name__}, found {figures.get(name)!r}"
    for name, fields in _ENTRIES.items():
        for entry in figures[name]:
            for field, kind in fields.items():
                if not isinstance(entry, dict) or not _is(entry.get(field), kind):
                    return f"an entry of {name!r}: {field!r}: expected {kind.__name__}, found {entry!r}"
    numbers = [figures["peak"].get("bytes_per_second"), *figures["peak"].get("flops_per_second", {}).values()]
    if not all(_is(number, float) and number > 0 for number in numbers):
        return f"'peak': expected numbers above 0, found {figures['peak']!r}"
    return None


def _is(x, kind):
    if kind is float:
        return isinstance(x, (int, float)) and not isinstance(x, bool) and x == x and abs(x) != float("inf")
    return isinstance(x, kind) and (kind is bool or not isinstance(x, bool))
