"""The course's two commands, on a machine that has nothing but Python: `lab` and `test`.

    python course.py lab     open JupyterLab on the welcome lecture (further words go on to JupyterLab)
    python course.py test    run the whole test suite; `test quick` and `test lecture 03` run a part of it
                             (further words go on to pytest; --system lets it install a browser with sudo)
    python course.py VERB    any other verb of karpathy-course:
        doctor               say what of the installation is well, and what to do about what is not
        check 02.3           check the answers of an exercise, or of a lecture: 02
        progress             show which exercises are done, and what is next
        engine               collect your passed answers into work/my_engine.py, a module that runs
        reset 02.3           give a fresh exercise or lecture back; your old cells are kept
        grade FOLDER         grade a class's submissions
        and for authors      exercises, execute, mutants, new-exercise, bench (VERB --help says more)

Each first makes `.venv` beside this file and installs the course there, once. It uses the standard
library alone, touches nothing outside `.venv`, and may be stopped and repeated at any point: the
stamp that says "installed" is written last. Its syntax stays readable by Python 3.7, so that an old
Python is answered in one line.
"""

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
OLDEST, NEWEST = (3, 11), (3, 14)
GIGABYTES = 2.5  # the environment with its tests, and room for pip to unpack
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
NVIDIA_SIGNS = ("nvidia-smi", "/proc/driver/nvidia/version", "/dev/nvidia0", "/usr/lib/wsl/lib/nvidia-smi")
INTERRUPTED = 130
NO_NETWORK = (
    "name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|Max retries|Connection (refused|reset|broken)"
    "|Connection aborted|ProxyError|SSLError|IncompleteRead|unreachable|getaddrinfo|Name or service not known|timed out"
)

# Run by .venv's Python: the packages that an interrupted pip left half written.
FIND_DAMAGED = """
from importlib.metadata import distributions
for d in distributions():
    if d.files is None or any(f.suffix == '.py' and not f.locate().exists() for f in d.files):
        print(d.name + '==' + d.version if d.name and d.version else '')
"""


class Stop(Exception):
    """Something that only the user can put right; the message is the one line that says how."""


def main(words):
    """Do what the words ask for; returns the exit code."""
    try:
        refuse_wrong_python(sys.version_info[:2])
        if not words or words[0] in ("-h", "--help"):
            print(__doc__.strip())
            return 0 if words else 2
        verb, rest = words[0], words[1:]
        prepare("test" if verb == "test" else "")
        if verb == "test":
            os.chdir(str(HERE))
            return become(["-m", "tests", *rest])
        return become(["-m", "karpathy_course", verb, *rest])
    except Stop as stop:
        return say(str(stop), 1)
    except KeyboardInterrupt:
        return say("stopped. The same command goes on from here.", INTERRUPTED)
    except OSError as error:
        return say(in_words(str(error), error.errno), 1)


def say(line, code=0):
    print("course.py: " + line, file=sys.stderr, flush=True)
    return code


# ---------------------------------------------------------------------------------------- Python


def refuse_wrong_python(version):
    """Raise Stop, with the command to use instead, unless the course runs on this (major, minor)."""
    if OLDEST <= tuple(version) <= NEWEST:
        return
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name)]
    todo = f"run `{found[0]} course.py lab`" if found else "install one from python.org and run this again with it"
    given = f"this is Python {version[0]}.{version[1]}"
    raise Stop(f"{given}, and the course needs 3.{OLDEST[1]} to 3.{NEWEST[1]}: {todo}.")


