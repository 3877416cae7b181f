"""`karpathy-course doctor`: is everything that the course needs here, does it match, does it start?

Each finding is a plain dict: what was examined, its state ("ok", "red" or "note"), what was found, and
what to do if it is red. An examination changes nothing, and a broken installation is a finding, never
a traceback: what might not import is asked in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, distributions, version
from pathlib import Path

from karpathy_course.checks.progress_file import where

HERE = Path(__file__).resolve().parents[2]
SPARE_GIGABYTES = 0.5
# The first words of a cell in a fresh kernel: which Python it is, and whether the course is there.
FROM_KERNEL = "import sys, karpathy_course; print(sys.prefix)"
FROM_TORCH = "import torch; print(torch.__version__, torch.cuda.is_available())"


def main(as_json=False):
    """Print the findings, one a line; returns 1 when any is red, else 0."""
    findings = examine()
    healthy = all(finding["state"] != "red" for finding in findings)
    if as_json:
        print(json.dumps({"healthy": healthy, "findings": findings}, indent=1, ensure_ascii=False))
        return 0 if healthy else 1
    for finding in findings:
        todo = f" -> {finding['todo']}" if finding["todo"] else ""
        print(f"{finding['state']:<5}{finding['what']}: {finding['found']}{todo}")
    print("All is well." if healthy else "Something is red: do what stands behind its arrow, then run doctor again.")
    return 0 if healthy else 1


def examine():
    """All findings, in the order in which one would put things right."""
    try:
        import packaging.requirements  # noqa: F401  what compares the versions; pip and Jupyter need it too
    except Exception as error:
        todo = install("--force-reinstall", "packaging")
        return [python(), found("packages", False, f"packaging does not load: {one_line(error)}", todo)]
    return [
        python(),
        *packages(),
        kernel(),
        front_end("widgets (ipywidgets)", "jupyterlab_widgets", "@jupyter-widgets/jupyterlab-manager"),
        front_end("widgets (anywidget)", "anywidget", "anywidget"),
        forwarding(),
        torch_and_gpu(),
        disk(),
        progress(),
    ]


def found(what, ok, words, todo=""):
    """One finding; what to do is said only when it is not well. ok None makes it a note, neither well nor red."""
    state = "note" if ok is None else "ok" if ok else "red"
    return {"what": what, "state": state, "found": words, "todo": "" if ok else todo}


def python():
    given = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 14)
    return found("Python", ok, given, "install Python 3.11 to 3.14, remove .venv, run `python course.py lab`")


# ------------------------------------------------------------------------------------------ packages


def pins():
    """{name: version} of constraints.txt, for this Python; {} when the file is not there."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        lines = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pinned = {}
    for line in lines:
        with suppress(InvalidRequirement):  # a comment, an empty line, a line that somebody has damaged
            pin = Requirement(line)
            if pin.marker is None or pin.marker.evaluate():
                pinned[canonical(pin.name)] = str(pin.specifier).removeprefix("==")
    return pinned


def canonical(name):
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def same_version(here, wanted):
    """Whether the installed version is the pinned one; a local part (2.13.0+cpu) names the build, not the version."""
    from packaging.version import InvalidVersion, Version

    with suppress(InvalidVersion):
        return Version(Version(here).public) == Version(wanted)
    return False


def packages():
    """A finding for each package that the course names, and one for all that these need."""
    from packaging.requirements import Requirement

    pinned = pins()
    if not pinned:
        return [
            found("packages", False, "constraints.txt is missing", "get it again: `git checkout -- constraints.txt`")
        ]
    try:
        needed = distribution("karpathy-course").requires or []
    except PackageNotFoundError:
        return [found("packages", False, "the course is not installed", "run `python course.py lab`")]
    needed = [Requirement(line) for line in needed]
    direct = [canonical(each.name) for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    findings = [compare(name, pinned.get(name)) for name in direct]
    installed = {canonical(each.metadata["Name"] or ""): each.version for each in distributions()}
    rest = [name for name in sorted(installed) if name in pinned and name not in direct]
    off = [name for name in rest if not same_version(installed[name], pinned[name])]
    listed = ", ".join(f"{name} {installed[name]} instead of {pinned[name]}" for name in off)
    todo = install(*(f"{name}=={pinned[name]}" for name in off))
    words = listed or f"{len(rest)} packages, each as pinned"
    return [*findings, found("what these need", not off, words, todo)]


def compare(name, wanted):
    try:
        here = version(name)
    except PackageNotFoundError:
        return found(name, False, "not installed", install(f"{name}=={wanted}" if wanted else name))
    if wanted is None:
        return found(name, None, f"{here}, not pinned")
    ok = same_version(here, wanted)
    return found(name, ok, here if ok else f"{here} instead of {wanted}", install(f"{name}=={wanted}"))


def install(*requirements):
    return f"run `{sys.executable} -m pip install {' '.join(requirements)}`"


# ------------------------------------------------------------------------------- kernel and front end


def kernel():
    """Whether the notebooks' kernel starts, is this environment's, and finds the course."""
    todo = install("--force-reinstall", "ipykernel", "jupyter_client")
    try:
        from jupyter_client.manager import start_new_kernel

        # jupyter_client reads it when it looks for kernels: this environment's before the user's.
        os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
        manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60, stderr=subprocess.DEVNULL)
    except Exception as error:  # whatever a broken kernel specification raises is the finding
        return found("kernel", False, f"python3 does not start: {one_line(error)}", todo)
    try:
        said = []
        client.execute_interactive(
            FROM_KERNEL,
            timeout=60,
            allow_stdin=False,
            output_hook=lambda message: said.append(message["content"]),
        )
    except Exception as error:
        return found("kernel", False, f"python3 does not answer: {one_line(error)}", todo)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    printed = "".join(content.get("text", "") for content in said).strip()
    raised = [content["evalue"] for content in said if "evalue" in content]
    if raised:
        return found("kernel", False, raised[0], "run `python course.py lab`")
    if not printed or not os.path.samefile(printed, sys.prefix):
        return found("kernel", False, f"python3 runs in {printed}, not in {sys.prefix}", todo)
    return found("kernel", True, "python3 starts and finds the course")


