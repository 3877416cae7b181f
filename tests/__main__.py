"""``python course.py test``: gets what the tests need beside Python, and hands over to pytest.

    python course.py test                 everything, spread over the cores
    python course.py test quick           a sample of all parts, without browsers, servers and installations
    python course.py test lecture 03      one lecture: its notebooks, exercises and widgets
    python course.py test tests/graph -x  other words go on to pytest

``--system`` lets it install a browser and bubblewrap by apt with sudo; as root it does so unasked.
"""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def main(words):
    """Run pytest with what the words ask for; returns its exit code, or 2 with one line for what cannot be meant."""
    import pytest

    from tests import machine

    system, words = "--system" in words, [word for word in words if word != "--system"]
    try:
        arguments = translated(words)
    except ValueError as error:
        print(f"course.py: {error}", file=sys.stderr)
        return 2
    if "--quick" not in arguments:
        machine.fetch(system, lambda line: print(f"course.py: {line}", file=sys.stderr, flush=True))
    os.environ.update(dict.fromkeys(THREADS, "1"))
    return int(pytest.main([*spread(arguments, os.cpu_count() or 1), *arguments]))


def translated(words):
    """The words for pytest: `quick` and `lecture NN` are the course's own. Raises ValueError with one sentence."""
    if words[:1] == ["quick"]:
        return ["--quick", *words[1:]]
    if words[:1] != ["lecture"]:
        return words
    lectures = sorted(path.name[:2] for path in (HERE / "lectures").glob("[0-9][0-9]_*.ipynb"))
    number = words[1].zfill(2) if len(words) > 1 else ""
    if number not in lectures:
        raise ValueError(f"`test lecture` wants a number from {lectures[0]} to {lectures[-1]}, as in `test lecture 03`")
    own = f"tests/lectures/lecture{number}"
    places = ["tests/exercises", "tests/notebooks", *([own] if (HERE / own).is_dir() else [])]
    return [f"--lecture={number}", *places, *words[2:]]


def spread(words, cores):
    """The options that spread the tests over the cores; what the words name by path runs in one process."""
    lecture = any(word.startswith("--lecture") for word in words)
    named = not lecture and any((HERE / word.split("::")[0]).exists() for word in words)
    chosen = any(re.match(r"-n|--numprocesses|--pdb|--dist|--co$|--collect-only|-s$|--capture", word) for word in words)
    if named or chosen or cores < 2:
        return []
    return ["-n", str(min(cores, 8))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
