"""A program can read the list of sources: every entry is closed, named once, and says who, what and when or where."""

import re
from pathlib import Path

TEXT = (Path(__file__).resolve().parents[2] / "references.bib").read_text(encoding="utf-8")
ENTRIES = [entry.strip() for entry in re.split(r"^(?=@)", TEXT, flags=re.MULTILINE) if entry.startswith("@")]


def test_every_entry_is_closed_before_the_next_begins():
    assert [entry.split("\n")[0] for entry in ENTRIES if entry.count("{") != entry.count("}")] == []


def test_every_key_is_used_once():
    keys = [re.match(r"@\w+\{([^,]+),", entry)[1] for entry in ENTRIES]
    assert len(keys) > 50 and [key for key in keys if keys.count(key) > 1] == []


def test_every_entry_has_a_title_an_author_and_a_year_or_a_place():
    for entry in ENTRIES:
        words = set(re.findall(r"\b(\w+) = ", entry))
        assert "title" in words and words & {"year", "url", "howpublished"} and words & {"author", "editor"}, entry