def front_end(what, package, extension):
    """Whether JupyterLab will load the front end that the installed back end needs.

    package: the distribution that brings the front end. extension: its name in JupyterLab. An older copy
    in a folder of the user's own may stand before this environment's.
    """
    todo = install("--force-reinstall", "--no-deps", package)
    back = "anywidget" if package == "anywidget" else "ipywidgets"
    try:
        from jupyter_core.paths import jupyter_path

        words = f"back end {version(back)}"
        version(package)
    except (ImportError, PackageNotFoundError) as error:
        return found(what, False, f"not installed: {one_line(error)}", install(package, back))
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    places = [Path(folder) / extension / "package.json" for folder in jupyter_path("labextensions")]
    loaded = next((place for place in places if place.is_file()), None)
    if loaded is None:
        return found(what, False, f"{words}, no front end in JupyterLab", todo)
    own = package_version(Path(sys.prefix) / "share" / "jupyter" / "labextensions" / extension / "package.json")
    right = version(back) if package == back else own
    if package_version(loaded) != right or right is None:
        return found(what, False, f"{words}, but JupyterLab loads {package_version(loaded)} of {loaded.parent}", todo)
    if not satisfied(back, package):
        return found(what, False, f"{words} does not go with {package} {version(package)}", install(package, back))
    return found(what, True, f"{words}, front end {right}")


def forwarding():
    """Whether Jupyter's server will hand TensorBoard's page on: jupyter-server-proxy is there and switched on.

    A configuration of the user's own may have switched it off.
    """
    what, package = "TensorBoard in JupyterLab", "jupyter-server-proxy"
    try:
        from jupyter_core.paths import jupyter_config_path
        from jupyter_server.extension.config import ExtensionConfigManager

        on = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
        words = version(package)
    except (ImportError, PackageNotFoundError) as error:
        return found(what, False, f"not installed: {one_line(error)}", install(package))
    if not on.get("jupyter_server_proxy"):
        todo = f"run `{sys.executable} -m jupyter server extension enable jupyter_server_proxy --sys-prefix`"
        return found(what, False, f"{package} {words} is switched off", todo)
    return found(what, True, f"{package} {words} is switched on")


def package_version(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def satisfied(owner, package):
    """Whether the installed `package` is one that `owner` asks for (or does not mention)."""
    from packaging.requirements import Requirement

    for line in distribution(owner).requires or []:
        requirement = Requirement(line)
        if canonical(requirement.name) == canonical(package) and requirement.marker is None:
            return requirement.specifier.contains(version(package), prereleases=True)
    return True


def torch_and_gpu():
    """Whether torch loads, and which device it will use; a GPU is never needed."""
    todo = install("--force-reinstall", "--no-deps", f"torch=={pins().get('torch', '')}".rstrip("="))
    try:
        answer = subprocess.run([sys.executable, "-c", FROM_TORCH], capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return found("GPU", False, f"torch does not load: {one_line(error)}", todo)
    if answer.returncode:
        last = answer.stderr.strip().splitlines() or ["no reason given"]
        return found("GPU", False, f"torch does not load: {last[-1]}", todo)
    build, cuda = answer.stdout.split()
    if cuda == "True":
        return found("GPU", True, f"torch {build} will use it")
    if shutil.which("nvidia-smi"):
        return found("GPU", None, f"there is one, but torch {build} does not use it; the course needs none")
    return found("GPU", None, f"none is used (torch {build}); the course needs none")


# ----------------------------------------------------------------------------------------------- disk


def disk():
    free = shutil.disk_usage(HERE).free / 1e9
    return found("disk", free >= SPARE_GIGABYTES, f"{free:.1f} GB free", f"free some: below {SPARE_GIGABYTES} GB")


def progress(file=None):
    """Whether your progress can be written: a new file in its folder, and the file that is there."""
    file = file or where()
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    todo = f"make {folder} a folder that you may write, or move the course to one"
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"?")
            probe.flush()
    except OSError as error:
        return found("progress", False, f"{folder}: {one_line(error)}", todo)
    if file.exists() and not (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        return found("progress", False, f"{file} may not be read and written", f"run `chmod u+rw {file}`")
    return found("progress", True, f"can be written in {folder}")


def one_line(error):
    return " ".join(str(error).split()) or type(error).__name__
