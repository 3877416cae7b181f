"""One list says what is needed, one pins it, one hands it to conda: these three, and course.py, agree."""

import importlib.util
import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11.0", "3.11.9", "3.12.4", "3.13.1", "3.14.0")


def pins(python):
    """{name: version} of constraints.txt for one Python."""
    found = {}
    for line in (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            if pin.marker is None or pin.marker.evaluate({"python_full_version": python}):
                assert canonicalize_name(pin.name) not in found, f"{pin.name} is pinned twice"
                (only,) = pin.specifier
                assert only.operator == "==" and "*" not in only.version, f"{line} does not pin one version"
                found[canonicalize_name(pin.name)] = only.version
    return found


def needed():
    """All that any extra needs, but TensorFlow: an environment of its own is made for it, pinned in its extra."""
    extras = [lines for name, lines in PROJECT["optional-dependencies"].items() if name != "tensorflow"]
    return [Requirement(line) for line in [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_pinned_to_a_version_that_it_allows(python):
    pinned = pins(python)
    for requirement in needed():
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"constraints.txt does not pin {name}"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} does not allow {pinned[name]}"


@pytest.mark.slow
def test_everything_that_is_installed_here_is_installed_as_pinned():
    pinned = pins("{}.{}.{}".format(*sys.version_info))
    ours = {"pip", "setuptools", "wheel", canonicalize_name(PROJECT["name"])}
    here = {canonicalize_name(each.metadata["Name"]): each.version.split("+")[0] for each in installed()}
    needs = closure(canonicalize_name(PROJECT["name"]), here)
    assert {name: pinned.get(name) for name in needs - ours} == {name: here[name] for name in needs - ours}


def installed():
    """The distributions of this environment; not those that setuptools, once imported, carries with it."""
    return distributions(path=[sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])


def closure(name, here, seen=None):
    """The names of all installed packages that this one, with all its extras, needs."""
    seen = set() if seen is None else seen
    if name in here and name not in seen:
        seen.add(name)
        requires = next(d for d in installed() if canonicalize_name(d.metadata["Name"]) == name).requires or []
        for requirement in map(Requirement, requires):
            extra = "test" if name == canonicalize_name(PROJECT["name"]) else ""
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                closure(canonicalize_name(requirement.name), here, seen)
    return seen


def test_to_read_a_notebook_no_grammar_is_compiled():
    """jsonschema from 4.25 on loads rfc3987-syntax, which takes a second of CPU in each process that imports it."""
    code = "import nbformat, sys; print({'lark', 'rfc3987_syntax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_no_pin_names_a_folder_an_address_or_a_local_build():
    text = (HERE / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|^-|@|\+|/", text, re.MULTILINE)


def test_the_conda_environment_installs_this_folder_as_pinned_with_torch_for_the_cpu():
    document = yaml.safe_load((HERE / "environment.yml").read_text(encoding="utf-8"))
    python, pip, options = document["dependencies"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    assert document["name"] == PROJECT["name"] and pip == "pip"
    assert options == {
        "pip": [f"--extra-index-url {course().TORCH_CPU_INDEX}", "--constraint constraints.txt", "--editable ."]
    }


def course():
    spec = importlib.util.spec_from_file_location("course", HERE / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_course_py_accepts_the_pythons_that_the_project_names():
    oldest, newest = course().OLDEST, course().NEWEST
    assert PROJECT["requires-python"] == f">=3.{oldest[1]},<3.{newest[1] + 1}"
    assert oldest[0] == newest[0] == 3


def test_course_py_installs_the_torch_that_is_pinned():
    line = re.search(r"^torch==\S+", (HERE / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE).group()
    assert line == f"torch=={pins('3.12.0')['torch']}"
