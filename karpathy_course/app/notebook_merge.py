"""A course's newer notebook and a learner's copy become one, and nothing that the learner wrote is lost.

Plain data in, plain data out (notebooks as `json.load` reads them); no file is touched here. A cell
is known by its id. It is *touched* when its source differs from the base, which is what the course
last gave. The rules, one a line:

    untouched, the course unchanged      the learner's cell stays, with the outputs it has
    untouched, the course newer          the course's cell takes its place
    touched, the course unchanged        the learner's cell stays
    touched, the course newer            the learner's cell stays; the newer one stands below, marked
    the learner's own                    stays below the cell that it stood below
    deleted by the learner               stays deleted (`reset` gives it back)
    new in the course                    is put below the cell that it follows in the course
    dropped by the course                goes when untouched, stays when touched

The marked cell is markdown, so that running all cells never runs a stub over the learner's answer.
"""

NEWER = (
    "**The course has a newer version of the cell above.** "
    "Yours was kept; copy from here what you want, then delete this cell."
)
OLDER = "**Your earlier answer**, kept when you asked for a fresh one. Delete this cell when you no longer need it."


def source(cell):
    """A cell's text, whether the file keeps it as one string or as a list of lines."""
    text = cell.get("source", "")
    return ("".join(text) if isinstance(text, list) else text).replace("\r\n", "\n")


def is_notebook(document):
    """Whether this is a notebook of version 4 whose cells can be merged."""
    if not isinstance(document, dict) or document.get("nbformat") != 4 or not isinstance(document.get("cells"), list):
        return False
    return all(is_cell(cell) for cell in document["cells"])


def is_cell(cell):
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    text = cell.get("source")
    lines = text if isinstance(text, list) else [text]
    return all(isinstance(line, str) for line in lines) and isinstance(cell.get("metadata", {}), dict)


def without_outputs(notebook, stored=None):
    """A notebook without the outputs that the course has stored: all of them when stored is None.

    stored: the course's notebook as it was copied. Outputs that equal its own go; any other is the learner's and stays.
    """
    known = {cell.get("id"): outputs(cell) for cell in stored["cells"]} if stored else {}
    cells = []
    for cell in notebook["cells"]:
        own = cell.get("outputs") and outputs(cell)
        if cell["cell_type"] == "code" and (stored is None or (own and own == known.get(cell.get("id")))):
            cell = {**cell, "outputs": [], "execution_count": None}
        cells.append(cell)
    return {**notebook, "cells": cells}


def outputs(cell):
    """A cell's outputs as they count: text as one string, without the numbers of their executions."""
    found = []
    for output in cell.get("outputs", []):
        data = {kind: "".join(x) if isinstance(x, list) else x for kind, x in output.get("data", {}).items()}
        text = "".join(output.get("text", ""))
        found.append((output.get("output_type"), output.get("name"), text, data, output.get("traceback")))
    return found


def merge(base, newer, mine):
    """The learner's notebook brought up to date.

    base: what the course gave last, or None when that is not known. newer: what it gives now. mine: the
    learner's copy. Returns a notebook; none of the three is changed.
    """
    old = {cell["id"]: cell for cell in base["cells"]} if base else {}
    new = {cell["id"]: cell for cell in newer["cells"]}
    cells = identified(mine["cells"], base or newer)
    have = {cell["id"]: cell for cell in cells}
    following = {}  # id of a cell of the course -> the cells to stand right below it; None is the top
    kept, anchor = [], None
    for cell in cells:
        name = cell["id"]
        if name not in old and name not in new:
            following.setdefault(anchor, []).append(cell)
        elif name in new:
            kept.append(name)
            anchor = name
        elif differs(cell, old[name]):
            following.setdefault(anchor, []).append(cell)
    merged = {}
    for name in kept:
        merged[name], note = updated(old.get(name), new[name], have[name], have)
        if note:
            for anchor, cells_below in following.items():
                following[anchor] = [cell for cell in cells_below if cell["id"] != note["id"]]
            following.setdefault(name, []).insert(0, note)
    for cell in newer["cells"]:
        if cell["id"] not in have and cell["id"] not in old:
            merged[cell["id"]] = cell
    result = list(following.get(None, []))
    for name in arranged(kept, base, newer, merged):
        result += [merged[name], *following.get(name, [])]
    return {**mine, "cells": result}


