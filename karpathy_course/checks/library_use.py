"""Which installed libraries does an answer use? The notebook has all of them, the grader those that an exercise names.

What passes in the notebook has to pass where it is graded. So an answer that uses another library is told so at once,
by the libraries that its code names, through its helpers and in its imports; nothing of it is run.
"""

import dis
import importlib.util
import sys
import types

WRAPPERS = (staticmethod, classmethod, property)


def libraries_used(thing, seen=None):
    """The names of the top-level modules of installed libraries (the course aside) that a function or class uses."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return set()
    seen.add(id(thing))
    if isinstance(thing, WRAPPERS):
        return libraries_used(thing.fget if isinstance(thing, property) else thing.__func__, seen)
    if isinstance(thing, types.FunctionType) and is_own(thing):
        return of_code(thing.__code__, thing.__globals__, seen)
    if isinstance(thing, type) and is_own(thing):
        found = set().union(*(libraries_used(base, seen) for base in thing.__bases__))
        return found.union(*(libraries_used(member, seen) for member in list(vars(thing).values())))
    if isinstance(thing, types.ModuleType):
        return installed(thing.__name__)
    named = isinstance(thing, (type, types.FunctionType, types.BuiltinFunctionType))
    return installed((thing if named else type(thing)).__module__)


def of_code(code, names, seen):
    """Those that a code object uses; names: the globals that it is run with."""
    found = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            found |= installed(instruction.argval)
        elif instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and instruction.argval in names:
            found |= libraries_used(names[instruction.argval], seen)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= of_code(constant, names, seen)
    return found


def is_own(thing):
    """Whether a function or class is the learner's: what the course provides may use what it likes."""
    module = thing.__module__ if isinstance(thing.__module__, str) else ""
    return module.partition(".")[0] != "karpathy_course" and not installed(module)


def installed(module):
    """``{"torch"}`` for a module's name in torch; an empty set for Python's own, the course's and a learner's."""
    root = module.partition(".")[0] if isinstance(module, str) else ""
    if root in sys.stdlib_module_names or root in ("", "__main__", "karpathy_course"):
        return set()
    path = getattr(sys.modules.get(root), "__file__", None) or ""
    if root not in sys.modules:
        spec = importlib.util.find_spec(root)
        path = (spec and spec.origin) or ""
    return {root} if "site-packages" in path or "dist-packages" in path else set()
