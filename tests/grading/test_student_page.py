"""A student's page, read in Chromium as a learner reads it: what it shows is the data, and nothing on it acts."""

import re
import time
import unicodedata

import pytest
from axe_playwright_python.sync_playwright import Axe
from jinja2 import UndefinedError

from karpathy_course.grading.report import student_page
from karpathy_course.grading.report.visible_text import visible
from tests.grading import samples

MUTANTS = {
    "01": {"01.1": "prints_instead_of_returning", "01.2": "has_no_rmul", "01.4": "tanh_not_squared", "01.3": "stub"},
    "02": {"02.1": "overwrite", "02.6": "blames_backward_in_a"},
}
every_hostile_text = pytest.mark.parametrize("text", samples.HOSTILE, ids=range(len(samples.HOSTILE)))
WORDS = {"passed": "✓", "in part": "◐", "not yet": "✗", "still open": "○"}


@pytest.fixture
def opened(tabs):
    """A function that opens a written page; whatever it asks for beside itself, and every error, fails the test."""

    def open_page(path, width=1200, **options):
        tab = tabs.new(width, 900, **options)
        tab.address = path.as_uri()
        tab.goto(tab.address)
        return tab

    yield open_page
    for tab in tabs.open:
        assert tab.asked == [tab.address] and tab.errors == tab.said == []
        assert tab.evaluate("typeof window.ran") == "undefined"


@pytest.fixture(scope="module")
def ada():
    troubles = [{"cell": "helpers", "message": "NameError: name 'x' is not defined in line 3: `y = x`"}]
    return [samples.record("ada", "01", MUTANTS["01"], troubles=troubles), samples.record("ada", "02", MUTANTS["02"])]


def written(folder, student, records=(), unread=(), sandbox="bubblewrap"):
    return student_page.write(student, list(records), list(unread), samples.batch(records, unread, sandbox), folder)


def shown(place):
    """The text as a reader sees it, without the marks of code."""
    return [text.strip() for text in place.all_inner_texts()]


def plain(text):
    return text.replace("`", "").strip()


def test_each_exercise_shows_what_the_record_says(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada))
    for exercise in (e for record in ada for e in record["exercises"]):
        place = tab.locator(f"[id='x-{exercise['exercise']}']")
        assert place.locator("h3").inner_text() == f"{exercise['exercise']} {exercise['title']}"
        assert f"{exercise['points']:g} of {exercise['of']:g} points" in place.locator("summary").inner_text()
        if exercise["passed"]:
            assert place.get_attribute("open") is None and place.locator("dl, .message, .help").count() == 0
            place.locator("summary").click()
        elif student_page.status(exercise)["kind"] == "blank":
            assert place.get_attribute("open") is None and place.locator(".properties").count() == 0
            continue
        else:
            assert place.get_attribute("open") is not None
            assert_found(place, exercise)
        assert shown(place.locator(".properties li > span:nth-child(2)")) == [p["name"] for p in exercise["properties"]]
        assert shown(place.locator(".properties .of")) == [
            f"{'holds' if p['passed'] else 'does not hold'} {round(p['points'], 6):g} of {round(p['of'], 6):g}"
            for p in exercise["properties"]
        ]


def assert_found(place, exercise):
    found = exercise["found"]
    labels = {"input": "Input", "got": "Your code gave", "expected": "Expected", "printed": "Your code printed"}
    there = {key: label for key, label in labels.items() if found[key] is not None}
    assert shown(place.locator("dt")) == list(there.values())
    assert shown(place.locator("dd")) == [found[key].strip() for key in there]
    assert shown(place.locator(".message")) == [plain(found["message"])]
    hint = found["hint"]
    assert shown(place.locator(".hint")) == ([f"Hint {hint['number']} {plain(hint['text'])}"] if hint else [])
    assert place.locator(".section").inner_text().startswith(f"Reread “{found['section']}” in lecture 0")
    recognised = place.locator(".inside > .small").inner_text()
    assert re.findall(r"\d\d\.\d/[\w-]+", recognised) == exercise["mistakes"]


