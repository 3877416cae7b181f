"""Stored figures of a GPU: None where there are none, plain data where they fit, one line where they do not."""

import copy
import json

import pytest

from karpathy_course.torch_reference import stored_figures
from karpathy_course.torch_reference.gpu_figures import FILE, write_figures

FIGURES = {
    "format": 1,
    "date": "2026-11-29",
    "device": {"name": "A GPU", "memory_gib": 80.0, "driver": "580.1", "capability": "9.0"},
    "versions": {"python": "3.12.3", "torch": "2.11.0", "cuda": "13.0", "numpy": "2.5.2", "karpathy-course": "0.1"},
    "peak": {"flops_per_second": {"float32": 5e13, "bfloat16": 7e14}, "bytes_per_second": 4e12},
    "parity": [{"model": "MLP", "largest_difference": 1e-6, "holds": True}],
    "steps": [
        {"what": "MLP", "how": "float32", "batch": 4096, "seconds": 1e-4, "flops": 1e9, "bytes": 1e7},
    ],
    "convolutions": [
        {"engine": "CUDA", "size": "3×3", "images": 64, "pass": "forward", "seconds": 1e-4, "flops": 1e9, "bytes": 1e7}
    ],
}


def changed(*places, value):
    figures = copy.deepcopy(FIGURES)
    part = figures
    for place in places[:-1]:
        part = part[place]
    part[places[-1]] = value
    return figures


def test_figures_that_nobody_measured_are_none(tmp_path):
    assert stored_figures(tmp_path / "none.json") is None


def test_the_packages_own_file_can_be_read_or_is_not_there():
    figures = stored_figures()
    assert (figures is None) == (not FILE.exists())


def test_what_was_written_is_read_back(tmp_path):
    write_figures(FIGURES, tmp_path / "figures.json")
    assert stored_figures(tmp_path / "figures.json") == FIGURES


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        ([], "expected an object, found list"),
        (changed("format", value=2), "format 2, this version reads 1"),
        (changed("date", value=20261129), "'date': expected str, found 20261129"),
        (changed("date", value="yesterday"), "'date': expected a date as 2026-11-29, found 'yesterday'"),
        (changed("device", "name", value=None), "'device': 'name': expected str, found None"),
        (changed("peak", "bytes_per_second", value=0), "'peak': expected numbers above 0"),
        (changed("peak", "flops_per_second", "float32", value=float("nan")), "'peak': expected numbers above 0"),
        (changed("peak", "flops_per_second", value=[1.0]), "'peak': expected numbers above 0"),
        (changed("parity", value=[3]), "an entry of 'parity': 'model': expected str, found 3"),
        (changed("parity", 0, "holds", value=1), "an entry of 'parity': 'holds': expected bool"),
        (changed("steps", 0, "seconds", value="fast"), "an entry of 'steps': 'seconds': expected float"),
        (changed("steps", 0, "seconds", value=-1.0), "an entry of 'steps': 'seconds': expected float above 0"),
        (changed("convolutions", 0, "pass", value=True), "an entry of 'convolutions': 'pass': expected str"),
    ],
)
def test_figures_of_another_form_are_one_line_and_are_not_written(tmp_path, figures, line):
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(figures))
    with pytest.raises(ValueError) as caught:
        stored_figures(path)
    assert line in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ") and str(caught.value).endswith("`karpathy-course bench gpu`")
    with pytest.raises(ValueError):
        write_figures(figures, tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()


@pytest.mark.parametrize("data", [b"", b'{"format": 1, "da', b"\xff\xfe\x00"])
def test_a_damaged_file_is_one_line(tmp_path, data):
    path = tmp_path / "figures.json"
    path.write_bytes(data)
    with pytest.raises(ValueError) as caught:
        stored_figures(path)
    assert str(caught.value) == f"{path}: no whole JSON file: measure again with `karpathy-course bench gpu`"