def updated(old, new, mine, have):
    """The cell to stand in the learner's notebook, and the note to stand below it or None."""
    if not differs(mine, new):
        return with_metadata(mine, new), None
    if old is not None and not differs(mine, old):
        return new, None
    if old is not None and not differs(old, new):
        return with_metadata(mine, new), None
    note = quoted(new, NEWER, f"{new['id']}-newer")
    earlier = [have[name] for name in have if name == note["id"] or name.startswith(f"{note['id']}-")]
    if any(not differs(note, cell) for cell in earlier):
        return mine, None
    own = [cell for cell in earlier if old is None or differs(cell, quoted(old, NEWER, note["id"]))]
    if own:
        note["id"] = free_id(note["id"], have)
    return mine, note


def with_metadata(mine, new):
    """The learner's cell, with what the course says about it (tags, points) brought up to date."""
    return {**mine, "metadata": {**mine.get("metadata", {}), **new.get("metadata", {})}}


def quoted(cell, heading, name):
    """A markdown cell that shows another cell under a heading, and never runs."""
    text = source(cell)
    if cell["cell_type"] == "code":
        fence = "```" + "`" * max(0, longest_run(text, "`") - 2)
        text = f"{fence}python\n{text}\n{fence}"
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"karpathy_course": {"quotes": cell["id"]}},
        "source": f"{heading}\n\n{text}",
    }


def longest_run(text, character):
    longest = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        longest = max(longest, run)
    return longest


def differs(one, other):
    return source(one) != source(other) or one["cell_type"] != other["cell_type"]


def free_id(wanted, taken):
    """`wanted`, or the first of wanted-2, wanted-3 … that is not taken."""
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def identified(cells, course):
    """The learner's cells, each with an id of its own.

    Some editors drop ids or write one twice. Such a cell is known again by nbgrader's grade_id, else
    by its exact source; else it is the learner's own and gets a name that says so.
    """
    known = {cell["id"]: cell for cell in course["cells"]}
    graded = {grade_id(cell): cell["id"] for cell in course["cells"] if grade_id(cell)}
    by_source = {}
    for cell in course["cells"]:
        by_source.setdefault(source(cell), []).append(cell["id"])
    taken = {cell["id"] for cell in cells if isinstance(cell.get("id"), str) and cell["id"]}
    used, result = set(), []
    for cell in cells:
        name = cell.get("id")
        if not isinstance(name, str) or not name or name in used:
            candidates = [graded.get(grade_id(cell)), *by_source.get(source(cell), [])]
            free = [each for each in candidates if each in known and each not in used and each not in taken]
            name = free[0] if free else free_id("own-cell", taken | used)
        used.add(name)
        result.append({**cell, "id": name})
    return result


def grade_id(cell):
    metadata = cell.get("metadata")
    grading = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return grading.get("grade_id") if isinstance(grading, dict) else None


def arranged(kept, base, newer, merged):
    """The order of the course's cells: the course's own, unless the learner has moved cells about."""
    order = [cell["id"] for cell in newer["cells"] if cell["id"] in merged]
    was = [cell["id"] for cell in (base or newer)["cells"] if cell["id"] in kept]
    if [name for name in kept if name in was] == was:
        return order
    result = list(kept)
    for position, name in enumerate(order):
        if name not in kept:
            before = [each for each in order[:position] if each in result]
            result.insert(result.index(before[-1]) + 1 if before else 0, name)
    return result


def renewed(course, mine, exercise):
    """The learner's notebook with one exercise's cells fresh; what stood there is quoted below.

    exercise: "02.3", whose cells have the ids task-02-3, answer-02-3, hint-02-3, check-02-3.
    Raises KeyError when the course's notebook has no answer cell for it.
    """
    ending = "-" + exercise.replace(".", "-")
    fresh = {cell["id"]: cell for cell in course["cells"] if cell["id"].endswith(ending)}
    if f"answer{ending}" not in fresh:
        raise KeyError(exercise)
    cells = identified(mine["cells"], course)
    taken = {cell["id"] for cell in cells}
    result = []
    for cell in cells:
        replacement = fresh.get(cell["id"])
        if replacement is None or not differs(cell, replacement):
            result.append(cell)
            continue
        result.append(replacement)
        if source(cell).strip():
            note = quoted(cell, OLDER, free_id(f"{cell['id']}-earlier", taken))
            taken.add(note["id"])
            result.append(note)
    order = [cell["id"] for cell in course["cells"]]
    for name in fresh:
        if name not in taken:
            here = [cell["id"] for cell in result]
            before = [each for each in order[: order.index(name)] if each in here]
            result.insert(here.index(before[-1]) + 1 if before else 0, fresh[name])
    return {**mine, "cells": result}
