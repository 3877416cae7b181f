"""`bench gpu` where there is no GPU: it runs on the CPU in its smallest size, says what it skips, and keeps nothing.

It must run where little is installed: in a fresh interpreter that cannot import what the course needs beside NumPy,
PyTorch and array-api-compat. On a machine with CUDA the same command takes the GPU.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import gpu, gpu_parity, gpu_run, run
from karpathy_course.torch_reference.gpu_figures import FILE, stored_figures, what_is_wrong, write_figures
from tests.torch_reference.test_gpu_figures import FIGURES

HERE = Path(__file__).resolve().parents[2]
NEEDED = {"numpy", "torch", "array-api-compat"}
# What PyTorch itself imports is there wherever it is; these packages' names for `import` are other ones.
OF_TORCH = {"jinja2", "markupsafe", "filelock", "packaging"}
IMPORTED_AS = {"scikit-learn": "sklearn", "jupyter-server-proxy": "jupyter_server_proxy"}
WITHOUT = """
import sys
for name in sys.argv[2:]:
    sys.modules[name] = None  # importing it raises ImportError
sys.argv[2:] = []
import torch
from benchmarks import gpu
torch.set_num_threads(1)
sys.exit(gpu.main(["--size", "test", "--store", "--out", sys.argv[1]]))
"""


def other_packages():
    """The names by which everything is imported that the course depends on, and the bench must not need."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)[1]
    names = set(re.findall(r'"([\w-]+)[>=<]', listed)) - NEEDED - OF_TORCH
    assert len(names) > 12
    return sorted(IMPORTED_AS.get(name, name) for name in names)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """(what the bench printed, its figures), run in a fresh interpreter with little installed."""
    before = FILE.read_bytes() if FILE.exists() else None
    path = tmp_path_factory.mktemp("gpu") / "figures.json"
    command = [sys.executable, "-c", WITHOUT, str(path), *other_packages()]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert before == (FILE.read_bytes() if FILE.exists() else None)
    return done.stdout, json.loads(path.read_text())


@pytest.mark.slow
def test_the_bench_runs_with_numpy_torch_and_array_api_compat_alone(ran):
    printed, figures = ran
    assert "FALLS SHORT" not in printed and "skipped: everything on CUDA: PyTorch" in printed
    assert "skipped: keeping the figures: " in printed
    assert {entry["model"] for entry in figures["parity"]} >= {"MLP", "ConvNet", "LeNet-5", "LeCun 1989", "ResNet-18"}
    assert all(entry["holds"] for entry in figures["parity"] + figures["checks"])
    ways = {(step["what"], step["how"]) for step in figures["steps"]}
    assert ways == {("MLP", "float32"), ("MLP", "bfloat16"), ("ConvNet", "float32"), ("ConvNet", "bfloat16")} | {
        ("ConvNet", "float32, the course's engine")
    }
    assert all(step["seconds"] > 0 and step["flops"] > 0 for step in figures["steps"])


@pytest.mark.slow
def test_figures_of_a_cpu_are_no_figures_of_a_gpu(ran):
    assert what_is_wrong(ran[1]) == "'device': 'memory_gib': expected float above 0, found None"
    assert what_is_wrong({**ran[1], "device": FIGURES["device"]}) is None


@pytest.mark.slow
def test_every_row_has_the_one_shape_of_all_benchmarks(ran):
    rows = gpu.as_rows(ran[1])
    assert all(entry.keys() == run.row("x", 1.0).keys() for entry in rows)
    assert [entry for entry in rows if entry["holds"] is False] == []
    off = {**ran[1], "parity": [{"model": "MLP", "largest_difference": 2e-4, "holds": False}]}
    assert [entry["what"][:3] for entry in gpu.as_rows(off) if entry["holds"] is False] == ["MLP"]


def test_a_wrong_gradient_on_the_device_would_fall_short(monkeypatch):
    def spoilt(model):
        twin = convert(model)
        for parameter in list(twin.parameters())[:1]:
            parameter.register_hook(lambda g: g * 1.001)
        return twin

    convert, few = gpu_parity.to_torch, list(gpu_parity.references(small=True))[:3]
    monkeypatch.setattr(gpu_parity, "references", lambda small: few)
    assert all(entry["holds"] for entry in gpu_parity.parity(torch.device("cpu"), True))
    monkeypatch.setattr(gpu_parity, "to_torch", spoilt)
    assert not any(entry["holds"] for entry in gpu_parity.parity(torch.device("cpu"), True))


def test_the_work_of_a_step_is_counted_as_the_formula_has_it():
    batch = torch.zeros(32, 64), torch.zeros(32, dtype=torch.int64)
    found = gpu_run.counted(lambda **factory: torch.nn.Sequential(torch.nn.Linear(64, 10, **factory)), batch)
    assert found["flops"] == 2 * (2 * 32 * 64 * 10)  # forward, and the weight's gradient; the input needs none
    assert found["bytes"] == 4 * (32 * 64 + 4 * (64 * 10 + 10 + 32 * 10))


def test_figures_from_another_machine_are_kept_where_they_are_whole(tmp_path, monkeypatch, capsys):
    kept = tmp_path / "kept.json"
    monkeypatch.setattr(gpu, "write_figures", lambda figures: write_figures(figures, kept))
    brought = tmp_path / "figures.json"
    brought.write_text(json.dumps({**FIGURES, "checks": []}))
    assert gpu.main(["--keep", str(brought)]) == 0
    assert stored_figures(kept) == {**FIGURES, "checks": []}
    assert capsys.readouterr().out == "kept: the figures of 2026-11-29 from A GPU\n"
    kept.unlink()
    brought.write_text(json.dumps({**FIGURES, "device": {"name": "A CPU"}}))
    for path in (brought, tmp_path / "none.json"):
        assert gpu.main(["--keep", str(path)]) == 2 and not kept.exists()
        line = capsys.readouterr().err
        assert line.startswith(f"bench gpu: {path}: ") and line.count("\n") == 1


def test_a_number_beside_a_small_one_is_measured_by_the_least_share():
    found = torch.tensor([1e-9, 0.0])
    assert gpu_parity.difference(found, np.zeros(2), 1e-3) == pytest.approx(1e-6)
    assert gpu_parity.difference(found, np.array([2e-9, 0.0]), 1e-12) == pytest.approx(0.5)


def test_store_goes_with_gpu_alone(capsys):
    assert run.main(["scalar"], store=True) == 2
    assert capsys.readouterr().err == "bench: --store keeps the figures of a GPU: it goes with `bench gpu` alone\n"
