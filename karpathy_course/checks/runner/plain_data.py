"""What may cross from the learner's code to the judge: plain data, of a bounded size, and nothing else.

The learner's objects can lie: an ``__eq__`` that is always True, a float that compares as it likes,
a list that grows while it is read. So only exact types pass, rebuilt from the inside; everything
else is refused in words that name what came. NumPy's own numbers and arrays are taken apart into
these. This file runs beside the learner's code in a separate process too: it may import nothing but
Python's own modules.

Transport is JSON. NaN, Infinity and -Infinity travel under these names, because a judge must be able
to say that a gradient was NaN; every other number has to be finite as written (``1e999999`` is refused).
"""

import json
import math
import re
import sys

MAX_DEPTH = 40
MAX_ITEMS = 200_000
MAX_TEXT = 200_000  # characters, all strings together
MAX_INTEGER = 2**63
MAX_DOCUMENT = 16_000_000  # characters of JSON
# Brackets, and strings whole, so that those inside do not count; one that never ends goes on to the end of the text.
BRACKETS = r'(?s)"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]'
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
PLAIN_NUMBERS = {float, bool, type(None)}


class NotPlain(Exception):
    """A value that may not cross; its message says what it was, as ``a generator``."""


def plain(value):
    """A copy of value made of None, bool, int, float, str, list and dict with text keys.

    Tuples become lists, NumPy's numbers and arrays Python's numbers and lists of them.

    Raises NotPlain, whose message names what was found instead.
    """
    return _copy(value, 0, [MAX_ITEMS, MAX_TEXT])


def _copy(value, depth, budget):
    kind = type(value)
    if kind is float or kind is bool or value is None:
        return value
    if kind is int:
        if -MAX_INTEGER <= value < MAX_INTEGER:
            return value
        raise NotPlain("a whole number of more than 64 bits")
    if kind is str:
        return _text(value, budget)
    if kind is not list and kind is not tuple and kind is not dict:
        return _copy(of_numpy(value, budget), depth, budget)
    if depth >= MAX_DEPTH:
        raise NotPlain(f"lists nested more than {MAX_DEPTH} deep, or one that contains itself")
    budget[0] -= len(value)
    if budget[0] < 0:
        raise NotPlain(f"more than {MAX_ITEMS:,} numbers")
    if kind is not dict:
        kinds = set(map(type, value))
        if kinds <= PLAIN_NUMBERS or (kinds == {int} and min(value) >= -MAX_INTEGER and max(value) < MAX_INTEGER):
            return list(value)
        if kinds == {str}:
            _text("".join(value), budget)
            return list(value)
        return [item if type(item) is float else _copy(item, depth + 1, budget) for item in value]
    copy = {}
    for key, item in value.items():
        if type(key) is not str:
            raise NotPlain(f"a dict with {describe(key)} as a key, where text is expected")
        copy[_text(key, budget)] = _copy(item, depth + 1, budget)
    return copy


def of_numpy(value, budget):
    """What a NumPy number or array holds, as Python's own; NotPlain for all else, subclasses of these among it."""
    kind, numpy = type(value), sys.modules.get("numpy")
    if numpy is not None and kind is numpy.ndarray and value.dtype.kind in "biufU":
        if value.size > budget[0]:
            raise NotPlain(f"more than {MAX_ITEMS:,} numbers")
        return value.tolist()
    if numpy is not None and vars(numpy).get(type_name(kind)) is kind and issubclass(kind, numpy.generic):
        item = value.item()
        if type(item) in (bool, int, float, str):
            return item
    raise NotPlain(describe(value))


def _text(value, budget):
    budget[1] -= len(value)
    if budget[1] < 0:
        raise NotPlain(f"text of more than {MAX_TEXT:,} characters")
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotPlain("text that is not valid Unicode (half of a surrogate pair)") from None
    return value


def describe(value):
    """What value is, in words with an article, without running any of its own code: ``a generator``."""
    kind = type(value)
    if value is None or kind is bool:
        return f"{value}"
    if kind is int:
        return "a whole number"
    if kind is float:
        return "a number" if math.isfinite(value) else f"{value}"
    if kind is str:
        return "text"
    if kind in (list, tuple, dict):
        return f"a {kind.__name__}"
    words = {"function": "a function", "builtin_function_or_method": "a function", "type": "a class"}
    name = type_name(kind)
    if name in words:
        return words[name]
    if name.startswith(("ndarray", "Tensor", "float64", "float32", "int64")):
        return f"{_article(name)} (plain numbers come out of it by .tolist())"
    if kind not in (list, tuple, dict) and issubclass(kind, (int, float, str, list, tuple, dict)):
        base = next(b for b in (int, float, str, list, tuple, dict) if issubclass(kind, b))
        return f"{_article(name)} (a {base.__name__} in disguise)"
    return _article(name)


def type_name(kind):
    """The name of a class, even when its metaclass says otherwise."""
    name = type.__dict__["__name__"].__get__(kind)
    return re.sub(r"\W", "?", name)[:40]


def _article(name):
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def dumps(value):
    """The JSON text of plain data, on one line."""
    return _encode(value)


def loads(text):
    """The plain data of JSON text that came from outside; raises NotPlain for whatever is not allowed."""
    if len(text) > MAX_DOCUMENT:
        raise NotPlain(f"more than {MAX_DOCUMENT:,} characters of JSON")
    if sum(map(text.count, ",[{")) > 2 * MAX_ITEMS + MAX_TEXT:
        raise NotPlain(f"more than {MAX_ITEMS:,} numbers")
    if _deepest(text) > MAX_DEPTH:
        raise NotPlain(f"lists nested more than {MAX_DEPTH} deep")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_float=_finite)
    except (ValueError, RecursionError):
        raise NotPlain("text that is not JSON") from None
    return plain(value)


def _deepest(text):
    """How deeply brackets nest outside of strings; counted first, so that the parser never sees a bomb."""
    depth = deepest = 0
    for token in re.finditer(BRACKETS, text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif first in "]}":
            depth -= 1
    return deepest


def _no_duplicates(pairs):
    keys = {key for key, _ in pairs}
    if len(keys) != len(pairs):
        raise NotPlain("a JSON object in which a key stands twice")
    return dict(pairs)


def _finite(digits):
    number = float(digits)
    if not math.isfinite(number):
        raise NotPlain(f"the number {digits[:20]}, which no float can hold")
    return number
