"""Text of strangers, made fit to be shown: what cannot be seen is made visible, and what is endless is cut.

A name or a message may hold terminal escapes, marks that turn the reading direction, or half a character.
None of it may act where it is shown, and none may hide: ``ada`` and ``ada`` with an invisible mark look different.
"""

import re

HALVES = "\ud800-\udfff"
# Controls, invisible marks, direction marks, separators of lines. The joiners U+200C and U+200D stay: words and
# emoji are made with them.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    f"\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff{HALVES}]"
)


def visible(text):
    """text on one line, with the number of each unseen character in its place: ``[U+001B]``."""
    return UNSEEN.sub(_seen, text)


def whole(text):
    """text with each half of a surrogate pair as its number, so that it can be written as UTF-8."""
    return re.sub(f"[{HALVES}]", _seen, text)


def cut(text, most):
    """text, or its first ``most`` characters and how many are left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters)"


def _seen(match):
    return f"[U+{ord(match[0]):04X}]"
