"""Mutants as changes: plausible wrong answers, each written as what it changes in today's solution.

`mutants.txt` of an exercise holds them, in the notation of a diff:

    overwrite: overwrite
    -        parent.grad += local * node.grad
    +        parent.grad = local * node.grad

The first line is a name and the id of the mistake that the check must name; behind a ``|``, if there is one, stand
words that its message must hold: ``overwrite: overwrite | `=` overwrites``. Lines with ``-`` are taken out of the
solution, lines with ``+`` are put in their place, lines with a blank in front only say where. Two changes of one
mutant are parted by a line ``...``. Comments, docstrings and annotations of the solution count for nothing, and a line
may be written in any layout that Python reads as the same; so a solution can be reformatted or explained better
without touching its mutants. Where it has really changed, `read_mutants` says which line stands in it no more.
"""

import ast
import difflib
import io
import tokenize
from functools import lru_cache

FILE = "mutants.txt"
PARTED = "..."


def read_mutants(path, solution):
    """``{name: (mistake, source, words)}`` of a file of changes to the source solution; a missing file holds none.

    Raises ValueError, with file and line, for what is not in the notation, for a line that the solution does not
    have, and for one that it has more than once, so that the change could be meant in two places.
    """
    found = {}
    for number, name, mistake, words, changes in blocks(path):
        if name in found:
            raise ValueError(f"{path.name}:{number}: there are two mutants called {name!r}: rename one")
        try:
            found[name] = mistake, changed(solution, changes), words
        except LookupError as error:
            raise ValueError(f"{path.parent.name}/{path.name}:{number}: {name}: {error.args[0]}") from None
    return found


def blocks(path):
    """``(line number, name, mistake, words, changes)`` of each mutant; a change is a list of (mark, line)."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in "+- " and found:
            found[-1][4][-1].append((line[0], line[1:]))
        elif line == PARTED and found:
            found[-1][4].append([])
        else:
            name, colon, rest = (part.strip() for part in line.partition(":"))
            mistake, bar, words = (part.strip() for part in rest.partition("|"))
            if not (name.isidentifier() and colon and mistake and bool(bar) == bool(words)):
                said = "expected `name: mistake` or `name: mistake | words of the message`"
                said += ", or a line that begins with -, + or a blank"
                raise ValueError(f"{path.parent.name}/{path.name}:{number}: {said}, got {line!r:.60}")
            found.append((number, name, mistake, words, [[]]))
    return found


def changed(solution, changes):
    """The solution's source after changes, in order. Raises LookupError where one cannot be placed."""
    (lines, keys), out, place = _lines_and_keys(solution), [], 0
    for change in changes:
        old = [key(text) for mark, text in change if mark != "+"]
        if not old:
            raise LookupError("a change needs a line with - or a blank in front, to say where it belongs")
        starts = [i for i in range(place, len(keys) - len(old) + 1) if keys[i : i + len(old)] == old]
        if not starts:
            raise LookupError(missing(lines[place:], keys[place:], change))
        if len(starts) > 1:
            shown = next(text.strip() for mark, text in change if mark != "+")
            raise LookupError(f"`{shown}` stands {len(starts)} times there: add a line of context above or below it")
        out += lines[place : starts[0]]
        place = starts[0]
        for mark, text in change:
            if mark == " ":
                out.append(lines[place])
            elif mark == "+":
                out.append(text)
            place += mark != "+"
    return "\n".join([*out, *lines[place:]]) + "\n"


def missing(lines, keys, change):
    """What to say of a change whose lines do not stand in the solution one after the other."""
    wanted = [text for mark, text in change if mark != "+"]
    for text in wanted:
        if key(text) not in keys:
            near = difflib.get_close_matches(text.strip(), [line.strip() for line in lines], 1, 0.4)
            closest = f" The closest is `{near[0]}`." if near else ""
            return f"the line `{text.strip()}` stands no longer in the solution: write the change anew.{closest}"
    return f"the lines from `{wanted[0].strip()}` on stand no longer one after the other: write the change anew"


def changes_to(solution, answer):
    """The text of an answer as changes to a solution, parted by lines ``...``, each with the context that it needs."""
    old, new = bare_lines(solution), bare_lines(answer)
    changes = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            changes.append((i1, i2, new[j1:j2]))
    texts, place = [], 0
    for k, (start, end, put) in enumerate(changes):
        limit = changes[k + 1][0] if k + 1 < len(changes) else len(old)
        before, after = start, end
        while after == before or _many(old, place, before, after) > 1:
            if before > place:
                before -= 1
            elif after < limit:
                after += 1
            else:
                break
        lines = [" " + line for line in old[before:start]] + ["-" + line for line in old[start:end]]
        lines += ["+" + line for line in put] + [" " + line for line in old[end:after]]
        texts.append("\n".join(lines))
        place = after
    return f"\n{PARTED}\n".join(texts)


def _many(lines, place, start, end):
    return sum(lines[i : i + end - start] == lines[start:end] for i in range(place, len(lines) - (end - start) + 1))


@lru_cache(maxsize=8)
def _lines_and_keys(solution):
    """The lines of a solution and the key of each; dozens of mutants change the same one."""
    lines = bare_lines(solution)
    return lines, [key(line) for line in lines]


def bare_lines(source):
    """The lines of source as Python itself would write them: one a statement, no comments, docstrings, annotations."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            words = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            for word in filter(None, words):
                word.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return [line for line in ast.unparse(tree).splitlines() if line.strip()]


def key(line):
    """Equal for two lines that differ in blanks and quotes alone: indentation, and the tokens."""
    tokens = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.strip() + "\n").readline):
            plain = token.type == tokenize.STRING and token.string[0] in "\"'"
            tokens.append(repr(ast.literal_eval(token.string)) if plain else token.string.strip())
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass  # half a statement, in which a bracket stays open: what was read so far is compared
    return len(line) - len(line.lstrip()), *filter(None, tokens)
