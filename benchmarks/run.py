"""Run benchmarks by name and print them as one table or one JSON document.

Every other module of this folder with a function `rows()` is a benchmark: `karpathy-course bench NAME`.
A row is a dict: what, ours_seconds, peer (name and version), peer_seconds, ratio, goal, holds. With a
goal `≥ 5` the ratio is the peer's time over ours, with `≤ 1.4` ours over the peer's. A row without a
peer holds its own figure to the goal (its `what` names the unit); a goal of None is only reported.
"""

import datetime
import importlib
import json as json_module
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


def names():
    """The benchmarks there are, by file name."""
    return sorted(p.stem for p in FOLDER.glob("*.py") if "\ndef rows(" in p.read_text(encoding="utf-8"))


def row(what, ours_seconds, peer=None, peer_seconds=None, goal=None):
    """One row; ratio and holds follow from the goal's direction. goal: "≥ 5", "≤ 1.4" or None."""
    sign, bound = goal.split() if goal else (None, None)
    if peer is None:
        ratio = None
        figure = ours_seconds
    else:
        ratio = ours_seconds / peer_seconds if sign == "≤" else peer_seconds / ours_seconds
        figure = ratio
    holds = None if goal is None else figure <= float(bound) if sign == "≤" else figure >= float(bound)
    return {
        "what": what,
        "ours_seconds": ours_seconds,
        "peer": peer,
        "peer_seconds": peer_seconds,
        "ratio": ratio,
        "goal": goal,
        "holds": holds,
    }


def machine():
    """What the figures were taken on, without naming the host."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def versions():
    found = {}
    for package in (
        "karpathy-course",
        "micrograd",
        "gymnasium",
        "highway-env",
        "autograd",
        "numpy",
        "torch",
        "array-api-compat",
        "anywidget",
        "jupyterlab",
    ):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def measure(name, **options):
    """Run one benchmark: the document that `bench NAME --json` prints. options: what its `rows` can be told."""
    return {
        "bench": name,
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "rows": importlib.import_module(f"benchmarks.{name}").rows(**options),
    }


def show(document):
    from rich.console import Console
    from rich.table import Table

    number = lambda x: "" if x is None else f"{x:.4g}"
    table = Table(title=f"bench {document['bench']}   {document['date']}   {document['machine']}")
    for column, justify in (
        ("what", "left"),
        ("ours, s", "right"),
        ("peer", "left"),
        ("peer, s", "right"),
        ("ratio", "right"),
        ("goal", "right"),
        ("", "left"),
    ):
        table.add_column(column, justify=justify)
    for r in document["rows"]:
        verdict = {None: "", True: "holds", False: "falls short"}[r["holds"]]
        table.add_row(
            r["what"],
            number(r["ours_seconds"]),
            r["peer"] or "",
            number(r["peer_seconds"]),
            number(r["ratio"]),
            r["goal"] or "",
            verdict,
        )
    Console().print(table)


def main(wanted=(), json=False, store=False):
    """Run the wanted benchmarks (all of them when none is named). Returns 0, 1 or 2 as an exit code.

    store: of `gpu` alone, keep the figures in the package.
    """
    os.environ.update(THREADS)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"bench: no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    if store and list(wanted) != ["gpu"]:
        print("bench: --store keeps the figures of a GPU: it goes with `bench gpu` alone", file=sys.stderr)
        return 2
    documents = [measure(name, **({"store": True} if store else {})) for name in wanted or known]
    if json:
        print(json_module.dumps(documents[0] if len(documents) == 1 else documents, indent=1, ensure_ascii=False))
    else:
        for document in documents:
            show(document)
    return 1 if any(r["holds"] is False for d in documents for r in d["rows"]) else 0
