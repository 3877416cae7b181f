"""Widgets on pages without a kernel, in Chromium; no test may end with an error or a request that left the page."""

import pytest


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens a widget's page without a kernel; every request and every error is kept.

    options: of the browser's context, such as color_scheme="dark" or reduced_motion="reduce".
    """
    contexts = []

    def open_page(widget, width=1280, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        opened_page = context.new_page()
        opened_page.requests, opened_page.errors = [], []
        opened_page.on("request", lambda request: opened_page.requests.append(request.url))
        opened_page.on("pageerror", lambda error: opened_page.errors.append(str(error)))
        path = tmp_path / f"page{len(contexts)}.html"
        widget.to_html(path)
        opened_page.goto(path.as_uri())
        opened_page.wait_for_selector(".lm-widget")
        return opened_page

    yield open_page
    for context in contexts:
        for opened_page in context.pages:
            assert opened_page.errors == []
            assert all(url.startswith("file:") for url in opened_page.requests), opened_page.requests
        context.close()
