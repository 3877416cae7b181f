"""Takes pictures of all widgets in Chromium, in light and dark, on a wide and on a narrow screen, to be looked at.

    python docs/screenshots.py FOLDER [NAME ...]

Run it before and after a change of how a widget looks, and compare. NAME: only the scenes whose names begin so.
Needs the test extra, and Chromium on the PATH. Beside them lies each widget's static picture, as GitHub shows it.
"""

import argparse
import functools
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from karpathy_course.data import DataLoader, digits
from karpathy_course.graph import grad, trace
from karpathy_course.neuron import MLP
from karpathy_course.nn import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    CrossEntropyLoss,
    Linear,
    ReLU,
    Sequential,
    Tanh,
    functional,
    manual_seed,
)
from karpathy_course.nn.networks import ConvNet
from karpathy_course.optim import SGD, Adam
from karpathy_course.scalar import Value
from karpathy_course.torch_reference.measuring import measure
from karpathy_course.train import accuracy, fit
from karpathy_course.widgets import (
    BroadcastLoom,
    GraphPlayer,
    LossAtBirth,
    Nudge,
    OptimiserRace,
    PassSlider,
    PixelMicroscope,
    Roofline,
    Stethoscope,
    TrainingDashboard,
    TwoTapes,
)

WIDTHS = (1400, 700, 400)
FLAGS = ["--no-sandbox", "--disable-gpu"]


def diamond():
    a, b = Value(2.0), Value(3.0)
    c, d = a + b, a * b
    e, f = c + d, c * d
    y = e + f
    return y, {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "y": y}


def each_visit(root):
    """A wrong traversal: a node passes on what it holds each time that it is reached."""

    def visit(node):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad
            visit(parent)

    root.grad = 1.0
    visit(root)


def bend(x):
    if x > 2:
        return x * x - x * 3
    return x * 2 - x * x


def neuron_loss(w, x, sign):
    hidden = [(w[3 * k] * x[0] + w[3 * k + 1] * x[1] + w[3 * k + 2]).relu() for k in range(len(w) // 4)]
    score = sum(weight * value for weight, value in zip(w[3 * len(hidden) :], hidden)) + w[-1]
    return (1 - sign * score).relu() + 1e-4 * sum(v**2 for v in hidden)


def passes(width):
    weights = [random.Random(k).uniform(-1, 1) for k in range(4 * width + 1)]
    example = weights, [0.5, -1.0], 1.0
    return PassSlider(grad(trace(neuron_loss, *example), "w"), *example)


def nudge():
    x = Value(1.0)
    cube = x * x * x + -2 * x
    return Nudge(cube, {"x": x, "cube": cube})


def network():
    return GraphPlayer(MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)]))


def scrub(position):
    return lambda page: page.get_by_test_id("scrub").fill(str(position))


def own_traversal(page):
    page.get_by_test_id("own-traversal").check()
    page.get_by_test_id("scrub").fill(page.get_by_test_id("scrub").get_attribute("max"))


def guarded(page):
    page.get_by_test_id("scrub").fill("36")
    page.get_by_test_id("guards").check()


def open_layer(page):
    page.locator('[data-opens="layer-1"]').click()
    page.get_by_test_id("scrub").fill("30")


def a_row_picked(page):
    page.get_by_test_id("scrub").fill("10")
    page.locator("[data-operand=a][data-cell='4']").focus()


def first_column(gradient, shape):
    """A wrong unbroadcast: it picks where it has to sum."""
    return gradient[:, :1] if shape[-1] == 1 else gradient[:1]


def classifier():
    return Sequential(Linear(64, 32), ReLU(), Linear(32, 10))


def birth():
    images, labels = digits()
    return LossAtBirth(classifier, images[:300], labels[:300])


def fifty_layers(dtype="float64", silenced=()):
    """Fifty ReLU layers of 100 units with weights of variance 1/100; silenced: those whose biases are -20."""
    draw = np.random.default_rng(0)
    weights = [(draw.normal(size=(100, 100)) / 10).astype(dtype) for _ in range(50)]
    biases = [np.full(100, -20.0 if k in silenced else 0.0, dtype) for k in range(1, 51)]
    return Stethoscope(list(zip(weights, biases)), draw.normal(size=(200, 100)), activation="relu")


def listen(layer, first_weights="given", nonlinearity="given", norm=False):
    def act(page):
        page.get_by_test_id("non-linearity").select_option(nonlinearity)
        page.get_by_test_id("batchnorm").set_checked(norm)
        page.get_by_test_id("first-weights").select_option(first_weights)
        page.get_by_test_id("layer").fill(str(layer))

    return act


