"""How the arguments of a function are nested: lists, tuples and dicts of arrays, taken apart and put together."""

import re
from collections import namedtuple

from karpathy_course.graph.errors import StructureMismatch

Leaf = namedtuple("Leaf", "name")
Fixed = namedtuple("Fixed", "value")  # what is no number (None, text, True) belongs to the function, not to the data


class Nest(namedtuple("Nest", "kind keys parts")):
    """kind: list, tuple, dict, namedtuple, or "leaf" for a single thing; parts: what is inside.

    keys: a dict's keys; for a namedtuple its class, alone in a tuple.
    """

    def build(self, leaves):
        """The nested thing with these leaves, in order."""
        return _build(self, iter(leaves))


def nest_of(thing, name=""):
    """(its Nest, its leaves, their names). A leaf is an array, a Tensor, a number: anything but a container."""
    leaves, names = [], []
    return Nest("leaf", (), (_nest(thing, name, leaves, names),)), leaves, names


def _nest(thing, name, leaves, names):
    if isinstance(thing, dict):
        return Nest("dict", tuple(thing), tuple(_nest(v, f"{name}[{k!r}]", leaves, names) for k, v in thing.items()))
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        parts = tuple(_nest(v, f"{name}.{k}", leaves, names) for k, v in zip(thing._fields, thing))
        return Nest("namedtuple", (type(thing),), parts)
    if isinstance(thing, (list, tuple)):
        kind = "list" if isinstance(thing, list) else "tuple"
        return Nest(kind, (), tuple(_nest(v, f"{name}[{k}]", leaves, names) for k, v in enumerate(thing)))
    if thing is None or isinstance(thing, (bool, str)):
        return Fixed(thing)
    leaves.append(thing)
    names.append(name)
    return Leaf(name)


def _build(nest, leaves):
    if isinstance(nest, Leaf):
        return next(leaves)
    if isinstance(nest, Fixed):
        return nest.value
    parts = [_build(part, leaves) for part in nest.parts]
    if nest.kind == "leaf":
        return parts[0]
    if nest.kind == "namedtuple":
        return nest.keys[0](*parts)
    return dict(zip(nest.keys, parts)) if nest.kind == "dict" else parts if nest.kind == "list" else tuple(parts)


def positional(nest, arguments, keywords):
    """The arguments with those given by keyword at their places. Raises TypeError for a name that there is not.

    An argument is called by the name of its first leaf; one without leaves (None, text) has no name.
    """
    words = [_first_name(part) for part in nest.parts[0].parts]
    out = list(arguments)
    for word in words[len(out) :]:
        if word not in keywords:
            break
        out.append(keywords[word])
    unknown = [word for word in keywords if word not in words[len(arguments) : len(out)]]
    if unknown:
        have = ", ".join(word or "an unnamed one" for word in words)
        raise TypeError(f"call: {unknown[0]}= is given twice or is no argument of the graph; it takes {have}, in order")
    return tuple(out)


def _first_name(nest):
    while isinstance(nest, Nest) and nest.parts:
        nest = nest.parts[0]
    return re.split(r"[.\[]", nest.name)[0] if isinstance(nest, Leaf) else ""


def leaves_of(nest, thing):
    """The leaves of a thing that is nested as nest says. Raises StructureMismatch where it is nested otherwise."""
    found = []
    _leaves(nest.parts[0], thing, found, "the arguments")
    return found


def _leaves(nest, thing, found, where):
    if isinstance(nest, Leaf):
        found.append(thing)
    elif isinstance(nest, Fixed):
        if type(thing) is not type(nest.value) or thing != nest.value:
            raise StructureMismatch(
                f"{where}: the graph was traced with {nest.value!r}, this is {thing!r:.60}: trace again",
                f"{where}: {thing!r:.40}",
            )
    else:
        kind = nest.keys[0] if nest.kind == "namedtuple" else {"list": list, "tuple": tuple, "dict": dict}[nest.kind]
        keys = nest.kind != "dict" or (isinstance(thing, dict) and set(thing) == set(nest.keys))
        fits = isinstance(thing, kind) and (kind is not tuple or not hasattr(thing, "_fields"))
        if not fits or len(thing) != len(nest.parts) or not keys:
            size = f" of {len(thing)}" if hasattr(thing, "__len__") else ""
            given = f"{type(thing).__name__}{size}"
            keys = f" with the keys {', '.join(map(repr, nest.keys))}" if nest.kind == "dict" else ""
            raise StructureMismatch(
                f"{where}: expected a {kind.__name__} of {len(nest.parts)}{keys}, got {given}: "
                "call it with what it was traced with",
                f"{where}: {given}",
            )
        parts = [thing[k] for k in nest.keys] if nest.kind == "dict" else thing
        for k, (part, value) in enumerate(zip(nest.parts, parts)):
            _leaves(part, value, found, f"part {k} of {where}")
