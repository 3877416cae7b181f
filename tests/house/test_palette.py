"""One palette: no colour is written anywhere but in palette.py, and its colours serve every reader."""

import ast
import copy
import itertools
import json
import pickle
import re
from pathlib import Path

import pytest

from karpathy_course import palette

ROOT = Path(__file__).resolve().parents[2]
# A name of a colour that matplotlib and CSS know, where it is used as a colour: `color="red"`, `fill: red;`.
NAMED = (
    *(
        "red",
        "green",
        "blue",
        "orange",
        "purple",
        "teal",
        "cyan",
        "magenta",
        "yellow",
        "brown",
        "pink",
        "olive",
        "gold",
    ),
    *("gray", "grey", "black", "white", "crimson", "navy", "maroon", "lime", "silver", "salmon", "steelblue", "coral"),
    *("darkorange", "firebrick", "tomato", "royalblue", "seagreen", "indigo", "violet", "turquoise"),
)
CODE = re.compile(r"(?<![\w&/])#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})(?![0-9a-zA-Z_-])|\b(?:rgb|hsl)a?\(")
DECLARED = re.compile(r":([^:;{}]*)(?=[;}])")
NAMED_IN_MATPLOTLIB = re.compile(rf"(?:tab|xkcd):[\w ]+|C\d|(?:{'|'.join(NAMED)})|[bgrcmykw]")
COLOUR_ARGUMENTS = re.compile(r"\w*colou?rs?|c|fc|ec|cmap|fill|stroke")
MAPS_WITH_A_MEANING_OF_THEIR_OWN = ("gray",)


