"""What both widgets promise without a browser: words, pictures, sizes, imports, one sentence for what is no graph."""

import base64
import math
import os
import random
import subprocess
import sys

import pytest

from karpathy_course.neuron import MLP
from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer, Nudge
from karpathy_course.widgets.base import STORING, compact_json
from karpathy_course.widgets.graph_player.folding import plan
from karpathy_course.widgets.learner_graph.reading import GraphError
from tests.widgets.graphs import diamond

PNG = b"\x89PNG\r\n\x1a\n"
BOTH = pytest.mark.parametrize("kind", [GraphPlayer, Nudge])
DIAMOND = """
from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer, Nudge
a, b = Value(2.0), Value(3.0)
"""


def widget(kind):
    root, names = diamond(Value)
    return kind(root, names)


def network():
    return MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)])


def bundle(shown):
    made = shown._repr_mimebundle_()
    return made[0] if isinstance(made, tuple) else made


def in_a_new_process(code, **environment):
    known = {k: v for k, v in os.environ.items() if k != STORING}
    command = [sys.executable, "-c", DIAMOND + code]
    return subprocess.run(command, env=known | environment, capture_output=True, text=True, check=True).stdout.split()


@BOTH
def test_the_text_of_a_widget_is_the_same_in_every_process(kind):
    code = f"print(repr({kind.__name__}((a + b) * a.tanh(), {{'a': a, 'b': b}})))"
    texts = {tuple(in_a_new_process(code, PYTHONHASHSEED=seed)) for seed in ("1", "2")}
    assert len(texts) == 1
    assert "object at 0x" not in " ".join(texts.pop())


@BOTH
def test_the_text_carries_the_gradients(kind):
    text = repr(widget(kind))
    assert "25" in text and "19" in text and "41" in text


@BOTH
def test_a_picture_is_made_only_when_notebooks_are_stored(kind, monkeypatch):
    monkeypatch.delenv(STORING, raising=False)
    shown = widget(kind)
    assert bundle(shown)["text/plain"] == repr(shown)
    assert "image/png" not in bundle(shown)
    monkeypatch.setenv(STORING, "1")
    stored = bundle(shown)
    assert stored["text/plain"] == repr(shown)
    assert "application/vnd.jupyter.widget-view+json" in stored
    assert base64.b64decode(stored["image/png"]).startswith(PNG)


@pytest.mark.parametrize("make", [lambda: widget(GraphPlayer), lambda: widget(Nudge), lambda: GraphPlayer(network())])
def test_a_picture_has_at_most_100_kb_and_is_large_enough_to_read(make):
    png = make().picture()
    assert len(png) <= 100_000
    assert int.from_bytes(png[16:20], "big") >= 300 and int.from_bytes(png[20:24], "big") >= 100


@pytest.mark.slow
@BOTH
def test_showing_a_widget_imports_no_matplotlib(kind):
    code = f"w = {kind.__name__}(a * b + a); w._repr_mimebundle_(); w.to_html()"
    code += "\nimport sys; print('matplotlib' in sys.modules)"
    assert in_a_new_process(code) == ["False"]
    stored = in_a_new_process(code, **{STORING: "1"})
    assert stored == ["True"]  # the check can fail


@pytest.mark.slow
def test_nudge_imports_no_numpy():
    show = "w._repr_mimebundle_(); w.to_html()\nimport sys; print('numpy' in sys.modules)"
    assert in_a_new_process(f"w = Nudge(a * b + a, {{'a': a}}); {show}") == ["False"]
    assert in_a_new_process(f"w = GraphPlayer(a * b + a); {show}") == ["True"]  # the layout's; the check can fail


def test_a_page_holds_the_whole_2_16_16_1_network_in_250_kb():
    player = GraphPlayer(network())
    data = player.page_data()
    assert set(data["views"]) == set(plan(player.graph).by_path)
    assert len(compact_json(data).encode()) <= 250_000


@pytest.mark.slow
def test_the_data_that_a_notebook_sends_first_is_small_however_large_the_graph():
    x = Value(1.0)
    for k in range(100_000):
        x = x * 1.000001 if k % 2 else x + 1
    player = GraphPlayer(x)
    first = player.data["views"][""]
    assert first["total"] >= 100_001 and first["visible"] <= 60
    assert len(compact_json(player.data).encode()) <= 250_000
    assert len(compact_json(player.page_data()).encode()) <= 250_000
    assert "100001" in repr(player) or str(first["total"]) in repr(player)


def one_sentence(error):
    text = str(error.value)
    return "\n" not in text and 10 < len(text) <= 300 and "Traceback" not in text


@BOTH
@pytest.mark.parametrize("given", [5, None, "y", [Value(1.0)]])
def test_what_is_no_node_is_answered_with_one_sentence(kind, given):
    with pytest.raises(GraphError) as error:
        kind(given)
    assert one_sentence(error)


@BOTH
def test_a_cycle_is_answered_with_one_sentence(kind):
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    c.parents = (d, b)
    with pytest.raises(GraphError, match=r"cycle|itself|circle") as error:
        kind(d)
    assert one_sentence(error)


@BOTH
def test_a_value_that_is_not_a_number_is_shown_as_nan(kind):
    a, b = Value(math.nan), Value(2.0)
    shown = kind(a * b, {"a": a, "b": b})
    assert "nan" in repr(shown)
    page = shown.to_html()
    assert "NaN" not in page.split('id="data">')[1].split("</script>")[0]  # no word that JSON.parse refuses


@pytest.mark.slow
def test_nudge_refuses_a_graph_that_nobody_could_nudge():
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1
    with pytest.raises(GraphError, match="400 nodes") as error:
        Nudge(x)
    assert one_sentence(error)
