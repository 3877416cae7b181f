"""The links of every notebook, written from what is there: previous, next, map, exercises, glossary.

`karpathy-course exercises` writes them and `--check` compares, so no link can lead to a lecture that does not exist yet
or go stale when a title changes. A notebook gets a line of links below its title and one at its end; in a lecture,
each “exercise 02.3” leads to that exercise, and a word of the glossary, where it is first set in bold, to its line.
"""

import re

from karpathy_course.checks.registry import of_lecture

TOP, BOTTOM = "links-top", "links-bottom"
MAP = "[the map](../lectures/00_welcome.ipynb#The-map)"
GLOSSARY = "../docs/glossary.md"
GLOSSARY_LINK = re.compile(r"\[(\*\*[^\]*]+\*\*)\]\(\.\./docs/glossary\.md#[^)]*\)")
EXERCISE_LINK = re.compile(r"\[([Ee]xercise \d\d\.\d+)\]\(\.\./exercises/[^)]*\)")


def with_links(notebook, path, root):
    """The notebook, as nbformat reads it, that stands at path in the course's folder root, with the links of today."""
    import nbformat

    cells = [cell for cell in notebook.cells if cell.id not in (TOP, BOTTOM)]
    if path.parent.name == "lectures":
        terms = glossary(root)
        for cell in cells:
            if cell.cell_type == "markdown":
                cell.source = with_exercises(without_links(cell.source), root)
                cell.source = with_terms(cell.source, terms)
    made = []
    for id in (TOP, BOTTOM):
        cell = nbformat.v4.new_markdown_cell(line_of(path, root))
        cell.id = id
        made.append(cell)
    notebook.cells = [cells[0], made[0], *cells[1:], made[1]]
    return notebook


def line_of(path, root):
    """The line of links of a notebook: the one before, the map, its counterpart, the glossary, the one after."""
    lecture = path.name[:2]
    folder = "lectures" if path.parent.name == "lectures" else "solutions"
    numbered = {p.name[:2]: p for p in sorted((root / folder).glob("[0-9][0-9]_*.ipynb"))}
    order = sorted(numbered)
    at = order.index(lecture)
    words = "" if folder == "lectures" else "exercises "
    before = f"[← {words}{order[at - 1]}]({numbered[order[at - 1]].name})" if at else ""
    after = f"[{words}{order[at + 1]} →]({numbered[order[at + 1]].name})" if at + 1 < len(order) else ""
    other, name = ("solutions", "exercises") if folder == "lectures" else ("lectures", "lectures")
    target = next((p.name for p in sorted((root / other).glob(f"{lecture}_*.ipynb"))), None)
    counterpart = f"[{'the exercises' if name == 'exercises' else 'the lecture'}](../{name}/{target})" if target else ""
    middle = MAP if lecture != "00" or folder != "lectures" else "[the map](#The-map)"
    return " · ".join(filter(None, [before, middle, counterpart, f"[glossary]({GLOSSARY})", after]))


def without_links(text):
    return EXERCISE_LINK.sub(r"\1", GLOSSARY_LINK.sub(r"\1", text))


def with_exercises(text, root):
    """Each “exercise 02.3” as a link to it, where there is such an exercise."""

    def link(match):
        id = match[2]
        title = next((e.title for e in of_lecture(id[:2]) if e.id == id), None)
        name = next((p.name for p in sorted((root / "solutions").glob(f"{id[:2]}_*.ipynb"))), None)
        if title is None or name is None:
            return match[0]
        anchor = f"{id} {title}".replace(" ", "-")
        return f"[{match[1]} {id}](../exercises/{name}#{anchor})"

    return re.sub(r"(?<![\[\w])([Ee]xercise) (\d\d\.\d+)\b", link, text)


def with_terms(text, terms):
    """The text in which each word of terms that it sets in bold is a link; such words are taken out of terms."""

    def link(match):
        word = match[1].lower()
        anchor = terms.pop(word, None) or terms.pop(word.removesuffix("s"), None)
        return f"[**{match[1]}**]({GLOSSARY}#{anchor})" if anchor else match[0]

    return re.sub(r"(?<!\[)\*\*([^*\n]+)\*\*(?!\])", link, text)


def glossary(root):
    """``{word: its anchor}`` of docs/glossary.md."""
    path = root / "docs" / "glossary.md"
    rows = (
        re.findall(r'^\| <a id="([^"]+)"></a>\*\*([^*]+)\*\*', path.read_text("utf-8"), re.M) if path.exists() else []
    )
    return {word.strip().lower(): anchor for anchor, words in rows for word in words.split(",")}
