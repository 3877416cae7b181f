"""How a mark and a hint are shown: rich in a notebook, the same words as plain text everywhere.

Nothing is ever written to standard error: nbgrader gives a cell that does so no points.
"""

import html
import sys

from karpathy_course.palette import GRADIENT, VALUE

_just_shown = None


def show(mark, lines=()):
    """Show a mark once, at the place of the call; the cell's own display of it then stays silent."""
    global _just_shown
    _just_shown = mark
    show_text(mark_text(mark, lines), mark_html(mark, lines))


def show_again(mark):
    """Display a mark that a cell ends with; silent straight after `show` did it."""
    global _just_shown
    if _just_shown is not mark:
        show_text(mark_text(mark), mark_html(mark))
    _just_shown = None


def show_text(text, rich):
    if in_ipython():
        from IPython.display import display

        display({"text/plain": text, "text/html": rich}, raw=True)
        return
    try:
        print(text)
    except UnicodeEncodeError:  # a console that knows few characters
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "replace").decode(encoding))


def in_ipython():
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


def mark_text(mark, lines=()):
    return "\n".join([("✓ " if mark.passed else "✗ ") + mark.message, *lines])


def mark_html(mark, lines=()):
    first, *rest = mark.message.split("\n")
    word = "✓" if mark.passed else "✗"
    return box(f"{word} {first}", [*rest, *lines], VALUE if mark.passed else GRADIENT)


def box(first, rest, colour):
    """A heading and lines beside a coloured bar; indented lines keep their columns."""
    body = "".join(
        f"<pre style='margin:2px 0;white-space:pre-wrap'>{html.escape(line)}</pre>" if line.startswith("  ")
        else f"<div>{html.escape(line)}</div>"
        for line in rest
    )  # fmt: skip
    style = f"border-left:4px solid {colour};padding:6px 12px;margin:4px 0"
    return f"<div style='{style}'><b>{html.escape(first)}</b>{body}</div>"
