"""The class that all widgets share: joined modules, a page without a kernel, and a picture for GitHub.

A widget's view is one string of JavaScript: the shared modules of js/lib and the widget's own, joined
when the class is made, so nothing is built, copied or fetched. A widget says what it shows in words
(`describe`) and may draw it (`picture`); both serve where no widget can run.
"""

import base64
import json
import os
import re
from pathlib import Path

import anywidget
import traitlets

from karpathy_course.scalar_operations import javascript

FOLDER = Path(__file__).parent
STORING = "KARPATHY_COURSE_STORE"

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
<title>{title}</title><style>body {{ margin: 1rem auto; max-width: 72rem; padding: 0 .75rem; }}
body {{ background: #fff; color: #1b1b1b; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #15181c; color: #e8e8e8; }} }}
{css}</style></head>
<body><main><h1 class="lm-page-title">{title}</h1><div id="widget"></div></main>
<script type="application/json" id="data">{data}</script>
<script type="module">{esm}
{stub}</script></body></html>
"""


def join(name):
    """The modules of js/lib, the operations and NAME/view.js as one module that exports its default."""
    shared = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "js" / "lib").glob("*.js"))]
    shared.append(javascript())
    own = (FOLDER / name / "view.js").read_text(encoding="utf-8")
    without_imports = re.sub(r"^import .*?;\n", "", own, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([re.sub(r"^export ", "", text, flags=re.MULTILINE) for text in shared] + [without_imports])


def compact_json(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


class Widget(anywidget.AnyWidget):
    """A widget of the course; a subclass names its module, fills `data`, and describes itself in words.

    class keyword `module`: the file MODULE/view.js. data: plain JSON that the view reads.
    """

    _css = (FOLDER / "style.css").read_text(encoding="utf-8")
    _esm = "export default { render() {} }"
    data = traitlets.Dict().tag(sync=True)
    title = "Widget"

    def __init_subclass__(cls, module=None, **kwargs):
        if module:
            cls._esm = join(module)
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
        page = PAGE.format(title=self.title, css=str(self._css), data=data, esm=esm, stub=STUB)
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def page_data(self):
        """The data of a page without a kernel; a subclass adds what its view could still ask for."""
        return self.data
