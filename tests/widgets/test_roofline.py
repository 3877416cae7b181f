"""The roofline without a browser: what its numbers and words say, and one sentence for what cannot be drawn."""

import copy
import json

import numpy as np
import pytest

from karpathy_course.widgets import Roofline
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.roofline.sentences import percent, quantity
from tests.widgets.measurements import CPU, CUDA, PASSES, measured, refusing, stored

PNG = b"\x89PNG\r\n\x1a\n"


def cells(shown):
    """Every cell with the names of its engine, its size and its pass."""
    for size, of in zip(shown.data["sizes"], shown.data["cells"]):
        for which, row in of.items():
            for engine, cell in zip(shown.data["engines"], row):
                yield engine["name"], size, which, cell


@pytest.mark.parametrize("seed", range(4))
def test_every_point_is_its_work_over_its_time_below_its_own_devices_roof(seed):
    here, cuda = measured(seed), stored(seed)
    shown = Roofline(here, cuda)
    rows = {(row["engine"], row["size"], row["pass"]): row for row in here["rows"] + cuda["rows"]}
    found = list(cells(shown))
    assert len(found) == len(rows)
    for name, size, which, cell in found:
        row, peak = rows[name, size, which], (cuda if name == CUDA else here)["peak"]
        slope = row["flops"] / row["bytes"] * peak["bytes"]
        assert cell["rate"] == pytest.approx(row["flops"] / row["seconds"], rel=1e-12)
        assert cell["roof"] == pytest.approx(min(slope, peak["flops"]), rel=1e-12)
        assert cell["binds"] == ("slope" if slope < peak["flops"] else "ceiling")
        assert f"The {cell['binds']} binds" in cell["text"]
        assert cell["state"] == ("stored" if name == CUDA else "measured")
        share = cell["rate"] / cell["roof"]
        assert cell["small"].startswith(f"{percent(share)} of the roof")
        assert ("reckoned from" in cell["text"]) == (name == "naive loops")
        for what in (quantity(row["flops"], "FLOP"), quantity(row["bytes"], "B"), quantity(row["seconds"], "s")):
            assert what in cell["text"]


def test_a_stored_figure_names_its_machine_and_its_date():
    texts = [cell for name, _, _, cell in cells(Roofline(measured(), stored())) if name == CUDA]
    assert all(cell["text"].endswith("Not measured here, but on An imagined GPU, 2026-01-02.") for cell in texts)
    assert all(cell["small"].endswith(", 2026-01-02") for cell in texts)
    live = measured(device="cuda")
    assert {cell["state"] for name, _, _, cell in cells(Roofline(measured(), live)) if name == CUDA} == {"measured"}


def figures(rows, **peak):
    """A file of a GPU's figures with these convolutions."""
    given = stored()
    peak = {"float32": given["peak"]["flops"], **peak}
    return {
        "format": 1,
        "date": "2026-01-02",
        "device": {"name": "An imagined GPU", "memory_gib": 1.0, "driver": "1", "capability": "1.0"},
        "versions": {"torch": "2.0"},
        "peak": {"flops_per_second": peak, "bytes_per_second": given["peak"]["bytes"]},
        "parity": [],
        "steps": [],
        "convolutions": rows,
    }


def test_the_figures_that_bench_gpu_stores_are_drawn_as_the_measurement_that_they_hold():
    from karpathy_course.torch_reference.gpu_figures import what_is_wrong

    given = figures(stored()["rows"], bfloat16=1e15)
    assert what_is_wrong(given) is None
    shown = Roofline(measured(), given)
    assert shown.data == Roofline(measured(), stored()).data
    assert Roofline(measured(), figures([])).data == Roofline(measured()).data


def test_measuring_takes_the_stored_figure_where_there_is_no_gpu(monkeypatch):
    import torch

    from karpathy_course import torch_reference
    from karpathy_course.torch_reference import measuring

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch_reference, "stored_figures", lambda: figures(stored()["rows"]))
    asked = []
    monkeypatch.setattr(measuring, "measure", lambda own=None, **options: (asked.append((own, options)), measured())[1])
    shown = Roofline.measure({"mine": len}, rounds=2)
    assert asked == [({"mine": len}, {"engines": None, "rounds": 2})]
    assert shown.data == Roofline(measured(), stored()).data
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(measuring, "measure", lambda own=None, device="cpu", **options: measured(device=device))
    assert Roofline.measure().data == Roofline(measured(), measured(device="cuda")).data