def in_python(source):
    """The colours that Python source writes: codes in any string, names where an argument wants a colour."""
    tree = ast.parse(source)
    found = [
        code
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for code in CODE.findall(node.value)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg and COLOUR_ARGUMENTS.fullmatch(node.arg):
            strings = [
                n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            if node.arg == "cmap":
                found += [s for s in strings if s not in MAPS_WITH_A_MEANING_OF_THEIR_OWN]
            else:
                found += [s for s in strings if NAMED_IN_MATPLOTLIB.fullmatch(s)]
    return found


def in_css(source):
    """Codes, and names in the value of a declaration."""
    rules = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", source, flags=re.DOTALL)
    values = " ".join(DECLARED.findall(rules))
    return CODE.findall(values) + re.findall(rf"(?<![\w-])(?:{'|'.join(NAMED)})(?![\w-])", values)


def in_javascript(source):
    """Codes in strings (a private field is `#face` too), and names in quotes as an attribute's value."""
    code = re.sub(r"//[^\n]*", "", source)
    strings = re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", code)
    named = re.findall(rf"(?:fill|stroke|color): [\"'](?:{'|'.join(NAMED)})[\"']", code)
    return [found for string in strings for found in CODE.findall(string)] + named


READERS = {".py": in_python, ".css": in_css, ".js": in_javascript}
FILES = [
    path
    for folder in ("karpathy_course", "docs")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in READERS and path.name != "palette.py"
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_writes_no_colour_of_its_own(path):
    assert READERS[path.suffix](path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted((ROOT / "lectures").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_lecture_takes_its_colours_from_the_palette(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    written = {cell: in_python(re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)) for cell, source in sources.items()}
    assert {cell: colours for cell, colours in written.items() if colours} == {}


@pytest.mark.parametrize(
    ("reader", "source", "colours"),
    [
        (in_python, 'BLUE = "#00618f"', 1),
        (in_python, "f\"<p style='color:#b34700'>{x}</p>\"", 1),
        (in_python, 'axes.plot(x, color="red")', 1),
        (in_python, 'axes.plot(x, color="C0"); axes.imshow(x, cmap="PuOr_r")', 2),
        (in_python, 'axes.scatter(x, y, c=["tab:blue" if z else "k" for z in zs])', 2),
        (in_python, 'axes.imshow(x, cmap="gray", color=palette.VALUE)  # as #00618f', 0),
        (in_python, 'print("issue #12, the red one")', 0),
        (in_css, "p { color: #fff; background: rgba(0, 0, 0, .5) }", 2),
        (in_css, "p { border: 1px solid red; }", 1),
        (in_css, "#red p:not(.red) { white-space: pre; color: var(--red); } /* #fff */", 0),
        (in_javascript, 'svg("path", { fill: "red" }); const x = "#fff";', 2),
        (in_javascript, 'class A { #face = "";\n bad() { this.#bad = `${x}#y`; } } // #fff', 0),
    ],
)
def test_a_colour_written_elsewhere_would_be_seen(reader, source, colours):
    assert len(reader(source)) == colours


# ---- contrast (WCAG 2) and colour-blind readers (Machado, Oliveira and Fernandes 2009, full severity)


def linear(colour):
    parts = [byte / 255 for byte in bytes.fromhex(colour[1:])]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def contrast(one, other):
    dark, light = sorted(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(c))) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


KINDS_OF_SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def distance(one, other, sight):
    """The CIELAB distance of two colours as seen with a kind of sight; 2 can just be told apart side by side."""
    seen = [[min(1, max(0, sum(m * p for m, p in zip(row, linear(c))))) for row in sight] for c in (one, other)]
    return sum((p - q) ** 2 for p, q in zip(*map(lab, seen))) ** 0.5


def lab(rgb):
    to_xyz = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.072175), (0.0193339, 0.119192, 0.9503041))
    xyz = [sum(m * p for m, p in zip(row, rgb)) / white for row, white in zip(to_xyz, (0.95047, 1, 1.08883))]
    x, y, z = (t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


WRITTEN_ON = {
    "INK": "PAPER DESK PANEL VALUED LIT HELPED BARRED GROUND_0 GROUND_1",
    "SOFT": "PAPER DESK PANEL VALUED LIT HELPED BARRED",
    "MUTED": "PAPER",
    **dict.fromkeys(("VALUE", "GRADIENT", "GOOD", "WRONG", "HELP"), "PAPER DESK PANEL VALUED LIT HELPED"),
}
LINES_ON = {
    "FOCUS": "PAPER DESK PANEL",
    "EDGE": "PAPER",
    "CLASS_0": "GROUND_0 GROUND_1",
    "CLASS_1": "GROUND_0 GROUND_1",
}
TOLD_APART = [("VALUE", "GRADIENT"), ("GOOD", "GRADIENT"), ("GOOD", "WRONG"), ("VALUE", "WRONG"), ("VALUE", "MUTED")]
shades = pytest.mark.parametrize("shade", [str, lambda colour: colour.dark], ids=["light", "dark"])


def pairs(table):
    return [(name, ground) for name, grounds in table.items() for ground in grounds.split()]


@shades
@pytest.mark.parametrize(("name", "ground"), pairs(WRITTEN_ON))
def test_a_text_colour_can_be_read_on_each_of_its_grounds(name, ground, shade):
    assert contrast(shade(palette.COLOURS[name]), shade(palette.COLOURS[ground])) >= 4.5


@shades
@pytest.mark.parametrize(("name", "ground"), pairs(LINES_ON))
def test_a_line_or_a_point_can_be_seen_on_each_of_its_grounds(name, ground, shade):
    assert contrast(shade(palette.COLOURS[name]), shade(palette.COLOURS[ground])) >= 3


@shades
@pytest.mark.parametrize("sight", KINDS_OF_SIGHT)
@pytest.mark.parametrize(("one", "other", "least"), [(*pair, 20) for pair in TOLD_APART[:2]] + [
    ("CLASS_0", "CLASS_1", 60), ("GROUND_0", "GROUND_1", 20), ("VALUED", "LIT", 8)])  # fmt: skip
def test_colours_that_stand_alone_differ_for_every_kind_of_sight(one, other, least, sight, shade):
    colours = [shade(palette.COLOURS[name]) for name in (one, other)]
    assert distance(*colours, KINDS_OF_SIGHT[sight]) >= least


def test_the_measures_agree_with_known_figures():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#d55e00", "#ffffff") < 4.5  # Okabe and Ito's vermillion, which many palettes take
    assert distance("#000000", "#ffffff", KINDS_OF_SIGHT["full"]) == pytest.approx(100, abs=0.1)
    red_and_green = [distance("#b34700", "#5a7300", KINDS_OF_SIGHT[s]) for s in ("full", "deuteranopia")]
    assert red_and_green[0] > 40 > 20 > red_and_green[1]


def test_every_colour_is_written_and_explained_once():
    own = {name: c for name, c in palette.COLOURS.items() if name not in ("CLASS_0", "CLASS_1")}
    for shade in (str, lambda colour: colour.dark):
        assert len({shade(colour) for colour in own.values()}) == len(own)
    assert len({colour.meaning for colour in palette.COLOURS.values()}) == len(palette.COLOURS)
    assert all(re.fullmatch("#[0-9a-f]{6}", code) for c in palette.COLOURS.values() for code in (c, c.dark))


def test_css_variables_name_every_colour_and_follow_the_host_page():
    light, dark = palette.css_variables(prefix="lm-"), palette.css_variables(dark=True)
    assert "--lm-value: #00618f;" in light and "--ground-0: #1d3a4b;" in dark
    assert light.count(";") == dark.count(";") == len(palette.COLOURS)
    assert "--ink: var(--host-text, #1b1b1b);" in palette.css_variables(given={"INK": "--host-text"})


def test_a_colour_survives_copying_and_pickling():
    for colour in (copy.deepcopy(palette.LIT), pickle.loads(pickle.dumps(palette.LIT))):
        assert (str(colour), colour.dark, colour.meaning) == (palette.LIT, palette.LIT.dark, palette.LIT.meaning)


def test_classes_and_their_grounds_go_together():
    for kind, other in itertools.permutations((0, 1)):
        near, far = (distance(palette.CLASSES[kind], palette.GROUNDS[k], KINDS_OF_SIGHT["full"]) for k in (kind, other))
        assert near < far
