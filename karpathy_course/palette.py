"""Every colour of the course, once, each with its meaning: pictures, widgets and pages take theirs from here.

A colour is a string that matplotlib and CSS read (``color=palette.VALUE``), as it is on white; ``.dark`` is
its partner on a dark page. A text colour has a contrast of at least 4.5 on every ground that it is written on.
Colours that are told apart by colour alone differ for colour-blind readers too (tests/house/test_palette.py
simulates the three kinds); WRONG never stands alone: a badge, a dash or a word says the same.
Standard library only: everything may import this module.
"""


class Colour(str):
    """A colour on white, as ``#rrggbb``; it knows its partner on a dark page and what it means."""

    __slots__ = ("dark", "meaning")

    def __new__(cls, light, dark, meaning):
        colour = super().__new__(cls, light)
        colour.dark, colour.meaning = dark, meaning
        return colour

    def __getnewargs__(self):
        return str(self), self.dark, self.meaning


# What a reader reads: text and thin lines.
INK = Colour("#1b1b1b", "#e8e8e8", "text")
SOFT = Colour("#5a5a5a", "#b4b8be", "text that may be passed over: labels, counts, axes")
MUTED = Colour("#767676", "#9aa1ab", "what is drawn only to compare with: a bound, a theory, a strike price")
VALUE = Colour("#00618f", "#7cc4ee", "a value, and all that runs forward; also: passed")
GRADIENT = Colour("#b34700", "#ffab6b", "a gradient, and all that runs backward; also: not passed yet")
GOOD = Colour("#00795c", "#5fd0b0", "the better of two ways, the right answer among several")
WRONG = Colour("#b3003b", "#ff8fab", "a wrong number, a guard that failed; never by colour alone")
HELP = Colour("#6b4c9a", "#c9b0f0", "what is asked or hinted: predictions, hints, further reading")
FOCUS = Colour("#0b57d0", "#9ec2ff", "the ring around what the keyboard acts on")

# Grounds: what is written on.
PAPER = Colour("#ffffff", "#1b1f24", "the ground of a widget and of a card")
DESK = Colour("#f3f4f6", "#12151a", "the page behind the cards")
PANEL = Colour("#f4f5f7", "#252a31", "a raised or set-off part: buttons, code, groups, inputs")
VALUED = Colour("#eaf4fa", "#1b2d39", "the ground of a node that has its value; of what has passed")
LIT = Colour("#fdf0e6", "#3d2a1b", "the ground of a node that has its gradient; of what has changed or not passed yet")
HELPED = Colour("#f4effa", "#2a2338", "the ground of a hint")
BARRED = Colour("#fbe4ea", "#40202b", "the ground of a guard, and of where an answer may not be trusted")

# Lines that are no text.
RULE = Colour("#bdbdbd", "#4a515b", "borders, edges between nodes, grids")
EDGE = Colour("#8a9099", "#7d8590", "a border that must be seen: of a control, of an empty bar")

# Two classes: a point of class k is CLASSES[k], drawn with MARKERS[k]; where a model says class k the ground
# is GROUNDS[k], so that a point on its own ground is one that the model has right.
CLASS_0 = Colour(VALUE, VALUE.dark, "a point of class 0 (label 0 or −1); drawn round")
CLASS_1 = Colour(GRADIENT, GRADIENT.dark, "a point of class 1; drawn square")
GROUND_0 = Colour("#c2dcea", "#1d3a4b", "where a model says class 0")
GROUND_1 = Colour("#f3d3bd", "#523420", "where a model says class 1")
CLASSES, MARKERS, GROUNDS = (CLASS_0, CLASS_1), ("o", "s"), (GROUND_0, GROUND_1)

COLOURS = {name: colour for name, colour in globals().items() if isinstance(colour, Colour)}


def css_variables(dark=False, prefix="", given=None):
    """All colours as CSS custom properties, ``--value: #00618f; --gradient: …``, to stand between two braces.

    dark: the partners for a dark page. prefix: before each name, as in ``--lm-value``.
    given: {name: a CSS variable of the host page that goes before our colour}, as ``{"INK": "--jp-…"}``.
    """
    lines = []
    for name, colour in COLOURS.items():
        shown = colour.dark if dark else str(colour)
        if name in (given or {}):
            shown = f"var({given[name]}, {shown})"
        lines.append(f"--{prefix}{name.lower().replace('_', '-')}: {shown};")
    return " ".join(lines)


def page_css():
    """The variables for a whole page: the reader's light or dark, and light on paper."""
    light, dark = (f":root {{ {css_variables(dark)} }}" for dark in (False, True))
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{ {dark} }}"
