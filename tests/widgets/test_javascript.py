"""The widgets' JavaScript and CSS: formatted, linted, within their budgets, and joined without losing anything."""

import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from karpathy_course import widgets
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "karpathy_course").rglob("*.js"), *(ROOT / "karpathy_course").rglob("*.css")])
VIEWS = sorted(FOLDER.glob("*/view.js"))
in_every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda path: path.parent.name)


def run(tool, *arguments):
    """Run a tool that the test extra brings: both are single programs, no Node is needed."""
    if sys.platform == "win32" and platform.machine() == "ARM64":
        pytest.skip(f"{tool} has no build for Windows on ARM")
    program = shutil.which(tool, path=sysconfig.get_path("scripts"))
    assert program, f"{tool} is missing; the test extra brings it: pip install -e .[test]"
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def test_all_javascript_and_css_is_formatted():
    code, said = run("oxfmt", "--check", "--config", ROOT / ".oxfmtrc.json", *FILES)
    assert code == 0, f"{said}\nTo format it: oxfmt karpathy_course"


def test_the_linter_finds_nothing():
    code, said = run("oxlint", "--deny-warnings", "--config", ROOT / ".oxlintrc.json", *FILES)
    assert code == 0, said


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("export const f = () => missing;\n", "no-undef"),
        ("const unused = 1;\n", "no-unused-vars"),
        ("export const f = (x) => x == 1;\n", "eqeqeq"),
        ("export function f(x) {\n  let y = x;\n  return y;\n}\n", "prefer-const"),
    ],
)
def test_the_linter_sees_what_it_is_there_for(tmp_path, source, complaint):
    (tmp_path / "wrong.js").write_text(source, encoding="utf-8")
    code, said = run("oxlint", "--config", ROOT / ".oxlintrc.json", tmp_path / "wrong.js")
    assert code != 0 and complaint in said


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "karpathy_course")))
def test_no_line_is_longer_than_120_characters_and_no_file_than_300_lines(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []
    assert path.suffix == ".css" or len(lines) <= 300


def test_the_shared_modules_have_at_most_24_kb():
    assert 0 < sum(len(path.read_bytes()) for path in (FOLDER / "js").glob("*.js")) <= 24 * 1024


@in_every_view
def test_a_joined_module_has_at_most_64_kb_and_one_export(view):
    module = join(view, GENERATED)
    assert len(module.encode()) <= 64 * 1024
    assert module.count("\nexport ") == 1 and "\nexport default {" in module and "\nimport " not in module


@pytest.mark.parametrize("name", widgets.__all__)
def test_a_widgets_class_carries_its_module_and_its_style(name):
    kind = getattr(widgets, name)
    assert "lm-widget" in str(kind._css) and "--lm-gradient: #b34700;" in str(kind._css)
    assert str(kind._esm) in [join(view, GENERATED) for view in VIEWS]


def test_what_a_file_imports_stands_before_it_and_once(tmp_path):
    write(tmp_path, "a.js", "export const a = 1;\n")
    write(tmp_path, "b.js", 'import { a } from "./a.js";\nexport const b = a + 1;\n')
    view = 'import {\n  b,\n} from "./b.js";\nimport { a } from "./a.js";\nexport default { render: () => a + b };\n'
    joined = join(write(tmp_path, "view.js", view), {})
    assert joined == "const a = 1;\n\nconst b = a + 1;\n\nexport default { render: () => a + b };\n"


@pytest.mark.parametrize(
    ("other", "view", "message"),
    [
        ("export const x = 1;", "const x = 2;", "x is defined in other.js and in view.js: rename one of them"),
        ("export const x = 0;\nexport class X {}", "function X() {}", "X is defined in other.js and in view.js"),
        ("const x = 1;", "", "view.js imports x, which other.js does not export"),
        ("export const y = 1;", "", "view.js imports x, which other.js does not export"),
        ('import { z } from "./view.js";\nexport const x = 1;', "", "view.js imports itself, by way of other.js"),
        ('import * as all from "./view.js";\nexport const x = 1;', "", "cannot be joined"),
        ("export default 1;", "", "which other.js does not export"),
        ("export const x = 1;\nexport default 1;", "", "other.js exports a default, which only a view may do"),
        ("const y = 1;\nexport { y as x };", "", "cannot be joined"),
        ('export const x = () => import("./view.js");', "", "cannot be joined"),
    ],
)
def test_files_that_do_not_go_together_are_refused_in_one_line(tmp_path, other, view, message):
    write(tmp_path, "other.js", other + "\n")
    path = write(tmp_path, "view.js", f'import {{ x }} from "./other.js";\n{view}\nexport default {{}};\n')
    with pytest.raises(ValueError) as error:
        join(path, {})
    assert message in str(error.value) and "\n" not in str(error.value)


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@in_every_view
def test_a_browser_runs_the_same_files_unjoined(tabs, view):
    """They are ordinary ES modules: joining adds nothing that they need."""
    page = tabs.new(1280, 720)
    served = []

    def serve(route):
        path = FOLDER / route.request.url.removeprefix("http://widgets/")
        served.append(path)
        kind = "text/html" if path.suffix == ".html" else "text/javascript"
        text = GENERATED.get(path) or (path.read_text(encoding="utf-8") if path.exists() else "")
        route.fulfill(body=text, content_type=kind)

    page.route("http://widgets/**", serve)
    page.goto("http://widgets/empty.html")
    place = f"http://widgets/{view.relative_to(FOLDER).as_posix()}"
    assert page.evaluate("async (place) => typeof (await import(place)).default.render", place) == "function"
    assert view in served and FOLDER / "js" / "dom.js" in served
    page.unroute("http://widgets/**")
