"""A job for the box: all that it needs to know of one trial, as plain data and code; nothing else goes in.

What goes in is the source of the probe, the modules that the exercise names and those that these import, and of a case
only what the probe may see.
"""

import ast
import functools
import importlib
import importlib.util
import inspect
import json
import marshal
import re
import textwrap
import threading

from karpathy_course.checks.exercise import seen
from karpathy_course.checks.runner.libraries import MODULES, parts

CELL_SECONDS = 20.0  # for one cell
EXERCISE_SECONDS = 60.0  # for all cells and cases of one trial, beyond the deadline of a single case
_parsing = threading.Lock()


def json_of(cases):
    """The JSON of what leaves this process of some cases: what only the judge sees is no part of it."""
    return json.dumps([seen(case) for case in cases])


def job_of(exercise, cells, random_seed, seconds):
    """All that the process needs to know of one trial, its cases aside: plain data."""
    given = [*exercise.provides.values(), *exercise.shared]
    names = dict.fromkeys(name for module in given for name in with_imports(module))
    return {
        "cells": [[str(name), source] for name, source in cells],
        "cell_seconds": CELL_SECONDS,
        "libraries": list(parts(exercise.libraries)),
        "load": [
            module
            for module in map(MODULES.get, exercise.libraries)
            if probe_imports(exercise, names, module) or cells_import(cells, module)
        ]
        + [module for name in names for module in inner_imports(name, tuple(map(MODULES.get, exercise.libraries)))],
        "modules": [(name, compiled(name)) for name in names],
        "given": dict(exercise.provides),
        "needs": list(exercise.needs),
        "probe": probe_code(exercise),
        "seconds": exercise.seconds,
        "deadline": seconds + exercise.seconds,
        "random_seed": random_seed,
    }


@functools.cache
def probe_code(exercise):
    """The code of a module whose one function is an exercise's probe, marshalled, in hex."""
    tree = parse(textwrap.dedent(inspect.getsource(exercise.probe)))
    tree.body[0].decorator_list = []
    with _parsing:
        code = compile(ast.unparse(tree), "<probe>", "exec")
    return marshal.dumps(code).hex()


def parse(source):
    """ast.parse, one thread at a time: CPython 3.11's keeps one depth for all (python/cpython#106905)."""
    with _parsing:
        return ast.parse(source)


@functools.cache
def compiled(name):
    """A module of the course as code, marshalled, in hex: the same Python runs in the box, and need not compile it."""
    with _parsing:
        code = compile(inspect.getsource(importlib.import_module(name)), f"<{name}>", "exec")
    return marshal.dumps(code).hex()


@functools.cache
def with_imports(name):
    """The course's modules that a module imports, and what these import, and then itself."""
    found = []
    for node in ast.walk(parse(inspect.getsource(importlib.import_module(name)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("karpathy_course."):
            for module in imported_from(node.module, [alias.name for alias in node.names]):
                found += [inner for inner in with_imports(module) if inner not in found]
    return [*found, name]


@functools.cache
def imports(name, library):
    """Whether a module of the course imports a library itself."""
    return any_import(parse(inspect.getsource(importlib.import_module(name))).body, library)


@functools.cache
def inner_imports(name, libraries):
    """The modules inside of libraries that a module of the course imports at its top: ``import torch._dynamo``."""
    body = parse(inspect.getsource(importlib.import_module(name))).body
    found = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    return [module for module in found if "." in module and module.partition(".")[0] in libraries]


@functools.cache
def imported_in(exercise):
    """The statements of an exercise's probe, its inner ones too."""
    return tuple(ast.walk(parse(textwrap.dedent(inspect.getsource(exercise.probe)))))


def probe_imports(exercise, modules, library):
    """Whether a probe imports a library on every case, itself or by one of the modules that it is given."""
    return any(imports(name, library) for name in modules) or any_import(imported_in(exercise), library)


def cells_import(cells, library):
    """Whether a line of the cells imports a library: then it is loaded once, and not again by each of many answers."""
    line = re.compile(rf"^[ \t]*(import|from)[ \t]+{re.escape(library)}\b", re.MULTILINE)
    return any(type(source) is str and line.search(source) for _, source in cells)


def any_import(nodes, library):
    return any(isinstance(node, ast.Import) and library in [alias.name for alias in node.names] for node in nodes)


def imported_from(package, names):
    """The modules that ``from package import names`` needs: of a package, its modules of these names, or itself."""
    if not hasattr(importlib.import_module(package), "__path__"):
        return [package]
    inner = [name for name in names if importlib.util.find_spec(f"{package}.{name}")]
    return [f"{package}.{name}" for name in inner] + ([package] if len(inner) < len(names) else [])
