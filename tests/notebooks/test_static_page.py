"""What someone sees who only looks: the stored notebook as a page, without scripts and without widget state."""

import re

import pytest
from nbconvert import HTMLExporter

from .conftest import code_cells, name, notebooks, read

MAKES_A_WIDGET = re.compile(r"\b(GraphPlayer|Nudge|PassSlider|TwoTapes)\(")
WITH_WIDGETS = [p for p in notebooks("lectures") if MAKES_A_WIDGET.search(p.read_text(encoding="utf-8"))]


def page(path):
    """nbconvert's page of the notebook, its scripts stripped."""
    html, _ = HTMLExporter().from_filename(str(path))
    return re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=name)
def test_a_picture_stands_where_the_widget_is(path):
    widgets = [
        output
        for cell in code_cells(read(path))
        for output in cell.outputs
        if re.match(r"(Graph player|Nudge|Pass slider|Two tapes):", output.get("data", {}).get("text/plain", ""))
    ]
    assert widgets
    html = page(path)
    for output in widgets:
        assert output.data["image/png"].strip().replace("\n", "")[:400] in html.replace("\n", "")


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=name)
def test_the_page_speaks_of_no_missing_widget(path):
    assert not re.search(r"widget-view|Loading widget|model not found", page(path))