def venv_python():
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def working_venv():
    """The (major, minor) of `.venv`'s Python as text, or None when it is missing, broken or not fit."""
    try:
        answer = subprocess.run(
            [str(venv_python()), "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = answer.stdout.decode().strip()
    fits = version in [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    return version if answer.returncode == 0 and fits else None


def make_venv():
    """Make `.venv`, or make it anew where it is broken; what is not a virtual environment is left alone."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Stop("this Python cannot make virtual environments: run `sudo apt install python3-venv`, then again.")
    if VENV.exists() or VENV.is_symlink():
        ours = (VENV / "pyvenv.cfg").is_file() or (VENV.is_dir() and not any(p.is_file() for p in VENV.rglob("*")))
        if not ours:
            raise Stop(f"{VENV} is not a virtual environment: move it away, then run this again.")
        say("the virtual environment .venv is broken or was left half made: making it anew.")
    else:
        say("making the virtual environment .venv ...")
    free = shutil.disk_usage(str(HERE)).free / 1e9
    if free < GIGABYTES:
        raise Stop(f"no space: {free:.1f} GB are free on this disk and about {GIGABYTES} are needed. Free some.")
    VENV.mkdir(exist_ok=True)  # a folder that may not be written is refused here, by its own error
    # Not sys.executable: this may be running in the very environment that is being made anew.
    python = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(
        [python, "-m", "venv", "--clear", str(VENV)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        said = made.stdout.decode(errors="replace")
        if "KeyboardInterrupt" in said or "SIGINT" in said or made.returncode == -2:
            raise KeyboardInterrupt  # Ctrl-C reached the child, and this process not, or not yet
        raise Stop(in_words(said))


# --------------------------------------------------------------------------------- what is installed


def prepare(extra):
    """Have the course, with its `extra`, installed in `.venv`; quick when it already is."""
    version = working_venv()
    if version and stamp(version, extra) in read_stamp():
        return
    if not version:
        make_venv()
        version = working_venv()
        if not version:
            raise Stop("the new .venv does not start: is the disk full, or a virus scanner at work? Run this again.")
    with_tests = extra == "test" or any(line.endswith(" test") for line in read_stamp())
    unfinished = VENV / "course-unfinished"
    interrupted = unfinished.exists()
    unfinished.touch()
    install_torch()
    say(f"installing JupyterLab and the course{' with its tests' if with_tests else ''} ...")
    pip("install", "-c", "constraints.txt", "-e", ".[test]" if with_tests else ".")
    if interrupted:
        repair()
    stamps = [stamp(version, "")] + ([stamp(version, "test")] if with_tests else [])
    (VENV / "course-stamp").write_text("\n".join(stamps), encoding="utf-8")
    unfinished.unlink()
    say("installed.")


def stamp(version, extra):
    """One line that changes with all that an installation depends on: the pins, the Python, the place."""
    parts = [(HERE / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    digest = hashlib.sha256(b"\0".join([*parts, version.encode(), str(HERE).encode()])).hexdigest()
    return f"{digest} {extra}".strip()


def read_stamp():
    try:
        return (VENV / "course-stamp").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def install_torch():
    """On Linux without an NVIDIA GPU, install the CPU build, by itself: a plain install may bring gigabytes of CUDA."""
    if not sys.platform.startswith("linux") or has_nvidia_gpu():
        return
    torch = re.search(r"^torch==\S+", (HERE / "constraints.txt").read_text(), re.MULTILINE).group()
    if torch_build(torch) == "cpu":
        return
    say("installing PyTorch for the CPU, about 200 MB ...")
    alone = ["install", "--no-deps", "--force-reinstall", torch]
    try:
        pip(*alone, "--index-url", TORCH_CPU_INDEX, "--timeout", "5", "--retries", "0")
    except Stop:
        pip(*alone)
    if torch_build(torch) == "cuda" and not os.environ.get("COURSE_ALLOW_CUDA"):
        pip("uninstall", "--yes", "torch")
        raise Stop(
            "PyTorch's index of CPU builds could not be reached, and the other build brings gigabytes of CUDA: "
            "try again later, or accept it by setting COURSE_ALLOW_CUDA=1."
        )


def has_nvidia_gpu():
    return any(os.path.exists(sign) or shutil.which(sign) for sign in NVIDIA_SIGNS)


def torch_build(pin):
    """ "cpu" or "cuda" when `.venv` holds the pinned torch, else None. Reads metadata; imports nothing heavy."""
    question = (
        "from importlib.metadata import version, requires\n"
        "print(version('torch'), any('nvidia' in r or 'cuda' in r for r in requires('torch') or []))"
    )
    answer = subprocess.run([str(venv_python()), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    words = answer.stdout.decode().split()
    if answer.returncode or words[0].split("+")[0] != pin.split("==")[1]:
        return None
    return "cuda" if words[1] == "True" else "cpu"


def repair():
    """Install again what an interrupted pip left half written."""
    answer = subprocess.run([str(venv_python()), "-c", FIND_DAMAGED], stdout=subprocess.PIPE)
    damaged = [name for name in answer.stdout.decode().split() if not name.startswith("karpathy")]
    if damaged:
        say(f"putting right what the last, interrupted installation left: {', '.join(damaged)}")
        pip("install", "--no-deps", "--force-reinstall", *damaged)


def pip(*words):
    """Run `.venv`'s pip, its progress on the screen; raises Stop with one line made from its errors."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [str(venv_python()), "-m", "pip", *words, "--disable-pip-version-check", "--no-input", *quiet]
    # A pip.conf with `user = true` would install beside the environment instead of into it.
    process = subprocess.Popen(command, cwd=str(HERE), stderr=subprocess.PIPE, env=dict(os.environ, PIP_USER="0"))
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise
    reader.join()
    if code:
        text = b"".join(errors).decode(errors="replace")
        (VENV / "course-install.log").write_text(text, encoding="utf-8")
        raise Stop(in_words(text))


def in_words(text, number=None):
    """One line for what the system or pip said: what is wrong, and what to do."""
    again = "then run the same command again; what was downloaded is kept."
    if number == errno.ENOSPC or re.search(r"No space left|Errno 28\b|WinError 112|Disk quota", text):
        return f"no space left on the disk: about {GIGABYTES} GB are needed. Free some, {again}"
    refused = r"Permission denied|Read-only file|Access is denied"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or re.search(refused, text):
        return f"{HERE} may not be written: move the course to a folder of yours, {again}"
    if re.search(NO_NETWORK, text):
        return "the package index could not be reached: check your network (or proxy), " + again
    missing = re.search(r"No matching distribution found for (\S+)", text)
    if missing and "from versions: none" in text:
        return f"no {missing.group(1)} was found: check your network (or proxy) and docs/installing.md, {again}"
    if missing:
        return f"there is no build of {missing.group(1)} for this machine and Python (see docs/installing.md)."
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["no reason was given"]
    return f"the installation stopped: {errors[-1][:200]} (all of it: .venv/course-install.log)"


# ------------------------------------------------------------------------------------- handing over


def become(arguments):
    """Replace this process by `.venv`'s Python, so that signals and the exit code are its own."""
    command = [str(venv_python()), *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:  # Windows has no exec: wait, and leave Ctrl-C to the program that runs
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
