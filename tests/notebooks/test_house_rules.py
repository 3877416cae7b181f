"""What a stored notebook must look like before it is ever executed again."""

import ast
import re
import textwrap
from collections import Counter

import nbformat
import pytest

from karpathy_course.checks.registry import of_lecture

from .conftest import ROOT, code_cells, name, notebooks, read

LECTURES = notebooks("lectures")
WITH_EXERCISES = [path for path in LECTURES if of_lecture(path.name[:2])]
STORED = notebooks("lectures", "solutions")
ALL = notebooks("lectures", "solutions", "exercises")
IGNORING = {"nbval-ignore-output", "nbval-skip"}


@pytest.mark.parametrize("path", STORED, ids=name)
def test_cells_were_executed_top_to_bottom_in_a_fresh_kernel(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", ALL, ids=name)
def test_cell_ids_are_unique_and_say_what_the_cell_is(path):
    ids = [cell.id for cell in read(path).cells]
    assert [i for i, n in Counter(ids).items() if n > 1] == []
    assert [
        i for i in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", i) or re.fullmatch(r"[0-9a-f]{8}", i)
    ] == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_widget_state_is_stored(path):
    notebook = read(path)
    assert "widgets" not in notebook.metadata
    views = [
        cell.id
        for cell in code_cells(notebook)
        for output in cell.outputs
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert views == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_the_kernel_is_the_one_that_every_installation_has(path):
    assert read(path).metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", STORED, ids=name)
def test_at_least_four_fifths_of_the_outputs_are_compared_as_text(path):
    with_output = [cell for cell in code_cells(read(path)) if cell.outputs]
    compared = [
        cell
        for cell in with_output
        if not IGNORING & set(cell.metadata.get("tags", []))
        and not re.search(r"NBVAL_(IGNORE_OUTPUT|SKIP)", cell.source)
        and any(output.output_type == "stream" or "text/plain" in output.get("data", {}) for output in cell.outputs)
        and not all(re.fullmatch(r"<Figure.*>", o.get("data", {}).get("text/plain", "")) for o in cell.outputs)
    ]
    assert len(compared) >= 0.8 * len(with_output), sorted({c.id for c in with_output} - {c.id for c in compared})


@pytest.mark.parametrize("path", STORED, ids=name)
def test_errors_are_stored_only_where_the_cell_says_so(path):
    surprising = [
        cell.id
        for cell in code_cells(read(path))
        if any(o.output_type == "error" for o in cell.outputs)
        and "raises-exception" not in cell.metadata.get("tags", [])
    ]
    assert surprising == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_nothing_is_written_to_standard_error(path):
    noisy = [c.id for c in code_cells(read(path)) if any(o.get("name") == "stderr" for o in c.outputs)]
    assert noisy == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_cell_ends_in_a_semicolon(path):
    assert [cell.id for cell in code_cells(read(path)) if cell.source.rstrip().endswith(";")] == []


@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_a_cell_that_quotes_the_package_equals_the_file(path):
    for cell in code_cells(read(path)):
        first, _, rest = cell.source.partition("\n")
        quoted = re.match(r"# (karpathy_course/\S+\.py)", first)
        if quoted:
            text = (ROOT / quoted.group(1)).read_text(encoding="utf-8")
            method = textwrap.indent(rest.strip(), "    ")  # a quoted method stands without its class's indentation
            assert rest.strip() in text or method in text, cell.id


@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_a_cell_is_one_idea_long(path):
    """About fifteen lines; the one cell that builds a lecture's class may be longer."""
    long = [
        c.id for c in code_cells(read(path)) if len(c.source.splitlines()) > 20 and "\nclass " not in f"\n{c.source}"
    ]
    assert long == []


@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_every_picture_says_in_words_what_it_shows(path):
    silent = [
        cell.id
        for cell in code_cells(read(path))
        if any("image/png" in o.get("data", {}) for o in cell.outputs)
        and not cell.metadata.get("alt")
        and not any(o.get("data", {}).get("text/plain", "<Figure")[:7] != "<Figure" for o in cell.outputs)
    ]
    assert silent == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_links_between_files_lead_somewhere(path):
    broken = []
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", cell.source):
                if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                    broken.append((cell.id, target))
    assert broken == []


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=name)
def test_a_lecture_asks_for_predictions_and_names_its_sources(path):
    notebook = read(path)
    source = "\n".join(cell.source for cell in notebook.cells)
    calls = [n for c in code_cells(notebook) for n in ast.walk(ast.parse(c.source)) if isinstance(n, ast.Call)]
    assert sum(getattr(call.func, "id", "") == "predict" for call in calls) >= 2
    for heading in ("Try it yourself", "Summary", "Sources"):
        assert re.search(rf"^#+ .*{heading}", source, re.M), heading


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=name)
def test_the_sections_that_exercises_send_a_learner_to_exist(path):
    headings = re.findall(
        r"^#+ (.+)$", "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown"), re.M
    )
    wanted = {exercise.section for exercise in of_lecture(path.name[:2])}
    assert [s for s in wanted if not any(s in heading for heading in headings)] == []