def test_what_is_really_measured_here_can_be_drawn_and_its_text_is_known_beforehand(monkeypatch):
    from karpathy_course.nn.functional import conv2d
    from karpathy_course.torch_reference import measuring
    from karpathy_course.torch_reference.counting import Convolution

    monkeypatch.setattr(measuring, "LARGE", {"cpu": (64, 2**16), "cuda": (64, 2**16)})
    shown = Roofline.measure({"mine": conv2d}, convolutions=[Convolution(2, 2, 3, 4, 3)], rounds=1)
    names = ["naive loops", "NumPy, im2col", "course, compiled", "PyTorch, CPU", "PyTorch, CUDA", "mine"]
    assert [engine["name"] for engine in shown.data["engines"]] == names
    assert repr(shown) == (
        f"Roofline: 6 engines: {'; '.join(names)}.\n"
        "  2 → 3, 3×3, 4×4, 2 images, forward: 3.456 kFLOP and at least 1.176 kB, so 2.939 FLOP a byte\n"
        "  2 → 3, 3×3, 4×4, 2 images, backward: 6.912 kFLOP and at least 1.968 kB, so 3.512 FLOP a byte"
    )


def test_the_stored_figures_of_a_gpu_are_of_the_convolutions_that_are_measured_here():
    from karpathy_course.torch_reference import stored_figures
    from karpathy_course.torch_reference.counting import CONVOLUTIONS

    work = {
        (one.label, one.batch, which): (one.flops(which), one.bytes(which)) for one in CONVOLUTIONS for which in PASSES
    }
    for row in (stored_figures() or {"convolutions": []})["convolutions"]:
        assert work[row["size"], row["images"], row["pass"]] == (row["flops"], row["bytes"])


def test_without_any_figure_of_a_gpu_its_bar_says_not_measured_yet():
    shown = Roofline(measured())
    found = [cell for name, _, _, cell in cells(shown) if name == CUDA]
    assert len(found) == 6 and all(cell["state"] == "never" and "rate" not in cell for cell in found)
    assert all(cell["number"] == "not measured yet" for cell in found)
    assert "PyTorch, CUDA: not measured yet. There is no GPU here" in found[0]["text"]
    assert set(shown.data["roofs"]) == {"cpu"}


def test_what_is_wrong_has_no_bar_and_the_words_that_were_measured():
    found = {(name, which): cell for name, size, which, cell in cells(Roofline(refusing()))}
    assert "rate" not in found["mine", "forward"] and found["mine", "forward"]["state"] == "refused"
    assert found["mine", "forward"]["text"] == (
        "mine: no bar for forward: its result is not the reference’s: y[0, 0, 1, 2] is −3."
    )
    assert found["mine", "backward"]["small"] == "it raised ValueError"
    assert found["one way", "backward"]["state"] == "one-way" and "(f, b)" in found["one way", "backward"]["text"]
    assert found["one way", "forward"]["state"] == "measured"


def test_a_row_that_one_size_lacks_is_said_to_be_missing_there():
    given = measured()
    gone = given["rows"].pop(3)
    found = {(name, size, which): cell for name, size, which, cell in cells(Roofline(given))}
    cell = found[gone["engine"], gone["size"], gone["pass"]]
    assert cell["state"] == "missing" and cell["text"].endswith("it was not measured at this size.")


@pytest.mark.parametrize("seed", range(3))
def test_more_than_the_roof_is_told_and_never_shown_as_a_hundred_percent(seed):
    shown = Roofline(measured(seed, above=True))
    found = [cell for *_, cell in cells(shown) if "rate" in cell and cell["rate"] > cell["roof"]]
    assert len(found) == 1 and "That is above the roof, which no run can really be" in found[0]["text"]
    assert found[0]["small"] == "102 % of the roof"
    assert sum("above the roof" in cell["text"] for *_, cell in cells(shown)) == 1


def test_percentages_keep_the_right_side_of_a_hundred():
    assert percent(1) == "100 %" and percent(1.0004) == "just above 100 %" and percent(0.9996) == "just below 100 %"
    assert percent(0.1234) == "12.3 %" and percent(1.26) == "126 %" and percent(2.31e-7) == "2.31e−5 %"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (9.436e11, "943.6 GFLOP/s"), (999.96e9, "1 TFLOP/s"), (1e9, "1 GFLOP/s"), (4.4e6, "4.4 MFLOP/s"),
        (12, "12 FLOP/s"), (3.2e18, "3200 PFLOP/s"), (8.82e-4, "882 µFLOP/s"), (2e-9, "2 nFLOP/s"),
    ],
)  # fmt: skip
def test_a_quantity_has_four_digits_and_a_prefix(number, text):
    assert quantity(number, "FLOP/s") == text