def test_the_heading_sums_up_and_names_the_lectures(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada))
    points, of = sum(record["points"] for record in ada), sum(record["of"] for record in ada)
    assert tab.title() == f"ada: {points:g} of {of:g} points"
    assert tab.locator("h1").inner_text() == "ada"
    assert tab.locator(".score").inner_text() == f"{points:g} of {of:g} points"
    assert tab.locator(".lead").inner_text().startswith("6 of 12 exercises pass.")
    assert tab.locator(".lecture > header").all_inner_texts()[0].split("\n\n") == [
        "Lecture 01 · The derivative you can poke",
        f"{ada[0]['points']:g} of {ada[0]['of']:g} points",
    ]
    assert shown(tab.locator(".troubles li")) == ["helpers\nNameError: name 'x' is not defined in line 3: y = x"]
    assert str(samples.SEED) not in tab.content()  # it would tell the inputs of a regrade


def test_how_it_stands_is_said_with_a_sign_and_a_word(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada))
    chips = shown(tab.locator(".chip"))
    assert len(chips) == 12
    for chip, exercise in zip(chips, (e for record in ada for e in record["exercises"])):
        sign, id, points, word = chip.split()[0], *chip.split()[1:3], " ".join(chip.split()[3:])
        assert WORDS[word] == sign == tab.locator(f"[id='x-{id}'] summary .sign").inner_text()
        assert (id, points) == (exercise["exercise"], f"{exercise['points']:g}/{exercise['of']:g}")
        assert (word == "passed") == exercise["passed"]
    assert {chip.split(maxsplit=3)[3] for chip in chips} == set(WORDS)


def test_the_bar_has_a_segment_for_each_exercise_as_wide_as_its_points(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada))
    widths = tab.evaluate(
        """() => [...document.querySelectorAll(".bar > i")].map(segment => [segment.getBoundingClientRect().width,
            segment.firstChild ? segment.firstChild.getBoundingClientRect().width : 0])"""
    )
    exercises = [e for record in ada for e in record["exercises"]]
    unit = widths[0][0] / exercises[0]["of"]
    for (width, fill), exercise in zip(widths, exercises, strict=True):
        assert width == pytest.approx(unit * exercise["of"], abs=8)
        assert fill == pytest.approx((width - 2) * exercise["points"] / exercise["of"], abs=1)


