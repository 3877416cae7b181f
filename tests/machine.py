"""What a few tests need beside Python: a browser, and bubblewrap. Looks for them, and fetches what can be had.

A browser is one that is there, else Playwright's own Chromium, else Debian's by apt; bubblewrap comes by apt alone,
and only as root, or with ``--system`` and sudo. Where one cannot be had, the tests that need it are skipped with the
reason that is found here.
"""

import functools
import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
CHANNELS = ("chrome", "msedge")  # where Playwright looks on macOS and Windows, whose browsers are on no PATH
BROWSER, BUBBLEWRAP = "a browser", "bubblewrap"
WHY = {BROWSER: "COURSE_WITHOUT_BROWSER", BUBBLEWRAP: "COURSE_WITHOUT_BUBBLEWRAP"}  # variables that hold the reason
DOWNLOAD_SECONDS = 900
TRY_BROWSER = "import sys; from tests.machine import try_browser; sys.exit(try_browser())"


# ------------------------------------------------------------------------------------------ what is here


def system_browser():
    """The path of a browser that is on PATH and starts, or None."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path and (sys.platform != "linux" or says_its_version(path)):
            return path
    return None


def says_its_version(path):
    """Whether a browser starts: Ubuntu's `chromium-browser` is a script that only names the snap to install."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def launch(playwright):
    """A started browser: that of the system, Playwright's own, or one where Playwright looks; None without any."""
    from playwright.sync_api import Error

    path = system_browser()
    if path:
        return playwright.chromium.launch(executable_path=path, args=FLAGS)
    for channel in (None, *CHANNELS):
        try:
            return playwright.chromium.launch(channel=channel, args=FLAGS)
        except Error:
            continue
    return None


def try_browser():
    """The exit code of a process that tries to start a browser: 0 when it does."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser:
            browser.close()
    return 0 if browser else 1


def has_browser():
    return bool(system_browser()) or subprocess.run([sys.executable, "-c", TRY_BROWSER]).returncode == 0


@functools.cache
def bubblewrap_trouble():
    """What bwrap says when it refuses to make namespaces, as in most containers; "" where it works, None without it."""
    if not shutil.which("bwrap"):
        return None
    inside = ["--unshare-user", "--unshare-net", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    return run(["bwrap", *inside], 60) or ""


def has_bubblewrap():
    return bubblewrap_trouble() == ""


def without(what):
    """Why `a browser` or `bubblewrap` is not here, in one sentence, for the tests that are skipped for it."""
    todo = {
        BROWSER: "no Chromium, Chrome or Edge was found: install one, or run `python course.py test` on a network",
        BUBBLEWRAP: "there is no bwrap: on Debian or Ubuntu `python course.py test --system` installs it with sudo"
        if sys.platform == "linux"
        else "it runs on Linux only",
    }
    if what == BUBBLEWRAP and bubblewrap_trouble():
        return f"it is installed and does not work here: {bubblewrap_trouble()}"
    return os.environ.get(WHY[what]) or todo[what]


# ---------------------------------------------------------------------------------------------- fetching


def fetch(system, say):
    """Get what is missing, as far as it can be had here; say(line) tells what is done.

    system: whether sudo may be used. Why something could not be had is left in the environment, for `without`.
    """
    if not has_browser():
        fetch_browser(system, say)
    if sys.platform == "linux" and not shutil.which("bwrap"):
        trouble = apt(["bubblewrap"], system, say)
        if trouble:
            os.environ[WHY[BUBBLEWRAP]] = trouble


def fetch_browser(system, say):
    say("no browser was found: fetching Playwright's Chromium ...")
    trouble = run([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_SECONDS)
    if not trouble:
        if has_browser():
            return
        trouble = "it does not start here: libraries of the system are missing"
    troubles = [f"Playwright's Chromium: {trouble}"]
    if sys.platform == "linux":
        trouble = apt(["chromium", "fonts-dejavu-core"], system, say)
        if not trouble and has_browser():
            return
        troubles.append(trouble or "apt's chromium does not start")
    os.environ[WHY[BROWSER]] = "; ".join(troubles)


def apt(packages, system, say):
    """Install packages of the Debian family; None, or one sentence that says why they are not installed."""
    if not shutil.which("apt-get"):
        return f"this system has no apt to install {' '.join(packages)} with"
    become_root = [] if os.geteuid() == 0 else ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    if become_root and not (system and shutil.which("sudo")):
        return f"run `sudo apt-get install {' '.join(packages)}`, or `python course.py test --system`"
    say(f"installing {' '.join(packages)} by apt ...")
    run([*become_root, "apt-get", "update", "-qq"], DOWNLOAD_SECONDS)  # what is known already may be enough
    install = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    trouble = run([*become_root, *install, *packages], DOWNLOAD_SECONDS)
    return f"apt: {trouble}" if trouble else None


def run(command, seconds):
    """Run a command; None when it went well, else the line that says what went wrong."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip(" │╔╗╚╝═")]
    told = [line for line in lines if line.startswith(("Error", "E:", "sudo:"))] or lines[-1:]
    return told[0][:200] if told else "no reason was given"