@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_the_map_gives_a_lecture_the_minutes_that_it_gives_itself(path):
    (own,) = re.findall(r"^\*\*(\d+) minutes\*\*", "\n".join(cell.source for cell in read(path).cells), re.M)
    welcome = "\n".join(cell.source for cell in read(LECTURES[0]).cells)
    (on_the_map,) = re.findall(rf"^\| {path.name[:2]} \|[^|]*\| (\d+) \|[^|]*\| \*\*yes\*\* \|$", welcome, re.M)
    assert on_the_map == own


@pytest.mark.parametrize("path", STORED, ids=name)
def test_stored_pictures_are_small(path):
    sizes = {
        cell.id: len(o.data["image/png"]) * 3 // 4
        for cell in code_cells(read(path))
        for o in cell.outputs
        if "image/png" in o.get("data", {})
    }
    assert {i: size for i, size in sizes.items() if size > 120_000} == {}


def kinds_of_names(cells):
    """``{name: [(cell id, kind), …]}`` of top-level names bound by def, class, import or plain assignment."""
    found = {}
    for cell in cells:
        statements = list(ast.parse(cell.source).body)
        for statement in statements:  # the list grows by what stands inside if, for, with and try
            named = []
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                named = [(statement.name, "function")]
            elif isinstance(statement, ast.ClassDef):
                named = [(statement.name, "class")]
            elif isinstance(statement, (ast.Import, ast.ImportFrom)):
                named = [((a.asname or a.name).partition(".")[0], "import") for a in statement.names]
            else:
                if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    inside = [node for target in targets for node in ast.walk(target)]
                    stored = [n for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
                    named = [(node.id, "assignment") for node in stored]
                for block in ("body", "orelse", "finalbody"):
                    statements += getattr(statement, block, [])
                statements += [inner for handler in getattr(statement, "handlers", []) for inner in handler.body]
            for bound, kind in named:
                found.setdefault(bound, []).append((cell.id, kind))
    return found


def names_of_two_kinds(cells):
    """``{name: (cell, other cell)}``: first a function, class or module and later a plain value, or the reverse."""
    two = {}
    for bound, uses in kinds_of_names(cells).items():
        first_cell, first = uses[0]
        others = [cell for cell, kind in uses if (kind == "assignment") != (first == "assignment")]
        if others:
            two[bound] = first_cell, others[0]
    return two


@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_no_name_of_a_lecture_is_first_one_kind_of_thing_and_later_another(path):
    assert names_of_two_kinds(code_cells(read(path))) == {}


@pytest.mark.parametrize(
    "first, second",
    [
        ("def slope(x):\n    return x", "slope, offset = 1.4, 0.3"),
        ("import math as slope", "for k in range(3):\n    slope = k"),
        ("slope = 2.0", "try:\n    from operator import neg as slope\nexcept ImportError:\n    pass"),
        ("slope: float = 2.0", "class slope:\n    pass"),
    ],
)
def test_a_name_that_becomes_another_kind_of_thing_is_found(first, second):
    cells = [nbformat.v4.new_code_cell(source, id=id) for id, source in (("one", first), ("two", second))]
    assert names_of_two_kinds(cells) == {"slope": ("one", "two")}


def test_a_name_that_stays_the_same_kind_of_thing_is_not_found():
    sources = [
        "def f(x):\n    y = x\n    return y",
        "y = 1",
        "f_of = [f for f in (1, 2)]",
        "def f(x):\n    return 2 * x",
    ]
    assert names_of_two_kinds([nbformat.v4.new_code_cell(source) for source in sources]) == {}
