"""Definitions taken out of a cell or a file as text, comments included, with all that they need.

Nothing is run here. Only what a wanted name needs is taken: prints, trials and checks around it stay behind.
"""

import ast
import builtins
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
    """One statement of a cell: its text, what it binds and what it uses of the module's names; is_import: whether one."""

    text: str
    names: tuple
    uses: frozenset
    is_import: bool = False


def pieces_of(source, where):
    """``({name: Piece}, {name: line})`` of a cell: what can be taken, and what a statement that runs does to a name.

    where: what a message calls the cell. The last binding of a name counts. Raises NotTaken where Python cannot read it.
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
        if names := bound(statement):
            is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
            text = ast.unparse(statement) if is_import else text
            piece = Piece(text, names, used(text), is_import)
            for name in names:
                found[name] = piece
                touched.pop(name, None)
        else:
            line = lines[statement.lineno - 1].strip()
            touched |= dict.fromkeys(changed(statement), line)
    return found, touched


def comments_above(lines, start, end):
    """The comments that stand directly above a line, no further up than the statement before."""
    first = start - 1
    while first > end and lines[first - 1].startswith("#"):
        first -= 1
    return lines[first : start - 1]


def bound(statement):
    """The names that a definition, an import or a plain assignment binds; () for any other statement."""
    if isinstance(statement, DEFINITIONS):
        return (statement.name,)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return tuple(alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    plain = isinstance(statement, (ast.Assign, ast.AnnAssign)) and all(isinstance(each, ast.Name) for each in targets)
    return tuple(target.id for target in targets) if plain else ()


def changed(statement):
    """The names that a statement binds or changes by running: of a loop, a branch, ``Value.exp = …``, ``a.append(1)``."""
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

    own: what the answer's cell has, ``(found, touched)``; others: the same of the notebook's other cells. known: names that
    the module has anyway. Raises NotTaken where a name is nowhere, or made by a statement that runs.
    """
    taken, waiting = {}, [*reversed(wanted)]
    while waiting:
        name = waiting.pop()
        found, touched = own if name in own[0] or name in own[1] or name in wanted else others
        if name in taken or (name in known and name not in wanted and found is not own[0]):
            continue
        if name in touched:
            raise NotTaken(
                f"{where} makes or changes `{name}` by a line that runs, `{touched[name]}`: an engine takes definitions "
                "alone. Put it into a function, or into the definition."
            )
        if name not in found:
            raise NotTaken(f"{where} uses `{name}`, which no cell of the notebook defines: define it there.")
        piece = found[name]
        taken |= dict.fromkeys(piece.names, piece)
        waiting += sorted(piece.uses - set(piece.names))
    pieces = list(dict.fromkeys(taken.values()))
    order = {id(piece): k for k, piece in enumerate([*others[0].values(), *own[0].values()])}
    return sorted(pieces, key=lambda piece: order[id(piece)])
