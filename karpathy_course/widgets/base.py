"""The class that all widgets share: joined modules, a page without a kernel, and a picture for GitHub.

A widget's view is one string of JavaScript, its style one string of CSS; both are put together when the class is
made, so nothing is built, copied or fetched. A widget says what it shows in words (`describe`) and may draw it
(`picture`); both serve where no widget can run.
"""

import base64
import json
import os
import re
from pathlib import Path

import anywidget
import traitlets

from karpathy_course import palette
from karpathy_course.scalar_operations import javascript
from karpathy_course.widgets.joining import join

FOLDER = Path(__file__).resolve().parent
GENERATED = {FOLDER / "js" / "scalar_operations.js": javascript()}
STORING = "KARPATHY_COURSE_STORE"
# JupyterLab's own colours go before ours where it has them, so that a widget follows any theme.
HOST = {
    "INK": "--jp-content-font-color1",
    "SOFT": "--jp-content-font-color2",
    "PAPER": "--jp-layout-color1",
    "PANEL": "--jp-layout-color2",
    "RULE": "--jp-border-color1",
}

# The model that anywidget hands to a view, for a page that has no kernel: state stays in the page.
STUB = """
const state = JSON.parse(document.getElementById("data").textContent);
const model = {
  listeners: {},
  get: (key) => state[key],
  set: (key, value) => { state[key] = value; (model.listeners["change:" + key] || []).forEach((f) => f()); },
  on: (event, f) => { (model.listeners[event] ??= []).push(f); },
  off: (event) => { delete model.listeners[event]; },
  save_changes: () => {},
  send: (message) => (model.listeners["no-kernel"] || []).forEach((f) => f(message)),
};
view.render({ model, el: document.getElementById("widget") });
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{variables}
body {{ margin: 1rem auto; max-width: 72rem; padding: 0 .75rem; background: var(--desk); color: var(--ink); }}
{css}</style></head>
<body><main><h1 class="lm-page-title">{title}</h1><div id="widget"></div></main>
<script type="application/json" id="data">{data}</script>
<script type="module">{esm}
{stub}</script></body></html>
"""


def stylesheet(folder):
    """The colours, light and dark, the style that all widgets share, and the widget's own where it has one."""
    light, dark = (palette.css_variables(dark, "lm-", HOST) for dark in (False, True))
    files = [path for path in (FOLDER / "style.css", folder / "style.css") if path.exists()]
    return "\n".join([
        f".lm-widget {{ {light} }}",
        f'[data-jp-theme-light="false"] .lm-widget {{ {dark} }}',
        f"@media (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]) .lm-widget {{ {dark} }} }}",
        *(path.read_text(encoding="utf-8") for path in files),
    ])  # fmt: skip


def compact_json(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


class Widget(anywidget.AnyWidget):
    """A widget of the course; a subclass fills `data` and describes itself in words.

    class keyword `folder`: the one whose view.js draws it and whose style.css adds to the style that all share.
    data: plain JSON that the view reads.
    """

    data = traitlets.Dict().tag(sync=True)
    title = "Widget"

    def __init_subclass__(cls, folder=None, **kwargs):
        if folder:
            cls._esm, cls._css = join(FOLDER / folder / "view.js", GENERATED), stylesheet(FOLDER / folder)
        super().__init_subclass__(**kwargs)

    def describe(self):
        """What the picture shows, in a few lines of text."""
        raise NotImplementedError

    def picture(self):
        """The PNG, as bytes, that stands for the widget where it cannot run; None when there is none."""
        return None

    def __repr__(self):
        return self.describe()

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data = {**(data or {}), "text/plain": self.describe()}
        if os.environ.get(STORING) and (png := self.picture()):
            data["image/png"] = base64.b64encode(png).decode("ascii")
        return data, metadata

    def to_html(self, path=None):
        """The widget as one page that plays without a kernel and without a network; written to path if given."""
        data = compact_json({"data": self.page_data()}).replace("</", "<\\/")
        esm = re.sub(r"^export default ", "const view = ", str(self._esm), flags=re.MULTILINE)
        variables = palette.page_css()
        page = PAGE.format(
            title=self.title, variables=variables, css=str(self._css), data=data, esm=esm, stub=STUB
        )  # fmt: skip
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def page_data(self):
        """The data of a page without a kernel; a subclass adds what its view could still ask for."""
        return self.data
