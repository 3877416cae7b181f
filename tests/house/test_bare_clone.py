"""The two commands on what a stranger gets: a clone of what is committed, with no environment yet.

The installation is real and happens once for this file; the rest runs in the clone that it left.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parents[2]
# The interpreter itself: the one that runs these tests belongs to an environment that is installed already.
PYTHON = getattr(sys, "_base_executable", sys.executable)
# What pytest and its workers tell their children must not reach the clone's own pytest.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "JUPYTER_"))}
for name in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"):
    ENVIRONMENT.pop(name, None)
# pip would translate all of 20 000 files in advance, of which these tests import a tenth. The option --no-compile says
# `compile = False` to pip, and the variable with its name gives the value: "1" would mean to translate them.
ENVIRONMENT["PIP_NO_COMPILE"] = "0"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the checkout's last commit."""
    folder = tmp_path_factory.mktemp("stranger") / "course"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(HERE), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def tested(clone):
    """What `python course.py test tests/smoke` says there, which installs all that the tests need."""
    return command(clone, "test", "tests/smoke", "-q", timeout=900)


def command(folder, *words, timeout=120):
    arguments = [PYTHON, "course.py", *words]
    return subprocess.run(arguments, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout)


def wait_until_served(address, server, seconds=60):
    """Return once the address answers; fail as soon as the server has ended, or when it takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            if server.poll() is not None:
                pytest.fail(f"the lab ended before it could be reached:\n{server.stderr.read()}")
            if time.monotonic() > deadline:
                pytest.fail(f"{address} did not answer within {seconds} s")
            time.sleep(0.05)


def test_a_bare_clone_installs_itself_and_passes_its_tests(tested):
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert re.match(r"\d+ passed in ", tested.stdout.strip().splitlines()[-1])
    assert tested.stderr.splitlines()[0] == "course.py: making the virtual environment .venv ..."
    assert tested.stderr.splitlines()[-1] == "course.py: installed."


def test_the_lab_starts_without_installing_again_and_serves_the_learners_copy(clone, tested):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["lab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=course"]
    server = subprocess.Popen(
        [PYTHON, "course.py", *words],
        cwd=clone,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_served(f"{address}/api", server)
        with urllib.request.urlopen(f"{address}/lab/tree/work/lectures/00_welcome.ipynb?token=course") as page:
            assert "jupyter-config-data" in page.read().decode()
        listed = f"{address}/api/contents/work/lectures/00_welcome.ipynb?content=0&token=course"
        with urllib.request.urlopen(listed) as answer:
            assert '"writable": true' in answer.read().decode()
    finally:
        server.terminate()
        _, said = server.communicate(timeout=60)
    assert "course.py:" not in said
    assert f"http://127.0.0.1:{port}/lab/tree/work/lectures/00_welcome.ipynb?token=" in said


def test_any_other_verb_is_handed_on_with_its_exit_code(clone, tested):
    answer = command(clone, "check", "nonsense")
    assert answer.returncode == 2
    assert answer.stderr.startswith("karpathy-course: 'nonsense' is neither a lecture")


def test_the_next_start_installs_nothing_and_the_doctor_finds_the_fresh_installation_well(clone, tested):
    before = (clone / ".venv/course-stamp").stat().st_mtime_ns
    answer = command(clone, "doctor")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.strip().splitlines()[-1] == "All is well."
    assert "course.py:" not in answer.stderr
    assert (clone / ".venv/course-stamp").stat().st_mtime_ns == before


def test_none_of_it_dirties_the_checkout(clone, tested):
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True)
    assert status.stdout == ""
