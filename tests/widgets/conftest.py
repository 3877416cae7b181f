"""Widgets on pages without a kernel, in Chromium; no test may end with an error or a request that left the page."""

import pytest


@pytest.fixture
def opened(tabs, tmp_path):
    """A function that opens a widget's page without a kernel; every request and every error is kept.

    options: of the tab, such as color_scheme="dark" or reduced_motion="reduce".
    """

    def open_page(widget, width=1280, height=900, **options):
        page = tabs.new(width, height, **options)
        path = tmp_path / f"page{len(tabs.open)}.html"
        widget.to_html(path)
        page.goto(path.as_uri())
        page.wait_for_selector(".lm-widget")
        return page

    yield open_page
    for page in tabs.open:
        assert page.errors == []
        assert all(url.startswith("file:") for url in page.asked), page.asked
