"""course.py on machines that are not well: each trouble is answered in one line that says what to do."""

import ast
import errno
import functools
import http.server
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
PYTHON = getattr(sys, "_base_executable", sys.executable)


def load(folder):
    """A fresh course.py, as it stands in that folder."""
    spec = importlib.util.spec_from_file_location("course", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bare(tmp_path):
    """A folder that holds no more than course.py reads."""
    for name in ("course.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(HERE / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    """A folder whose `.venv`, which had no pip, course.py has made anew; with what it said."""
    folder = tmp_path_factory.mktemp("remade")
    for name in ("course.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(HERE / name, folder)
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    course = load(folder)
    assert course.working_venv() is None
    program = "import course; course.make_venv()"
    answer = subprocess.run([PYTHON, "-c", program], cwd=folder, capture_output=True, text=True)
    return course, answer


@pytest.fixture
def offline():
    """The environment of a machine whose every way to a package index is a closed port of its own."""
    nowhere = "http://127.0.0.1:9"
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
    return {**kept, **proxies, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "NO_PROXY": "", "no_proxy": ""}


def last_line(answer):
    assert "Traceback" not in answer.stderr
    return answer.stderr.strip().splitlines()[-1]


# ------------------------------------------------------------------------------------------ Python


def test_python_3_7_can_read_course_py():
    ast.parse((HERE / "course.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    with pytest.raises(SyntaxError):
        ast.parse("(n := 1)", feature_version=(3, 7))


def test_course_py_imports_nothing_but_the_standard_library():
    tree = ast.parse((HERE / "course.py").read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(3, 7, 17), (3, 10, 2), (3, 15, 0)])
def test_a_wrong_python_is_told_in_one_line_which_one_to_use(version):
    program = (
        f"import sys, runpy; sys.version_info = {version}; sys.argv = ['course.py', 'lab']\n"
        f"runpy.run_path({str(HERE / 'course.py')!r}, run_name='__main__')"
    )
    answer = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True)
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert f"this is Python {version[0]}.{version[1]}, and the course needs 3.11 to 3.14" in line
    assert "course.py lab" in line or "python.org" in line


def test_help_lists_the_verbs_and_without_a_verb_it_is_shown_too():
    from karpathy_course.app.cli import app

    told = [subprocess.run([PYTHON, "course.py", *words], cwd=HERE, capture_output=True, text=True)
            for words in (["--help"], [])]  # fmt: skip
    assert [answer.returncode for answer in told] == [0, 2]
    assert told[0].stdout == told[1].stdout
    verbs = {command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands}
    assert verbs > {"lab", "doctor", "check"}
    assert [verb for verb in verbs | {"test quick", "test lecture 03", "--system"} if verb not in told[0].stdout] == []


# ----------------------------------------------------------------------------------- the environment


@pytest.mark.slow
def test_a_virtual_environment_without_pip_is_made_anew_with_one_line(remade):
    course, answer = remade
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.count("\n") == 1 and "broken" in answer.stderr
    assert course.working_venv() == "{}.{}".format(*sys.version_info)


def test_a_virtual_environment_whose_python_has_gone_is_found_broken(bare):
    course = load(bare)
    course.venv_python().parent.mkdir(parents=True)
    course.venv_python().symlink_to(bare / "python-that-was-removed")
    assert course.working_venv() is None


def test_a_folder_named_venv_that_is_none_is_left_alone(bare):
    (bare / ".venv").mkdir()
    (bare / ".venv/essay.txt").write_text("mine")
    answer = subprocess.run([PYTHON, "course.py", "doctor"], cwd=bare, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "is not a virtual environment: move it away" in last_line(answer)
    assert (bare / ".venv/essay.txt").read_text() == "mine"


def test_no_space_is_said_before_anything_is_made(bare):
    course = load(bare)
    course.GIGABYTES = 1e9
    with pytest.raises(course.Stop, match=r"no space: .* GB are free"):
        course.make_venv()
    assert not (bare / ".venv").exists()


def test_a_folder_that_may_not_be_written_is_said_in_one_line(bare, capsys):
    if not Path("/sys/kernel").is_dir():
        bare.chmod(0o555)  # elsewhere than on Linux, where not even root may write to /sys
    course = load(bare)
    course.HERE = Path("/sys/kernel") if Path("/sys/kernel").is_dir() else bare
    course.VENV, course.GIGABYTES = course.HERE / ".venv", 0
    assert course.main(["doctor"]) == 1
    assert "may not be written: move the course to a folder of yours" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.slow
def test_an_interrupted_start_says_so_and_the_next_goes_on_until_the_network_is_missing(bare, offline):
    first = subprocess.Popen(
        [PYTHON, "course.py", "lab"],
        cwd=bare,
        env=offline,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a test run may ignore it
    )
    assert "making the virtual environment" in first.stderr.readline()
    os.killpg(first.pid, signal.SIGINT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130
    assert said.strip().splitlines()[-1] == "course.py: stopped. The same command goes on from here."

    second = subprocess.run([PYTHON, "course.py", "lab"], cwd=bare, env=offline, capture_output=True, text=True)
    assert second.returncode == 1
    assert "check your network" in last_line(second)
    assert not (bare / ".venv/course-stamp").exists()


# ------------------------------------------------------------------------------------- what is installed


def test_the_stamp_changes_with_all_that_an_installation_depends_on(bare):
    course = load(bare)
    stamps = [course.stamp("3.11", ""), course.stamp("3.11", "test"), course.stamp("3.12", "")]
    for name in ("pyproject.toml", "constraints.txt"):
        (bare / name).write_text((bare / name).read_text() + "# changed\n")
        stamps.append(course.stamp("3.11", ""))
    course.HERE = HERE
    stamps.append(course.stamp("3.11", ""))
    assert len(set(stamps)) == len(stamps)


def test_a_stamp_full_of_rubbish_counts_as_none(bare):
    course = load(bare)
    (bare / ".venv").mkdir()
    (bare / ".venv/course-stamp").write_bytes(b"\xff\xfe\x00rubbish")
    assert course.stamp("3.11", "") not in course.read_stamp()


def distribution(course, name, version, metadata="", record=""):
    """Lay a package's metadata into the folder's `.venv`, as pip leaves it."""
    place = next((course.VENV / "lib").glob("python*/site-packages")) / f"{name}-{version}.dist-info"
    place.mkdir(exist_ok=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
    (place / "RECORD").write_text(record)
    return place


@pytest.mark.slow
def test_what_an_interrupted_pip_left_half_written_is_found(remade):
    course, _ = remade
    distribution(course, "half", "1.0", record="half/__init__.py,,\n")
    distribution(course, "whole", "1.0", record="whole-1.0.dist-info/METADATA,,\n")
    answer = subprocess.run([course.venv_python(), "-c", course.FIND_DAMAGED], capture_output=True, text=True)
    assert answer.stdout.split() == ["half==1.0"]


@pytest.mark.slow
def test_a_cuda_build_is_told_from_a_cpu_build_by_what_it_needs(remade):
    course, _ = remade
    assert course.torch_build("torch==2.13.0") is None
    place = distribution(course, "torch", "2.13.0+cpu", "Requires-Dist: sympy\n")
    assert course.torch_build("torch==2.13.0") == "cpu"
    assert course.torch_build("torch==2.12.0") is None
    shutil.rmtree(place)
    place = distribution(course, "torch", "2.13.0", "Requires-Dist: nvidia-cudnn-cu13==9.20.0.48\n")
    assert course.torch_build("torch==2.13.0") == "cuda"
    shutil.rmtree(place)


# ---------------------------------------------------------------------------- which build of torch


def wheel(folder, version, needs):
    """Put a wheel of "torch" that holds nothing but its metadata into a folder laid out as an index."""
    (folder / "torch").mkdir(parents=True)
    place = f"torch-{version}.dist-info"
    files = {
        f"{place}/METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\nRequires-Dist: {needs}\n",
        f"{place}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{place}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{place}/RECORD"])
    with zipfile.ZipFile(folder / "torch" / f"torch-{version}-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.fixture
def indexes(tmp_path, monkeypatch, remade):
    """Two package indexes on this machine, as learners meet them: PyTorch's CPU builds, and the usual one."""
    wheel(tmp_path / "cpu", "2.13.0+cpu", "sympy")
    wheel(tmp_path / "usual", "2.13.0", "nvidia-cudnn-cu13==9.20.0.48")
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        for name in [name for name in os.environ if name.upper().startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{address}/usual")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        course, _ = remade
        course.TORCH_CPU_INDEX, course.NVIDIA_SIGNS = f"{address}/cpu", ()
        yield course
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux does a plain torch bring CUDA")
def test_without_a_gpu_torch_is_the_cpu_build_from_its_own_index_and_is_installed_once(indexes, capsys):
    indexes.install_torch()
    assert indexes.torch_build("torch==2.13.0") == "cpu"
    assert "installing PyTorch" in capsys.readouterr().err
    indexes.install_torch()
    assert capsys.readouterr().err == ""
    indexes.pip("uninstall", "--yes", "torch")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux does a plain torch bring CUDA")
def test_a_cuda_build_is_refused_and_taken_off_when_the_cpu_index_cannot_be_reached(indexes, monkeypatch):
    indexes.TORCH_CPU_INDEX = "http://127.0.0.1:9"
    with pytest.raises(indexes.Stop, match="gigabytes of CUDA: try again later, or accept it"):
        indexes.install_torch()
    assert indexes.torch_build("torch==2.13.0") is None
    monkeypatch.setenv("COURSE_ALLOW_CUDA", "1")
    indexes.install_torch()
    assert indexes.torch_build("torch==2.13.0") == "cuda"
    indexes.pip("uninstall", "--yes", "torch")


# --------------------------------------------------------------------------------------- words


def test_a_full_disk_is_named_whether_the_system_or_pip_says_it():
    course = load(HERE)
    with pytest.raises(OSError) as full, open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")
    assert course.in_words(str(full.value), full.value.errno).startswith("no space left on the disk")
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert course.in_words(said).startswith("no space left on the disk")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: [Errno 13] Permission denied: '/x'", "may not be written"),
        ("WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found for x", "check your network"),
        ("ERROR: ... (from versions: none)\nERROR: No matching distribution found for x", "no x was found: check your"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build of torch==2.13.0 for this machine"),
        ("ERROR: something else\n", "the installation stopped: ERROR: something else"),
        ("", "no reason was given"),
    ],
)
def test_what_pip_says_becomes_one_line(said, words):
    line = load(HERE).in_words(said)
    assert words in line and "\n" not in line


def test_a_system_error_number_is_understood_without_its_words():
    assert "may not be written" in load(HERE).in_words("schreibgeschützt", errno.EROFS)
