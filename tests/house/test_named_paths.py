"""What the pages for contributors name is there: a file that was moved is moved in them too."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
NAMED = re.compile(r"(?<![\w/.])(?:karpathy_course|tests|docs|benchmarks|lectures)/[\w/.…-]*\w(?:\.\w+|/)(?!\w)")
TO_BE_MADE = re.compile(r"NN|_K_|NAME|its_(name|slug)|…|/02_8|_8_|lecture05|[a-z]/05_")  # an example of what to make


def paths(page):
    return [path for path in NAMED.findall(page.read_text(encoding="utf-8")) if not TO_BE_MADE.search(path)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page):
    assert [path for path in paths(page) if not (ROOT / path).exists()] == []


def test_paths_are_found_in_these_pages():
    found = {path for page in PAGES for path in paths(page)}
    assert {"karpathy_course/scalar.py", "tests/house/test_layers.py"} <= found
