"""Is an answer the learner's own? An object that comes from the course, or from a library, is no answer.

A list, an array or a model that a learner has made is theirs, whatever its class; so is a class that builds on one of
a library's, which only has the libraries that the exercise names.
What the exercise itself provides may be used, not handed in. This file runs in the notebook and in a
separate process alike: it may import nothing but Python's own modules.
"""

import sys
import types
from functools import partial

COURSE = "karpathy_course"
PACKAGES = ("site-packages", "dist-packages", "/packages/")  # the last in the sandbox
AROUND = (
    "torch.utils._contextlib",
    "torch.amp.autocast_mode",
)  # @torch.no_grad() and the like, around the learner's own
_WRAPPERS = {
    partial: "func",
    types.MethodType: "__func__",
    staticmethod: "__func__",
    classmethod: "__func__",
    property: "fget",
}


def foreign_origin(answer, provided=()):
    """The module that answer comes from when it is not the learner's own, or None.

    provided: names of the course modules whose contents an answer may build on.
    """
    return _origin(answer, frozenset(provided), set())


def _origin(thing, provided, seen):
    if id(thing) in seen:
        return None
    seen.add(id(thing))
    for kind, attribute in _WRAPPERS.items():
        if type(thing) is kind:
            return _origin(getattr(thing, attribute), provided, seen)
    if isinstance(thing, types.FunctionType):
        module = thing.__globals__.get("__name__")
        if module in AROUND and thing.__closure__:
            return _of_closure(thing, provided, seen)
        return _foreign(module) or _of_code(thing, provided, seen)
    if isinstance(thing, type):
        return _of_class(thing, provided, seen)
    if isinstance(thing, types.ModuleType):
        return _foreign(thing.__name__)
    module = type(thing).__module__
    made = not isinstance(module, str) or module.partition(".")[0] != COURSE
    if _given(module, provided) or (made and not isinstance(getattr(thing, "__name__", None), str)):
        return None  # np.sin has a name of its own, an array or an nn.Sequential has none
    return _foreign(module)


def _of_class(cls, provided, seen):
    for base in type.mro(cls):
        given = _given(base.__module__, provided) or base.__module__.partition(".")[0] != COURSE
        if base is not cls and given:
            continue  # building on what is given is allowed
        if name := _foreign(base.__module__):
            return name
        for member in vars(base).values():
            if isinstance(member, (types.FunctionType, *_WRAPPERS)) and (name := _origin(member, provided, seen)):
                return name
    return None


def _of_code(function, provided, seen):
    """What a function calls: the course's own work, by whatever name, or the learner's helpers."""
    for name in _names(function.__code__):
        if name.startswith(COURSE + ".") and not _given(name, provided):
            return name
        used = function.__globals__.get(name)
        if isinstance(used, types.FunctionType) and used.__globals__ is function.__globals__:
            known = id(used) in seen
            seen.add(id(used))  # before its own calls are followed: a function may call itself
            found = None if known else _of_code(used, provided, seen)
        else:
            module = used.__name__ if isinstance(used, types.ModuleType) else getattr(used, "__module__", None)
            course = isinstance(module, str) and (module + ".").startswith(COURSE + ".")
            found = (
                module
                if course and not _given(module, provided) and not module.startswith(COURSE + ".checks")
                else None
            )
        if found:
            return found
    return _of_closure(function, provided, seen)


def _of_closure(function, provided, seen):
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        if not isinstance(content, (types.FunctionType, type)) or _given(content.__module__, provided):
            continue
        if name := _origin(content, provided, seen):
            return name
    return None


def _given(module, provided):
    """Whether a module is provided, by itself or with the package that it is part of."""
    parts = module.split(".") if isinstance(module, str) else []
    return any(".".join(parts[: k + 1]) in provided for k in range(len(parts)))


def _names(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _foreign(module):
    """module, when it is part of the course or of an installed package; else None."""
    if not isinstance(module, str):
        return None
    root = module.partition(".")[0]
    if root == COURSE:
        return module
    if root in sys.stdlib_module_names or root == "__main__":
        return None
    path = getattr(sys.modules.get(root), "__file__", None) or ""
    return module if any(folder in path for folder in PACKAGES) else None