@pytest.mark.parametrize(
    ("sandbox", "words"),
    [
        ("landlock", ["temporary files is not bounded", "not separated from the names of other processes"]),
        ("process", ["in a separate process with deadlines, and no more", "Neither files nor the network are kept"]),
    ],
)
def test_a_weaker_sandbox_says_what_it_does_not_hold(sandbox, words, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", [samples.record("ada", "01", sandbox=sandbox)], sandbox=sandbox))
    note = tab.locator(".note").inner_text()
    assert all(word in note for word in words)
    assert "bubblewrap" not in tab.locator("body").inner_text()


def test_the_full_sandbox_is_named_and_needs_no_warning(opened, tmp_path):
    tab = opened(written(tmp_path, "ada", [samples.record("ada", "01")]))
    assert tab.locator(".note").count() == 0 and "bubblewrap" in tab.locator("footer").inner_text()


def test_lectures_graded_in_two_ways_are_told_apart(opened, tmp_path):
    records = [samples.record("ada", "01"), samples.record("ada", "02", sandbox="landlock")]
    tab = opened(written(tmp_path, "ada", records))
    assert "Lecture 01: In a sandbox (bubblewrap)" in tab.locator("footer").inner_text()
    assert "Landlock" in tab.locator(".note").inner_text()


def test_who_has_only_unread_files_learns_why_in_one_line_each(opened, tmp_path):
    unread = [
        samples.unread(file="ada/02.ipynb"),
        samples.unread(lecture=None, file="ada/01 copy.ipynb", trouble="Two."),
    ]
    tab = opened(written(tmp_path, "ada", [], unread))
    assert shown(tab.locator(".unread li")) == [
        "ada/01 copy.ipynb: Two.",
        "ada/02.ipynb: It is cut off: save it again and hand it in.",
    ]
    assert tab.locator(".score, .lecture").count() == 0 and tab.title() == "ada: not graded"


@every_hostile_text
def test_a_hostile_text_is_shown_and_does_nothing(text, opened, tmp_path):
    record, unread = samples.hostile(text)
    tab = opened(written(tmp_path, text, [record], [unread]), width=360)
    assert tab.locator("script, img, svg, iframe, object, link, form, base, b > b, [onerror], [onload]").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    place = tab.locator("[id='x-01.1']")
    if len(text) < student_page.NAME and "\n" not in text:
        heading = " ".join(tab.locator("h1").inner_text().split())
        assert heading == (" ".join(visible(text).split()) or "(a name of blanks)")
        for data in place.locator("dd code").all_text_contents():
            assert data == visible(text)
        assert place.locator(".message").text_content() == re.sub("`([^`]+)`", r"\1", visible(text))
    everything = tab.locator("body").text_content()
    assert not [c for c in everything if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f") & set(everything)


@every_hostile_text
def test_a_text_that_the_template_forgets_to_treat_is_still_harmless(text):
    """No filter at all, within a line and within an attribute: it is cut, made visible and escaped all the same."""
    bare = student_page.template().environment.from_string('<p title="{{ text }}">{{ text }}</p>')
    page = bare.render(text=text)
    assert len(re.findall("[<>]", page)) == 4 and page.count('"') == 2
    assert page == f'<p title="{student_page.inline(text)}">{student_page.inline(text)}</p>'


def test_a_name_that_the_template_does_not_know_is_an_error():
    with pytest.raises(UndefinedError, match="'pionts' is undefined"):
        student_page.template().environment.from_string("{{ pionts }}").render(points=1)


def test_a_direction_ends_with_the_name_that_began_it(opened, tmp_path):
    record, _ = samples.hostile("שלום ABC 12")
    tab = opened(written(tmp_path, "שלום", [record]))
    assert tab.locator("h1 > bdi").inner_text() == "שלום"
    outside = tab.evaluate(
        """() => [...document.querySelectorAll("body *:not(bdi, bdi *, [dir], [dir] *)")]
            .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && /[\\u0590-\\u05ff]/.test(n.data)))
            .map(e => e.outerHTML)"""
    )
    assert outside == []


def test_the_lines_of_a_message_and_of_what_was_printed_stay_lines(opened, tmp_path):
    record, _ = samples.hostile("one\n  two\nthree")
    tab = opened(written(tmp_path, "ada", [record]))
    for place in (".message", ".error", "dd >> nth=3"):
        assert tab.locator(place).inner_text().strip() == "one\n  two\nthree"


def test_what_is_endless_is_cut_and_the_rest_counted():
    assert student_page.block("a\r\n\tb\rc") == "a\n\tb[U+000D]c"
    assert student_page.block("\n" * 100).endswith("\n… (71 more lines)")
    assert student_page.block("é" * 100_000) == "é" * student_page.BLOCK + "… (98,500 more characters)"
    assert student_page.inline("a\nb") == "a[U+000A]b"


def test_the_policy_alone_would_stop_a_script_and_a_picture(tabs, tmp_path):
    path = written(tmp_path, "ada", [samples.record("ada", "01")])
    harm = "<script>window.ran = 1</script><img src='http://127.0.0.1:9/leak' onerror='window.ran = 1'>"
    path.write_text(path.read_text(encoding="utf-8").replace("<main>", "<main>" + harm), encoding="utf-8")
    tab = tabs.new(1200, 900)
    tab.goto(path.as_uri())
    assert tab.evaluate("typeof window.ran") == "undefined"
    assert any("script" in text for text in tab.said) and any("img-src" in text or "image" in text for text in tab.said)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 360), ("dark", 360)])
@pytest.mark.parametrize("kind", ["graded", "weaker, and unread"])
def test_axe_finds_nothing(kind, scheme, width, ada, opened, tmp_path):
    if kind == "graded":
        path = written(tmp_path, "ada", ada)
    else:
        blank = samples.record("ada", "01", dict.fromkeys(("01.1", "01.2"), "stub"), sandbox="process")
        path = written(tmp_path, "ada", [blank], [samples.unread()])
    tab = opened(path, width=width, color_scheme=scheme)
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    found = Axe().run(tab).response
    assert {"color-contrast", "html-has-lang", "document-title"} <= {p["id"] for p in found["passes"]}  # axe did look
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
    tab.evaluate("delete window.axe")


