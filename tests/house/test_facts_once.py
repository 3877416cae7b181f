"""Every fact about an operation stands on its row: no table of operations' names stands anywhere else.

A new operation (a convolution, say) would be missing from such a table, and whatever is said of what is missing would
silently be said of it. So outside ops/ an operation's name may be written where it is applied or looked for, and not
as one of several keys.
"""

import ast
from pathlib import Path

import pytest

from karpathy_course.ops import OPS
from karpathy_course.scalar_operations import SCALAR

PACKAGE = Path(__file__).resolve().parents[2] / "karpathy_course"
NAMES = set(OPS) | set(SCALAR)
# What may list operations, and why.
ALLOWED = {
    "scalar_operations.py": "the facts that are needed where no NumPy is loaded, once",
    "graph/passes/simplifying.py": "identities: a pattern, its result and when it is legal",
    "tensor/methods.py": "PyTorch's methods, each beside the row that it applies",
    "neuron.py": "the activations that a Neuron offers",
    "widgets/nudge/widget.py": "what needs no brackets in a sum or a product; what is not listed gets them",
    "checks/shared/graph_entries.py": "a judge's own arithmetic, which must not be what it judges",
}
EXERCISES = "checks/lecture"  # which operations an exercise draws from is the exercise's choice, not a fact


def files():
    for path in sorted(PACKAGE.rglob("*.py")):
        short = path.relative_to(PACKAGE).as_posix()
        if not short.startswith(("ops/", EXERCISES)) and short not in ALLOWED:
            yield short


def side_tables(text):
    """(line, names) of each dict, set, list or tuple, or text of several words, that names two operations or more."""
    for node in ast.walk(ast.parse(text)):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", None)
        words = [p.value for p in parts or () if isinstance(p, ast.Constant) and isinstance(p.value, str)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            words = node.value.split() if all(word.isidentifier() for word in node.value.split()) else []
        named = [word for word in words if word in NAMES]
        if len(named) > 1 and len(named) == len(words):
            yield node.lineno, named


@pytest.mark.parametrize("short", list(files()))
def test_no_module_but_the_table_lists_operations(short):
    assert list(side_tables((PACKAGE / short).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    ['_FREE = {"astype", "detach"}', 'RULES = {"sum": f, "max": g}', 'op in ("take", "matmul")', 'N = "add mul exp"'],
)
def test_a_side_table_would_be_seen(text):
    assert list(side_tables(text)) != []


def test_what_is_allowed_to_list_operations_does():
    """Otherwise its permission could be taken back."""
    assert all(list(side_tables((PACKAGE / short).read_text(encoding="utf-8"))) for short in ALLOWED)
