"""What the lecture quotes is what was measured: its five formulations are the benchmark's, word for word."""

import ast
from pathlib import Path

from tests.browser.conftest import lecture

ROOT = Path(__file__).resolve().parents[3]


def functions(source):
    """{name: text} of the functions at the top of a source."""
    return {f.name: ast.unparse(f) for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}


def test_the_lectures_five_formulations_are_those_that_the_benchmark_measures():
    code = [c.source for c in lecture("09").cells if c.cell_type == "code" and c.id.startswith("ways-")]
    shown = functions("\n\n".join(code))
    measured = functions((ROOT / "benchmarks" / "conv_formulations.py").read_text(encoding="utf-8"))
    named = ["by_loops", "by_offsets", "by_im2col", "by_windows", "by_kernel_rows"]
    assert [name for name in named if shown[name] != measured[name]] == []