def test_the_keyboard_alone_goes_to_an_exercise_and_opens_it(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#x-01.1"
    for _ in range(4 + 5):
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('details').id") == "x-01.5"
    tab.keyboard.press("Enter")
    assert tab.locator("[id='x-01.5'] .properties").is_visible()


@pytest.mark.parametrize("width", [320, 360, 700, 1200])
def test_nothing_scrolls_sideways_and_got_stands_beside_expected_where_there_is_room(width, ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada), width=width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    place = tab.locator("[id='x-01.4']")
    got, expected = place.locator(".got").bounding_box(), place.locator(".expected").bounding_box()
    assert (got["y"] == expected["y"]) == (width >= 700)
    spills = "() => [...document.querySelectorAll('.chip')].filter(c => c.scrollWidth > c.clientWidth).length"
    assert tab.evaluate(spills) == 0


def test_on_paper_what_is_folded_on_the_screen_is_seen(ada, opened, tmp_path):
    tab = opened(written(tmp_path, "ada", ada), color_scheme="dark")
    folded = tab.locator("[id='x-01.5'] .properties")
    assert not folded.is_visible()
    tab.emulate_media(media="print")
    assert folded.is_visible()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_name_that_any_system_takes_is_the_files_name():
    plain = ("ada", "a.lovelace@example.org", "student_07", "0042", "müller", "李")
    assert [student_page.file_stem(name) for name in plain] == list(plain)


HARD = (
    *(
        "CON",
        "con",
        "con.x",
        "Con",
        "NUL",
        "aux.ipynb",
        "COM1",
        "lpt9",
        "com¹",
        "Ada",
        "ADA",
        "aDA",
        "ada ",
        " ada",
        "ada.",
    ),
    *("../x", "..", ".", "/etc/passwd", "a/b", "a\\b", "a:b", "a?b", "a*b", "a|b", 'a"b', "<a>", "-rf", ".hidden", "~"),
    *(
        "",
        " ",
        "\n",
        "a\x00b",
        "a\nb",
        "\u202eada",
        "ad\u200da",
        "\ud800",
        "\udce9",
        "e\u0301a",
        "\u00e9A",
        "Straße",
        "STRASSE",
    ),
    *(
        "x" * 300,
        "x" * 299 + "y",
        "é" * 200,
        "😀" * 100,
        "ı",
        "ſ",
        "ﬁ",
        "Ａda",
        "ada-0123456789",
        "$(id)",
        "%2e%2e%2f",
        "`id`",
    ),
)


@pytest.mark.parametrize("name", HARD, ids=range(len(HARD)))
def test_a_hard_name_becomes_a_file_that_every_system_takes(name, tmp_path):
    path = student_page.write(name, [samples.record("x", "01")], [], samples.batch([]), tmp_path)
    assert path.parent == tmp_path and [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert re.fullmatch(r"[\w@+][\w.@+-]*-[0-9a-f]{10}\.html", path.name) and len(path.name.encode()) <= 120
    assert not student_page.RESERVED.match(path.name)


def test_two_students_never_share_a_file():
    names = {
        *HARD,
        "ada",
        "éa",
        "e\u0301a",
        "strasse",
        "straße",
        "i",
        "fi",
        student_page.file_stem("Ada"),
        student_page.file_stem("CON"),
    }
    same_on_windows_and_macos = lambda name: (
        unicodedata.normalize("NFKC", student_page.file_stem(name)).upper().casefold()
    )
    assert len({same_on_windows_and_macos(name) for name in names}) == len(names)


@pytest.mark.slow
def test_the_same_record_gives_the_same_bytes(ada, tmp_path):
    first = written(tmp_path, "ada", ada).read_bytes()
    turned = [record | {"exercises": record["exercises"][::-1]} for record in ada[::-1]]
    assert written(tmp_path, "ada", turned).read_bytes() == first
    assert len(first) < 60_000


@pytest.mark.slow
def test_two_hundred_pages_take_less_than_a_second_of_cpu(ada, tmp_path):
    """With a slack of two for a busy machine."""
    begin = time.process_time()
    for number in range(200):
        written(tmp_path, f"student{number}", ada)
    assert time.process_time() - begin < 2 * 1.0
    assert len(list(tmp_path.iterdir())) == 200
