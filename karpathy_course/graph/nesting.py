"""How the arguments of a function are nested: lists, tuples and dicts of arrays, taken apart and put together."""

from collections import namedtuple

Leaf = namedtuple("Leaf", "name")
Fixed = namedtuple("Fixed", "value")  # what is no number (None, text, True) belongs to the function, not to the data


class Nest(namedtuple("Nest", "kind keys parts")):
    """kind: list, tuple, dict or "leaf" for a single thing; keys: a dict's; parts: what is inside."""

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
    return dict(zip(nest.keys, parts)) if nest.kind == "dict" else parts if nest.kind == "list" else tuple(parts)


def leaves_of(nest, thing, names):
    """The leaves of a thing that is nested as nest says. Raises TypeError where it is nested otherwise."""
    found = []
    _leaves(nest.parts[0], thing, found, "the arguments")
    return found


def _leaves(nest, thing, found, where):
    if isinstance(nest, Leaf):
        found.append(thing)
    elif isinstance(nest, Fixed):
        if thing != nest.value:
            raise TypeError(f"{where}: the graph was traced with {nest.value!r}, this is {thing!r}: trace again")
    else:
        kinds = {"list": list, "tuple": tuple, "dict": dict}
        keys = set(thing) == set(nest.keys) if nest.kind == "dict" and isinstance(thing, dict) else nest.kind != "dict"
        if not isinstance(thing, kinds[nest.kind]) or len(thing) != len(nest.parts) or not keys:
            size = f" of {len(thing)}" if hasattr(thing, "__len__") else ""
            raise TypeError(
                f"{where}: expected a {nest.kind} of {len(nest.parts)}, got {type(thing).__name__}{size}: "
                "call it with what it was traced with"
            )
        parts = [thing[k] for k in nest.keys] if nest.kind == "dict" else thing
        for k, (part, value) in enumerate(zip(nest.parts, parts)):
            _leaves(part, value, found, f"part {k} of {where}")