def trained(rate=0.1, epochs=20, pause=None, lengths=False):
    """A dashboard of handwritten digits whose learning rate was changed once on the way."""
    images, labels = digits()
    manual_seed(0)
    model = classifier()
    optimizer = SGD(model.parameters(), lr=rate)
    loader = DataLoader((images[:898], labels[:898]), 32, shuffle=True)
    validation = DataLoader((images[898:], labels[898:]), 899)
    options = {"epochs": epochs, "metrics": {"accuracy": accuracy}, "validation": validation}
    dashboard = TrainingDashboard(fit(model, loader, CrossEntropyLoss(), optimizer, **options), optimizer)
    dashboard.answer({"ask": "lengths", "value": lengths})
    dashboard.start(300)
    dashboard.run.wait()
    if dashboard.error is None:
        dashboard.set_rate(rate / 4)
        dashboard.start(pause)
        dashboard.run.wait()
    return dashboard


def look(page):
    page.get_by_test_id("log").check()
    page.get_by_test_id("metric").select_option("accuracy")
    page.get_by_test_id("look").fill("150")


class HeavyBall:
    """A learner's optimiser: the rate times a running sum of gradients, 0.8 of which stays at a step."""

    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr
        self.sums = [0 * p.data for p in self.params]

    def step(self):
        for k, p in enumerate(self.params):
            self.sums[k] = 0.8 * self.sums[k] + p.grad
            p.data -= self.lr * self.sums[k]


def forgetful(point, gradient, state):
    """A learner's step with a mistake in it."""
    state["steps"] = state.get("steps", 0) + 1
    return point - state["lr"] / (30 - state["steps"]) * gradient


def race(surface="quadratic", own=None, **options):
    return OptimiserRace(own or {"mine": HeavyBall}, surface, **options)


def step_30(page):
    page.get_by_test_id("scrub").fill("30")


def flipped(x, weight):
    """A learner's convolution with a mistake in it: the kernel stands upside down."""
    return functional.conv2d(x, weight[:, :, ::-1].copy())


@functools.cache
def measured():
    return measure({"my conv2d": functional.conv2d, "flipped": flipped})


def imagined_gpu():
    """What nobody has measured: a GPU to see how a stored figure looks."""
    rows = [row for row in measured()["rows"] if row["engine"] == "PyTorch, CPU"]
    rows = [{**row, "engine": "PyTorch, CUDA", "seconds": 8e-6 + row["flops"] / 3e13} for row in rows]
    peak = {"flops": 5e13, "bytes": 3.9e12}
    return {"device": "cuda", "machine": "an imagined GPU", "date": "2026-01-02", "peak": peak, "rows": rows}


def bound_by_the_slope(page):
    page.get_by_test_id("pass-backward").check()
    page.get_by_test_id("size-1").check()
    page.get_by_test_id("engine-4").check()


def digits_network():
    """The microscope on a convolutional network, trained on half of the digits, and one of the other half."""
    images, labels = digits()
    images = images.reshape(-1, 1, 8, 8)
    manual_seed(0)
    model = ConvNet()
    loader = DataLoader((images[:898], labels[:898]), 32, shuffle=True)
    for _ in fit(model, loader, CrossEntropyLoss(), Adam(model.parameters(), lr=0.005), epochs=5):
        pass
    return PixelMicroscope(model, images[1000])


def colour_network():
    """The microscope on an image of three colours, with windows of 5 × 5 that leave rows and places out."""
    y, x = np.mgrid[0:20, 0:24] / 20
    image = np.stack([np.hypot(x - 0.5, y - 0.4) < 0.3, np.sin(9 * x) * y, x - y]).astype("float32")
    manual_seed(1)
    first = Conv2d(3, 8, 5, stride=2, padding=2)
    return PixelMicroscope(
        Sequential(first, BatchNorm2d(8), Tanh(), Conv2d(8, 4, 3, dilation=2, groups=2), ReLU(), AvgPool2d(2)), image
    )


def pixel(layer, *keys):
    def act(page):
        page.get_by_test_id("layer").select_option(str(layer))
        for key in keys:
            page.get_by_test_id("output-map").press(key)

    return act


