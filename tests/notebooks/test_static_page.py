"""What someone sees who only looks: the stored notebook as a page, without scripts and without widget state."""

import functools
import re

import pytest
from nbconvert import HTMLExporter

from karpathy_course import widgets

from .conftest import code_cells, name, notebooks, read

pytestmark = pytest.mark.slow

MAKES_A_WIDGET = re.compile(rf"\b({'|'.join(widgets.__all__)})\(")
TITLES = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", each).capitalize() for each in widgets.__all__]  # TwoTapes: "Two tapes"
WITH_WIDGETS = [p for p in notebooks("lectures") if MAKES_A_WIDGET.search(p.read_text(encoding="utf-8"))]


@functools.cache
def page(path):
    """nbconvert's page of the notebook, its scripts stripped."""
    html, _ = HTMLExporter().from_filename(str(path))
    return re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=name)
def test_a_picture_stands_where_the_widget_is(path):
    shown = [
        output
        for cell in code_cells(read(path))
        for output in cell.outputs
        if re.match(rf"({'|'.join(TITLES)}):", output.get("data", {}).get("text/plain", ""))
    ]
    assert shown
    html = page(path)
    for output in shown:
        assert output.data["image/png"].strip().replace("\n", "")[:400] in html.replace("\n", "")


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=name)
def test_the_page_speaks_of_no_missing_widget(path):
    assert not re.search(r"widget-view|Loading widget|model not found", page(path))
