"""`python course.py test` without a browser or bubblewrap: what can be had is fetched, the rest is said."""

import http.server
import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from tests import machine
from tests.__main__ import spread, translated

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
FETCH = """
import os, sys
from tests import machine
if {root} is not None:
    os.geteuid = lambda: 0 if {root} else 1000
machine.fetch({system}, lambda line: print("said:", line))
print("browser:", machine.has_browser() or machine.without(machine.BROWSER))
print("bubblewrap:", machine.has_bubblewrap() or machine.without(machine.BUBBLEWRAP))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="apt and shell scripts")


def program(folder, name, lines):
    """Put a shell script on the PATH that is this folder."""
    path = folder / name
    path.write_text("#!/bin/sh\n" + lines)
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path):
    """A PATH with nothing on it, and no way to Playwright's downloads; further variables can be set by its keys."""
    folder = tmp_path / "bin"
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "PYTEST_"))}
    variables.pop("CI", None)
    places = {"PATH": str(folder), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers"), "PYTHONPATH": str(ROOT)}
    return variables | places | {"PLAYWRIGHT_DOWNLOAD_HOST": NOWHERE}


def fetched(variables, root=False, system=False):
    """What a process prints that fetches, as ``{first word: the rest}``; "said" holds a list."""
    program = FETCH.format(root=root, system=system)
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = [line.partition(": ")[::2] for line in done.stdout.splitlines()]
    return dict(lines) | {"said": [rest for first, rest in lines if first == "said"]}


@pytest.mark.slow
@linux
def test_a_browser_that_is_there_is_taken_and_nothing_is_fetched(bare):
    program(Path(bare["PATH"]), "google-chrome", "echo Google Chrome 150")
    program(Path(bare["PATH"]), "bwrap", "exit 0")
    assert fetched(bare) == {"said": [], "browser": "True", "bubblewrap": "True"}


@linux
def test_a_browser_that_only_says_how_to_get_it_is_none(bare, monkeypatch):
    """As Ubuntu's `chromium-browser`, where the snap is not installed."""
    program(Path(bare["PATH"]), "chromium-browser", "echo 'requires the chromium snap' >&2; exit 1")
    monkeypatch.setenv("PATH", bare["PATH"])
    assert machine.system_browser() is None


class Downloads(http.server.BaseHTTPRequestHandler):
    """Playwright's host as far as it matters: every archive holds a "browser" that hands over to the real one."""

    def do_GET(self):
        self.server.asked.append(self.path)
        name = self.path.rpartition("/")[2].removesuffix(".zip")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for inside in ("chrome", "chrome-headless-shell", "ffmpeg-linux"):
                entry = zipfile.ZipInfo(f"{name}/{inside}" if name.startswith("chrome") else inside)
                entry.external_attr = 0o100755 << 16
                archive.writestr(entry, f'#!/bin/sh\nexec {self.server.browser} "$@"\n')
        self.send_response(200)
        self.send_header("Content-Length", str(len(content.getvalue())))
        self.end_headers()
        self.wfile.write(content.getvalue())

    def log_message(self, *_):
        pass


def playwrights_program():
    ask = (
        "from playwright.sync_api import sync_playwright as start\nwith start() as p: print(p.chromium.executable_path)"
    )
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
@linux
@pytest.mark.needs("a browser")
def test_without_a_browser_playwrights_own_is_fetched_once_and_used(bare):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Downloads) as server:
        # The real browser, to which the downloaded one hands over, may be a script and want the system's programs.
        real = machine.system_browser() or playwrights_program()
        server.asked, server.browser = [], program(Path(bare["PATH"]), "real", f'PATH=/usr/bin:/bin exec {real} "$@"')
        threading.Thread(target=server.serve_forever, daemon=True).start()
        variables = bare | {"PLAYWRIGHT_DOWNLOAD_HOST": f"http://127.0.0.1:{server.server_port}"}
        first = fetched(variables)
        assert first["browser"] == "True"
        assert first["said"] == ["no browser was found: fetching Playwright's Chromium ..."]
        assert any("chrome" in path for path in server.asked)
        asked = len(server.asked)
        second = fetched(variables)
        assert second["browser"] == "True" and second["said"] == [] and len(server.asked) == asked
        server.shutdown()