# {name: (makes the widget, what is done with it before the picture is taken)}
SCENES = {
    "player_backward": (lambda: GraphPlayer(*diamond()), scrub(12)),
    "player_wrong": (lambda: GraphPlayer(*diamond(), traversal=each_visit), own_traversal),
    "player_folded": (network, scrub(4)),
    "player_layer": (network, open_layer),
    "nudge": (nudge, lambda page: page.get_by_test_id("leaf-x").fill("0.6")),
    "nudge_many_leaves": (lambda: Nudge(*diamond()), lambda page: page.get_by_test_id("leaf-b").fill("1")),
    "two_tapes": (lambda: TwoTapes(bend, 1.5, tape=Value, trace=trace), scrub(36)),
    "two_tapes_guarded": (lambda: TwoTapes(bend, 1.5, tape=Value, trace=trace), guarded),
    "pass_slider": (lambda: passes(2), lambda page: page.get_by_test_id("pass-3").click()),
    "pass_slider_folded": (lambda: passes(60), lambda page: page.get_by_test_id("pass-2").click()),
    "broadcast_loom": (lambda: BroadcastLoom((3, 1), (1, 4), "mul"), a_row_picked),
    "broadcast_loom_blocks": (lambda: BroadcastLoom((3, 2, 3), (3, 1, 3)), scrub(9)),
    "broadcast_loom_folded": (lambda: BroadcastLoom((20, 1), (30,)), scrub(5)),
    "broadcast_loom_clash": (lambda: BroadcastLoom((3, 4), (3,)), scrub(1)),
    "broadcast_loom_wrong": (lambda: BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=first_column), a_row_picked),
    "loss_at_birth": (birth, lambda page: None),
    "loss_at_birth_large": (birth, lambda page: page.get_by_test_id("scale").fill("60")),
    "optimiser_race": (lambda: race(lr={"mine": 0.05}), lambda page: None),
    "optimiser_race_ravine": (lambda: race("ravine", lr={"mine": 0.05}), step_30),
    "optimiser_race_rosenbrock": (lambda: race("rosenbrock", lr={"mine": 0.0005}), lambda page: None),
    "optimiser_race_saddle": (lambda: race("saddle", own={"forgetful": forgetful}), lambda page: None),
    "optimiser_race_diverged": (
        lambda: race(condition=40, turn=30),
        lambda page: page.get_by_test_id("condition").fill("1.7"),
    ),
    "roofline": (lambda: Roofline(measured()), lambda page: None),
    "roofline_refused": (lambda: Roofline(measured()), lambda page: page.get_by_test_id("engine-6").check()),
    "roofline_gpu": (lambda: Roofline(measured(), imagined_gpu()), bound_by_the_slope),
    "pixel_microscope": (digits_network, pixel(3, "Enter")),
    "pixel_microscope_first": (digits_network, pixel(1)),
    "pixel_microscope_pool": (digits_network, pixel(5, "Enter")),
    "pixel_microscope_scores": (digits_network, pixel(6, "Enter")),
    "pixel_microscope_colour": (colour_network, pixel(1, "Home", *["ArrowUp"] * 9, "Enter")),
    "pixel_microscope_dilated": (colour_network, pixel(4, "Enter")),
    "stethoscope": (fifty_layers, listen(21)),
    "stethoscope_he": (fifty_layers, listen(30, "he")),
    "stethoscope_batchnorm": (fifty_layers, listen(1, "one", norm=True)),
    "stethoscope_saturated": (fifty_layers, listen(30, "large", "tanh")),
    "stethoscope_exploded": (lambda: fifty_layers("float32"), listen(48, "large")),
    "stethoscope_dead": (lambda: fifty_layers(silenced=[7]), listen(7)),
    "training_dashboard": (trained, lambda page: None),
    "training_dashboard_paused": (lambda: trained(pause=100, lengths=True), look),
    "training_dashboard_failed": (lambda: trained(1e8), lambda page: None),
}


def take(browser, widget, act, folder, name):
    (folder / f"{name}_static.png").write_bytes(widget.picture())
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "page.html"
        widget.to_html(path)
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                screen = {"width": width, "height": 700}
                page = browser.new_page(viewport=screen, color_scheme=scheme, reduced_motion="reduce")
                page.goto(path.as_uri())
                act(page)
                page.screenshot(path=folder / f"{name}_{scheme}_{width}.png", full_page=True)
                page.close()


def main(folder, *names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for name, (make, act) in SCENES.items():
            if not names or name.startswith(names):
                take(browser, make(), act, folder, name)
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    reader.add_argument("folder", metavar="FOLDER", help="where the pictures go")
    reader.add_argument("names", metavar="NAME", nargs="*", help="only the scenes whose names begin so")
    given = reader.parse_args()
    main(given.folder, *given.names)
