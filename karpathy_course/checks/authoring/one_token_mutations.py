"""Every one-token mutation of a solution: a check that lets one through does not check enough.

A mutation is a small slip of the pen: another operator, constant or comparison, a statement left out. Each
must be rejected, or stand in ``equivalent_mutations.txt`` with the reason why it is no mistake. One that never ends is
rejected for it; where ``endless_mutations.txt`` says why, it is not waited for until the learner's deadline.
"""

import ast
import io
import tokenize
from dataclasses import dataclass

ARROW = " ⟶ "
OTHER = {
    **{"+": ["-"], "-": ["+"], "*": ["/", "+"], "/": ["*"], "//": ["/"], "%": ["*"], "**": ["*"], "@": ["*"]},
    **{"+=": ["-=", "="], "-=": ["+=", "="], "*=": ["/=", "="], "/=": ["*=", "="], "|=": ["="], "&": ["|"], "|": ["&"]},
    **{"<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["!="], "!=": ["=="]},
    **{"and": ["or"], "or": ["and"], "not": [""], "in": ["not in"], "is": ["is not"], "True": ["False"]},
    **{"False": ["True"], "break": ["continue"], "continue": ["break"]},
}
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Delete, ast.Assert)


@dataclass(frozen=True)
class Mutation:
    """One changed source: the line as it was and as it is, without indentation and comments."""

    line: int
    before: str
    after: str
    source: str

    @property
    def key(self):
        return f"{self.before}{ARROW}{self.after}"


def mutations(source):
    """All one-token mutations of source that Python can still read, in order of their lines."""
    tree, lines = ast.parse(source), source.splitlines()
    source = "\n".join(lines) + "\n"
    skipped = annotations(tree)
    found = {}
    for start, end, texts in [*_tokens(source, skipped), *_statements(tree)]:
        for text in texts:
            changed = _replace(lines, start, end, text)
            if _readable(changed) and changed != source:
                line = start[0]
                after = bare(changed.splitlines()[line - 1])
                mutation = Mutation(line, bare(lines[line - 1]), after, changed)
                found.setdefault((line, changed), mutation)
    return sorted(found.values(), key=lambda mutation: mutation.line)


def _tokens(source, skipped):
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if any(start <= token.start < end for start, end in skipped):
            continue
        if token.type == tokenize.NUMBER:
            yield token.start, token.end, other_numbers(token.string)
        elif token.type in (tokenize.OP, tokenize.NAME) and token.string in OTHER:
            yield token.start, token.end, OTHER[token.string]


def other_numbers(digits):
    """The neighbours of a number: one more, and for 1 also 0."""
    value = ast.literal_eval(digits)
    if type(value) is int:
        return [str(value + 1)] + (["0"] if value == 1 else [])
    return [repr(value + 1.0), *([repr(value * 1.1)] if value else [])] if type(value) is float else []


def _statements(tree):
    for node in ast.walk(tree):
        if isinstance(node, SIMPLE) and not _is_docstring(node):
            yield (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), ["pass"]


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def annotations(tree):
    """The ranges of type annotations: Python does not run them, so a change there is none."""
    nodes = []
    for node in ast.walk(tree):
        nodes += [getattr(node, name, None) for name in ("annotation", "returns")]
    return [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in nodes if isinstance(n, ast.AST)]


def _replace(lines, start, end, text):
    (first, column), (last, last_column) = start, end
    head, tail = lines[first - 1][:column], lines[last - 1][last_column:]
    return "\n".join([*lines[: first - 1], head + text + tail, *lines[last:]]) + "\n"


def _readable(source):
    try:
        compile(source, "<mutation>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def bare(line):
    """A line without its indentation and its comment."""
    quote = ""
    for i, character in enumerate(line):
        if character in "\"'":
            quote = "" if quote == character else quote or character
        elif character == "#" and not quote:
            line = line[:i]
            break
    return line.strip()


def read_listed(path):
    """``{key: reason}`` of a list of equivalent mutations, or of endless ones; a missing file lists none.

    Raises ValueError for a line that is not ``line ⟶ mutated line  # reason``.
    """
    listed = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        change, mark, reason = line.rpartition("  # ")
        if ARROW.strip() not in change or not mark or not reason.strip():
            raise ValueError(f"{path}:{number}: expected `line{ARROW}mutated line  # reason`, got {line!r:.80}")
        before, _, after = change.partition(ARROW.strip())
        listed[f"{before.strip()}{ARROW}{after.strip()}"] = reason.strip()
    return listed
