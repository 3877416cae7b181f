"""Definitions taken out of a cell or a file as text, comments included, with all that they need.

Nothing is run here. Only what a wanted name needs is taken: prints, trials and checks around it stay behind.
"""

import ast
import builtins
import copy
import re
import symtable
from dataclasses import dataclass

from karpathy_course.checks.runner.probing import fills, parse

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


class NotTaken(Exception):
    """A cell whose definitions cannot be taken as they are; the message is one line that says what to do."""


@dataclass(frozen=True)
class Piece:
    """One statement of a cell: its text, the names that it binds, and those of the module that it uses."""

    text: str
    names: tuple
    uses: frozenset
    is_import: bool = False

    @property
    def is_of_the_course(self):
        return self.is_import and re.match(r"(from|import) karpathy_course\b", self.text) is not None


def pieces_of(source, where):
    """``({name: Piece}, {name: line})`` of a cell: what can be taken, and what a statement that runs does to a name.

    where: what a message calls the cell. The last binding of a name counts. An import is a Piece for each name. Raises
    NotTaken where Python cannot read the cell.
    """
    source = MARKER.sub("", source)
    try:
        statements = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotTaken(f"{where} cannot be read by Python ({getattr(error, 'msg', None) or error}): mend it.") from None
    lines, found, touched, end = source.splitlines(), {}, {}, 0
    for statement in statements:
        start = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
        text = "\n".join([*comments_above(lines, start, end), *lines[start - 1 : statement.end_lineno]])
        end = statement.end_lineno
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            pieces = imports_of(statement)
        else:
            names = bound(statement)
            pieces = [Piece(text, names, used(text))] if names else []
        for piece in pieces:
            for name in piece.names:
                found[name] = piece
                touched.pop(name, None)
        if not pieces:
            touched |= dict.fromkeys(changed(statement), lines[statement.lineno - 1].strip())
    return found, touched


def imports_of(statement):
    """A Piece for each name that an import binds: cells that import some of the same names do not differ in these."""
    pieces = []
    for alias in statement.names:
        one = copy.copy(statement)
        one.names = [alias]
        pieces.append(Piece(ast.unparse(one), (alias.asname or alias.name.partition(".")[0],), frozenset(), True))
    return pieces


def comments_above(lines, start, end):
    """The comments that stand directly above a line, no further up than the statement before."""
    first = start - 1
    while first > end and lines[first - 1].startswith("#"):
        first -= 1
    return lines[first : start - 1]


def bound(statement):
    """The names that a definition or a plain assignment binds; () for any other statement."""
    if isinstance(statement, DEFINITIONS):
        return (statement.name,)
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return ()
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    nodes = [node for target in targets for node in ast.walk(target) if isinstance(node, ast.expr)]
    plain = all(isinstance(node, (ast.Name, ast.Tuple, ast.List, ast.Starred)) for node in nodes)
    return tuple(node.id for node in nodes if isinstance(node, ast.Name)) if plain else ()


def changed(statement):
    """The names that a statement binds or changes by running: in a loop, by ``Value.exp = …``, ``a.append(1)``."""
    for node in ast.walk(statement):
        stored = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if isinstance(node, ast.Name) and stored:
            yield node.id
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and stored and isinstance(node.value, ast.Name):
            yield node.value.id
    if isinstance(statement, ast.Expr) and fills(statement, ()):  # setattr(Value, …)
        yield from (each.id for each in statement.value.args[:1] if isinstance(each, ast.Name))
    elif isinstance(statement, ast.Expr):
        yield statement.value.func.value.id


def used(text):
    """The names of the module, or of Python's own, that a statement uses."""
    found, waiting = set(), [symtable.symtable(text, "<text>", "exec")]
    while waiting:
        table = waiting.pop()
        is_module = table.get_type() == "module"
        found |= {each.get_name() for each in table.get_symbols() if each.is_global() or is_module}
        waiting += table.get_children()
    return frozenset(found - set(dir(builtins)))


def closure(wanted, own, others, known, where):
    """The Pieces that wanted names need, each once, in the order in which a module can hold them.

    own: what the answer's cell has, ``(found, touched)``; others: the same of the notebook's other cells. known: names
    that the module has anyway. Raises NotTaken where a name is nowhere, or made by a statement that runs.
    """
    taken, waiting = {}, [*reversed(wanted)]
    while waiting:
        name = waiting.pop()
        found, touched = own if name in own[0] or name in own[1] or name in wanted else others
        own_definition = found is own[0] and not (name in found and found[name].is_of_the_course)
        if name in taken or (name in known and name not in wanted and not own_definition):
            continue
        if name in touched:
            raise NotTaken(
                f"{where} makes or changes `{name}` by a line that runs, `{touched[name]}`: an engine takes "
                "definitions alone. Put it into a function, or into the definition."
            )
        if name not in found:
            raise NotTaken(f"{where} uses `{name}`, which no cell of the notebook defines: define it there.")
        piece = found[name]
        taken |= dict.fromkeys(piece.names, piece)
        waiting += sorted(piece.uses - set(piece.names))
    pieces = list(dict.fromkeys(taken.values()))
    order = {id(piece): k for k, piece in enumerate([*others[0].values(), *own[0].values()])}
    return sorted(pieces, key=lambda piece: order[id(piece)])