def with_apt(variables):
    """Debian's apt-get, as far as it matters: notes what it is asked for, and "installs" it."""
    folder = Path(variables["PATH"])
    for name in ("env", "chmod"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    lines = f"""
echo "$@" >> {folder}/asked
for package in "$@"; do
    case $package in chromium) name=chromium;; bubblewrap) name=bwrap;; *) continue;; esac
    echo "#!/bin/sh" > {folder}/$name
    chmod +x {folder}/$name
done
"""
    program(folder, "apt-get", lines)
    return lambda: (folder / "asked").read_text().splitlines() if (folder / "asked").exists() else []


@pytest.mark.slow
@linux
def test_as_root_on_the_debian_family_apt_installs_both_unasked(bare):
    asked = with_apt(bare)
    found = fetched(bare, root=True)
    assert (found["browser"], found["bubblewrap"]) == ("True", "True")
    assert [line.rpartition("--no-install-recommends ")[2] for line in asked() if line.startswith("install")] == [
        "chromium fonts-dejavu-core",
        "bubblewrap",
    ]


@pytest.mark.slow
@linux
def test_a_user_is_told_the_command_and_apt_is_not_run(bare):
    asked = with_apt(bare)
    program(Path(bare["PATH"]), "sudo", '[ "$1" = -n ] && shift; exec "$@"')
    found = fetched(bare)
    assert asked() == []
    assert "sudo apt-get install chromium fonts-dejavu-core" in found["browser"]
    assert "sudo apt-get install bubblewrap" in found["bubblewrap"]


@pytest.mark.slow
@linux
def test_a_user_who_says_system_lets_sudo_do_it(bare):
    asked = with_apt(bare)
    program(Path(bare["PATH"]), "sudo", f'[ "$1" = -n ] && shift; echo sudo >> {bare["PATH"]}/asked; exec "$@"')
    found = fetched(bare, system=True)
    assert (found["browser"], found["bubblewrap"]) == ("True", "True")
    assert asked().count("sudo") == 4 == len([line for line in asked() if line != "sudo"])


# A test that needs a browser, one that needs bubblewrap, and those beside them that need neither.
SOME = ["tests/widgets/test_nudge_page.py", "tests/attacks/test_attacks.py", "tests/browser", "-k"]
SOME += ["nudge or notebook_7 or (bubblewrap and full_marks) or attacks_of_every_kind"]


def suite(variables, program="tests"):
    command = [sys.executable, "-m", program, *SOME, "-p", "no:cacheprovider", "-q"]
    return subprocess.run(command, env=variables, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.slow
@linux
def test_what_cannot_be_had_is_one_closing_line_and_the_rest_is_green(bare):
    done = suite(bare)
    assert done.returncode == 0, done.stdout[-3000:]
    closing = [line for line in done.stdout.splitlines() if "were skipped" in line]
    assert len(closing) == 1 and "for want of a browser: Playwright's Chromium:" in closing[0]
    assert "ECONNREFUSED" in closing[0] and "for want of bubblewrap: this system has no apt" in closing[0]
    passed, skipped = (int(done.stdout.split(f" {word}")[-2].split()[-1]) for word in ("passed", "skipped"))
    assert passed >= 1 and closing[0].startswith(f"{skipped} tests were skipped: ")


@pytest.mark.slow
@linux
def test_in_ci_a_skipped_test_is_a_failure(bare):
    done = suite(bare | {"CI": "true"}, "pytest")  # without trying first to fetch what is missing
    assert (
        done.returncode == 1
        and "which CI does not allow" in done.stdout
        and "skipped" not in done.stdout.splitlines()[-1]
    )


# ----------------------------------------------------------------------------------- the course's own words


def test_quick_and_lecture_are_the_courses_own_words_and_others_go_on_to_pytest():
    assert translated(["quick", "-x"]) == ["--quick", "-x"]
    assert translated(["lecture", "3", "-x"]) == translated(["lecture", "03", "-x"])
    assert translated(["lecture", "03", "-x"]) == [
        *("--lecture=03", "tests/exercises", "tests/notebooks", "tests/lectures/lecture03", "-x")
    ]
    assert translated(["tests/graph", "-k", "lecture"]) == ["tests/graph", "-k", "lecture"]


@pytest.mark.parametrize("words", [["lecture"], ["lecture", "99"], ["lecture", "three"]])
def test_a_lecture_that_does_not_exist_is_one_line_and_exit_code_2(words):
    done = subprocess.run([sys.executable, "-m", "tests", *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr.startswith("course.py: `test lecture` wants a number from 00 to ") and done.stderr.count("\n") == 1
    )


def test_the_whole_suite_and_a_lecture_are_spread_over_the_cores():
    for words in ([], ["-k", "diamond", "--color=no"], translated(["lecture", "03"]), translated(["quick"])):
        assert spread(words, 2) == ["-n", "2"]


@pytest.mark.parametrize("words", [["tests/smoke", "-q"], ["tests/scalar/test_scalar.py::x"], ["-n", "4"], ["--pdb"]])
def test_what_the_words_name_or_choose_is_left_to_them(words):
    assert spread(words, 2) == []


def test_one_core_needs_no_spreading():
    assert spread([], 1) == []
