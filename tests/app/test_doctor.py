"""The doctor: all is well here, and each thing that is broken for real turns red with something to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from karpathy_course.app import doctor


def examined(**variables):
    """The findings of a run of its own, by what was examined, and its exit code."""
    answer = subprocess.run(
        [sys.executable, "-m", "karpathy_course", "doctor", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )
    return {finding["what"]: finding for finding in json.loads(answer.stdout)["findings"]}, answer.returncode


@pytest.mark.slow
def test_this_installation_is_well():
    findings, code = examined()
    assert [finding for finding in findings.values() if finding["state"] == "red"] == []
    assert code == 0
    expected = {"Python", "torch", "kernel", "widgets (ipywidgets)", "widgets (anywidget)", "GPU", "disk", "progress"}
    assert expected | {"TensorBoard in JupyterLab"} <= set(findings)


@pytest.mark.slow
def test_a_broken_kernel_and_a_stale_front_end_in_the_users_folders_are_red(tmp_path):
    kernel = tmp_path / "kernels/python3"
    kernel.mkdir(parents=True)
    program = [sys.executable, "-c", "raise SystemExit(3)"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": program, "display_name": "Broken", "language": "python"}))
    stale = tmp_path / "labextensions/anywidget"
    stale.mkdir(parents=True)
    (stale / "package.json").write_text('{"version": "0.0.1"}')
    findings, code = examined(JUPYTER_PATH=str(tmp_path))
    assert code == 1
    assert findings["kernel"]["state"] == "red" and "python3 does not" in findings["kernel"]["found"]
    front = findings["widgets (anywidget)"]
    assert front["state"] == "red" and f"loads 0.0.1 of {stale}" in front["found"]
    assert findings["widgets (ipywidgets)"]["state"] == "ok"


@pytest.mark.slow
def test_every_red_finding_says_what_to_do(tmp_path):
    broken = tmp_path / "torch"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise OSError('libgomp is missing')")
    findings, code = examined(PYTHONPATH=str(tmp_path))
    assert code == 1
    assert findings["GPU"]["found"] == "torch does not load: OSError: libgomp is missing"
    assert all(finding["todo"] for finding in findings.values() if finding["state"] == "red")


def test_a_package_of_another_version_is_red_and_names_the_right_one():
    finding = doctor.compare("numpy", "0.0.1")
    assert finding["state"] == "red" and "instead of 0.0.1" in finding["found"]
    assert finding["todo"].endswith("-m pip install numpy==0.0.1`")


def test_a_package_that_is_not_installed_is_red():
    assert doctor.compare("no-such-package", "1.0")["found"] == "not installed"


def test_a_local_build_of_the_pinned_version_is_well():
    assert doctor.compare("torch", doctor.pins()["torch"])["state"] == "ok"


def test_pins_are_those_of_this_python_and_a_damaged_line_is_passed_over(tmp_path, monkeypatch):
    lines = ["# a comment", "", "Old_Name==1.0 ; python_full_version < '3.11'", "old-name==2.0 ; python_version > '3'"]
    (tmp_path / "constraints.txt").write_text("\n".join([*lines, "other.name==1.2.0", "?? ==3", "numpy==2.4.6"]))
    monkeypatch.setattr(doctor, "HERE", tmp_path)
    assert doctor.pins() == {"old-name": "2.0", "other-name": "1.2.0", "numpy": "2.4.6"}


@pytest.mark.parametrize(
    ("here", "wanted", "same"),
    [
        ("1.2", "1.2.0", True), ("2.13.0+cpu", "2.13.0", True), ("2.13.0rc1", "2.13.0", False),
        ("1.10", "1.1", False), ("not a version", "1.0", False),
    ],
)  # fmt: skip
def test_versions_are_compared_as_versions_not_as_texts(here, wanted, same):
    assert doctor.same_version(here, wanted) is same


def test_a_broken_packaging_is_a_finding(tmp_path):
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging/__init__.py").write_text("raise OSError('half a file')")
    findings, code = examined(PYTHONPATH=str(tmp_path))
    assert code == 1
    assert findings["packages"]["found"] == "packaging does not load: half a file"
    assert findings["packages"]["todo"].endswith("pip install --force-reinstall packaging`")


def test_a_front_end_that_is_not_there_is_red():
    finding = doctor.front_end("widgets", "anywidget", "no-such-extension")
    assert finding["state"] == "red" and "no front end" in finding["found"]


def test_a_proxy_that_a_configuration_has_switched_off_is_red(tmp_path, monkeypatch):
    assert doctor.forwarding()["state"] == "ok"
    folder = tmp_path / "jupyter_server_config.d"
    folder.mkdir()
    off = {"ServerApp": {"jpserver_extensions": {"jupyter_server_proxy": False}}}
    (folder / "own.json").write_text(json.dumps(off))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    finding = doctor.forwarding()
    assert finding["state"] == "red" and "switched off" in finding["found"]
    assert "extension enable jupyter_server_proxy" in finding["todo"]


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="only Linux has a folder that not even root may write to")
def test_progress_that_cannot_be_written_is_red():
    finding = doctor.progress(Path("/sys/kernel/work/progress.json"))
    assert finding["state"] == "red" and "/sys/kernel" in finding["todo"]


def test_a_progress_file_that_is_no_file_is_red(tmp_path):
    (tmp_path / "progress.json").mkdir()
    finding = doctor.progress(tmp_path / "progress.json")
    assert finding["state"] == "red" and "progress.json" in finding["found"]


def test_an_examination_leaves_nothing_behind(tmp_path):
    assert doctor.progress(tmp_path / "work" / "progress.json")["state"] == "ok"
    assert list(tmp_path.iterdir()) == []