def test_the_text_holds_counts_and_no_time():
    one, other = measured(1), measured(1)
    for row in other["rows"]:
        row["seconds"] *= 3
    other["peak"] = {what: 2 * number for what, number in other["peak"].items()}
    text = repr(Roofline(one))
    assert text == repr(Roofline(other)) == repr(Roofline(one, measured(1, device="cuda")))
    assert text.startswith(f"Roofline: 6 engines: {'; '.join([*CPU, CUDA, 'mine'])}.")
    row = one["rows"][0]
    assert f"so {row['flops'] / row['bytes']:.4g}" in text and text.count("\n") == 6


def test_the_page_of_four_convolutions_is_small_and_plain():
    shown = Roofline(measured(own=("a", "b", "c"), sizes=4), stored(sizes=4))
    assert len(compact_json(shown.page_data()).encode()) < 50_000
    assert json.loads(compact_json(shown.data)) == shown.data
    assert len(shown._esm.encode()) <= 64 * 1024


@pytest.mark.parametrize("cuda", [None, stored()], ids=["alone", "stored"])
def test_the_static_picture_is_small_and_not_empty(cuda):
    from io import BytesIO

    from PIL import Image

    png = Roofline(refusing(), cuda).picture()
    assert png.startswith(PNG) and len(png) <= 100_000
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB")).reshape(-1, 3)
    blue = (np.abs(pixels.astype(int) - [0, 0x61, 0x8F]).sum(axis=1) < 30).mean()
    assert blue > 0.01


def changed(what, value):
    """A measurement in which one number of one row, or of the peak, is another."""
    found = copy.deepcopy(measured())
    place = found["peak"] if what.startswith("peak") else found["rows"][2]
    place[what.removeprefix("peak ")] = value
    return found


BAD = {
    "no dict": (3, TypeError, "3 is no measurement: make one with"),
    "a dict of something else": ({"rows": []}, TypeError, "is no measurement"),
    "no rows": ({**measured(), "rows": []}, ValueError, "has no rows, so there is nothing to draw"),
    "a zero time": (changed("seconds", 0.0), ValueError, "seconds is 0.0, expected a number above 0: measure again"),
    "a nan time": (changed("seconds", float("nan")), ValueError, "course, compiled, .+ seconds is nan, expected"),
    "an infinite time": (changed("seconds", float("inf")), ValueError, "seconds is inf"),
    "a negative time": (changed("seconds", -1.0), ValueError, "seconds is -1.0"),
    "no number": (changed("seconds", "1 s"), ValueError, "seconds is '1 s'"),
    "a share above 1": (changed("share", 1.5), ValueError, "share is 1.5, expected a part of 1"),
    "no bytes": (changed("bytes", 0), ValueError, "bytes is 0"),
    "other work": (changed("flops", 5), ValueError, "one size is the same work for every engine"),
    "an unknown pass": (changed("pass", "sideways"), TypeError, "has not all of engine, size"),
    "a peak of nan": (changed("peak flops", float("nan")), ValueError, "the peak is .+ expected flops and bytes"),
    "a peak without bytes": ({**measured(), "peak": {"flops": 1.0}}, ValueError, "the peak is"),
    "a GPU's": (measured(device="cuda"), ValueError, "a measurement on 'cuda' where one on 'cpu' is expected"),
    "twice": ({**measured(), "rows": 2 * measured()["rows"]}, ValueError, "stands twice in the measurement"),
    "too many": (measured(own=tuple("abcd")), ValueError, "4 functions of your own: at most 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_drawn_gets_one_sentence(name):
    given, error, words = BAD[name]
    with pytest.raises(error, match=f"^Roofline: .*{words}") as caught:
        Roofline(given)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_the_passes_are_those_of_the_measurement():
    given = measured()
    given["rows"] = [row for row in given["rows"] if row["pass"] == "forward"]
    shown = Roofline(given)
    assert shown.data["passes"] == ["forward"] and PASSES[1] not in shown.data["cells"][0]
    assert shown.picture().startswith(PNG)
