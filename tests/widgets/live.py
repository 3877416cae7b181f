"""A widget's page beside its living Python object: what each sends reaches the other as through JupyterLab's kernel.

The messages pass through ipywidgets on both ways; only the wire is replaced. They are handed over by `Live.until`, on
the test's own thread, because Playwright may be used on no other.
"""

import json
import queue
import time
from contextlib import suppress

from comm.base_comm import BaseComm

from karpathy_course.widgets.base import compact_json

DEADLINE = 30.0  # seconds until a condition has to hold
A_WHILE = 0.02  # seconds
MODEL = """
const heard = {};
const state = JSON.parse(document.getElementById("data").textContent);
window.sent = [];
window.model = {
  get: (key) => state[key],
  on: (event, f) => (heard[event] ??= new Set()).add(f),
  off: (event, f) => heard[event]?.delete(f),
  send: (message) => window.sent.push(message),
};
window.deliver = (messages) => messages.forEach((data) => {
  if (data.method === "update") {
    Object.assign(state, data.state);
    Object.keys(data.state).forEach((key) => (heard["change:" + key] ?? []).forEach((f) => f()));
  } else (heard["msg:custom"] ?? []).forEach((f) => f(data.content, []));
});
window.open_view = (id) => {
  const el = document.createElement("section");
  el.id = id;
  document.querySelector("main").append(el);
  return view.render({ model, el });
};
window.close_first = window.open_view("view1");
"""


class Wire(BaseComm):
    """Keeps what ipywidgets publishes, on whatever thread, until the page can take it."""

    def __init__(self, *arguments, **options):
        self.waiting = queue.SimpleQueue()
        super().__init__(*arguments, **options)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_msg":
            self.waiting.put(data)


class Live:
    """A page of a widget, opened as JupyterLab opens it: with the state that Python has now."""

    def __init__(self, widget, page):
        self.widget, self.page, self.received = widget, page, []
        widget.comm = Wire()
        state = compact_json({"data": widget.get_state("data")["data"]}).replace("</", "<\\/")
        esm = str(widget._esm).replace("export default ", "const view = ")
        page.set_content(
            f"<!doctype html><html lang='en'><title>Live</title><style>{widget._css}</style><body><main></main>"
            f"<script type='application/json' id='data'>{state}</script>"
            f"<script type='module'>{esm}\n{MODEL}</script></body></html>"
        )
        page.wait_for_selector("#view1 .lm-widget")
        self.exchange()

    def exchange(self):
        """Hands over what waits on either side."""
        for message in self.page.evaluate("window.sent.splice(0)"):
            data = {"method": "custom", "content": message}
            self.widget._handle_msg({"content": {"data": data}, "buffers": []})
        messages = []
        with suppress(queue.Empty):
            messages.append(self.widget.comm.waiting.get(timeout=A_WHILE))  # the thread of the run gets its turn
            while True:
                messages.append(self.widget.comm.waiting.get_nowait())
        messages = [json.loads(json.dumps(message)) for message in messages]  # as on the wire
        self.received += messages
        if messages:
            self.page.evaluate("(messages) => window.deliver(messages)", messages)

    def open_view(self, name):
        """Another view of the same widget; no value is returned, for Playwright would call a function."""
        self.page.evaluate("(name) => { window.open_view(name); }", name)

    def until(self, condition):
        """Exchange messages until the condition, a function without arguments, holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, "the condition does not come to hold"
            self.exchange()

    def by(self, name, view="view1"):
        return self.page.locator(f"#{view} [data-testid='{name}']")

    def fact(self, name, view="view1"):
        return self.page.locator(f"#{view} [data-fact='{name}']").get_attribute("data-exact")

    def line(self, view="view1"):
        return self.by("text-line", view).inner_text().replace("−", "-")
