"""What the widgets cost: layout, folding, first paint, frames while playing, and the sizes of what they send.

Paint and frames are measured in headless Chromium without a GPU, on the page that `to_html` makes, with a
graph of 300 visible nodes; the page holds one screen of it, drawn without folding, as large as a screen gets.
Frames are what `requestAnimationFrame` delivers while the player goes one step in each of them.
"""

import random
import shutil
import statistics
import tempfile
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks import live_runs
from benchmarks.graphs import timings
from benchmarks.run import row
from karpathy_course import widgets
from karpathy_course.data import digits
from karpathy_course.neuron import MLP
from karpathy_course.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from karpathy_course.scalar import Value
from karpathy_course.widgets import (
    BroadcastLoom,
    GraphPlayer,
    LossAtBirth,
    Nudge,
    OptimiserRace,
    PixelMicroscope,
    Roofline,
    Stethoscope,
    TrainingDashboard,
)
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.graph_player.folding import Group, _settled
from karpathy_course.widgets.graph_player.screen import screen

NODES = 300
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ROUNDS = 5

# The page's own render call again, into a fresh element, up to the frame after the next: by then it is painted.
PAINT = """() => new Promise((done) => {
    const el = document.createElement("div"), start = performance.now();
    document.querySelector("main").replaceChildren(el);
    window.view.render({ model: window.model, el });
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""
# Ten pixels under the microscope, each with its gradient sent back: milliseconds for one.
LOOK = """() => {
    const map = document.querySelector("[data-testid=output-map]"), box = map.getBoundingClientRect();
    const start = performance.now();
    for (let k = 0; k < 10; k++) {
        const at = { clientX: box.left + (k + 0.5) * box.width / 10, clientY: box.top + box.height / 2 };
        map.dispatchEvent(new PointerEvent("pointermove", at));
        map.dispatchEvent(new MouseEvent("click", at));
    }
    return (performance.now() - start) / 10;
}"""
FRAMES = """() => new Promise((done) => {
    const by = (id) => document.querySelector(`[data-testid=${id}]`), times = [];
    by("speed").value = "4";
    by("first").click();
    by("play").click();
    const frame = (now) => {
        times.push(now);
        if (by("play").getAttribute("aria-label") === "Pause") requestAnimationFrame(frame);
        else done([times.length - 1, times.at(-1) - times[0], Number(by("scrub").max)]);
    };
    requestAnimationFrame(frame);
})"""


def wide_graph(nodes=NODES, seed=0):
    """A root below which there are exactly so many nodes, as wide and tangled as layout_graph's."""
    rng = random.Random(seed)
    made = [Value(rng.uniform(-1, 1)) for _ in range(nodes // 5)]
    unused = list(made)
    while len(made) + len(unused) - 1 < nodes:
        a, b = unused.pop(rng.randrange(min(8, len(unused)))), rng.choice(made[-25:])
        made.append(a * b if rng.random() < 0.5 else a + b)
        unused.append(made[-1])
    while len(unused) > 1:
        made.append(unused.pop(0) + unused.pop(0))
        unused.append(made[-1])
    return unused[0]


def unfolded(root):
    """A player whose one screen shows every node of the graph."""
    player = GraphPlayer(root)
    count = len(player.graph)
    everything = _settled(Group("", "The whole graph", list(range(count))), count)
    view = screen(player.graph, everything)
    player.data = {"views": {"": view}}
    player.page_data = lambda: player.data
    return player


def finished_run():
    """A dashboard whose run, of 20 000 steps, is over."""
    steps, optimizer = live_runs.training(epochs=351)
    dashboard = TrainingDashboard(steps, optimizer)
    dashboard.start(20_000)
    dashboard.wait()
    return dashboard


def microscope():
    """The microscope on the network for digits, 9 930 numbers, before it is trained."""
    layers = [Conv2d(1, 16, 3, padding=1), ReLU(), Conv2d(16, 32, 3, padding=1), ReLU(), MaxPool2d(2), Flatten()]
    return PixelMicroscope(Sequential(*layers, Linear(512, 10)), digits()[0][0].reshape(1, 8, 8))


def in_chromium(shown, drawn, count, plays=True, also=None):
    """(seconds to first paint, frames per second while playing), medians; drawn: what there are so many of.

    also: a script whose result is given in the place of the frames.
    """
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("The widgets' benchmark needs chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        path.write_text(
            shown.to_html().replace("view.render(", "Object.assign(window, { view, model });\nview.render(")
        )
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_selector(drawn)
        assert page.locator(drawn).count() == count
        paints = [page.evaluate(PAINT) / 1000 for _ in range(ROUNDS)]
        rates = [1000 * frames / spent for frames, spent, _ in (page.evaluate(FRAMES) for _ in range(3 * plays))]
        measured = [page.evaluate(also) for _ in range(ROUNDS)] if also else None
        browser.close()
    if also:
        return statistics.median(paints), statistics.median(measured)
    return statistics.median(paints), statistics.median(rates) if plays else None


def rows():
    taken = timings()
    folded = next(seconds for what, seconds in taken.items() if what.startswith("a chain"))
    tangled = next(seconds for what, seconds in taken.items() if what.startswith("a random graph"))
    player = unfolded(wide_graph())
    paint, rate = in_chromium(player, "[data-node]", NODES)
    start = process_time()
    loom = BroadcastLoom((100, 100), (100,), "mul")
    woven = process_time() - start
    full = BroadcastLoom((11, 1), (12,))
    loom_paint, _ = in_chromium(full, "[data-cell]", 396)
    small = GraphPlayer(MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)]))
    a, b = Value(2.0), Value(3.0)
    pictures = [player.picture(), small.picture(), Nudge((a + b) * (a * b), {"a": a, "b": b}).picture()]
    modules = [str(getattr(widgets, name)._esm) for name in widgets.__all__]
    whole_page = compact_json(small.page_data())
    live = live_runs.latencies()
    alone, in_dashboard = live_runs.overhead()
    long_run = finished_run()
    dashboard_paint, _ = in_chromium(long_run, ".lm-dash .lm-plot > svg", 4, plays=False)
    images, labels = digits()
    start = process_time()
    birth = LossAtBirth(lambda: Sequential(Linear(64, 32), ReLU(), Linear(32, 10)), images[:300], labels[:300])
    born = process_time() - start
    race = OptimiserRace()
    start = process_time()
    for _ in range(ROUNDS):
        race.race(start=(-3, 2))
    raced = (process_time() - start) / ROUNDS
    race_paint, race_rate = in_chromium(race, ".lm-race tbody tr", 6)
    draw = np.random.default_rng(0)
    deep, heard = [draw.normal(size=(100, 100)) / 10 for _ in range(50)], draw.normal(size=(200, 100))
    start = process_time()
    scope = Stethoscope(deep, heard, activation="relu")
    listened = process_time() - start
    start = process_time()
    scope.answer({"ask": "he tanh 1 0"})
    answered = process_time() - start
    held = scope.page_data()
    start = process_time()
    roofline = Roofline.measure()
    measured = process_time() - start
    roof_paint, _ = in_chromium(roofline, ".lm-roof-bar", 5, plays=False)
    scope_paint, _ = in_chromium(scope, "[data-layer]", 100, plays=False)
    start = process_time()
    lens = microscope()
    looked = process_time() - start
    lens_paint, look = in_chromium(lens, ".lm-micro canvas", 12, plays=False, also=LOOK)
    return [
        row("layout of 300 nodes, CPU seconds", taken["layout of 300 nodes"], goal="≤ 0.06"),
        row("a chain of 100 000 nodes, read and folded, CPU seconds", folded, goal="≤ 2"),
        row("a random graph of 70 000 operations, read and folded, CPU seconds", tangled, goal="≤ 2"),
        row("first paint of 300 nodes on a to_html page, seconds", paint, goal="≤ 0.3"),
        row("frames a second while playing 300 visible nodes on a to_html page", rate, goal="≥ 50"),
        row("a broadcast loom of 100 × 100 results, CPU seconds", woven, goal="≤ 0.2"),
        row("first paint of a broadcast loom of 396 numbers on a to_html page, seconds", loom_paint, goal="≤ 0.3"),
        row(
            "what that broadcast loom of 100 × 100 results sends, KB",
            len(compact_json(loom.data).encode()) / 1000,
            goal="≤ 250",
        ),
        row("a race of six optimisers over 300 steps, run anew by Python, CPU seconds", raced, goal="≤ 0.04"),
        row("first paint of that race on a to_html page, seconds", race_paint, goal="≤ 0.3"),
        row("frames a second while playing it", race_rate, goal="≥ 50"),
        row("what Python sends for it, KB", len(compact_json(race.data).encode()) / 1000, goal="≤ 250"),
        row("the largest picture of three, KB", max(map(len, pictures)) / 1000, goal="≤ 100"),
        row("the largest joined module, KB", max(len(m.encode()) for m in modules) / 1024, goal="≤ 64"),
        row("all screens of a 2-16-16-1 network on one page, KB", len(whole_page.encode()) / 1000, goal="≤ 250"),
        row(
            "a pause of a running dashboard in a kernel, seconds until it has paused, median",
            statistics.median(live["paused"]),
            goal="≤ 0.25",
        ),
        row("the same, the worst of 40", max(live["paused"]), goal="≤ 0.25"),
        row("until it says that it will pause, the worst of 40, seconds", max(live["pausing"]), goal="≤ 0.25"),
        row(
            "a cell that is computed while a training runs, seconds, median",
            statistics.median(live["computed"]),
            goal="≤ 0.25",
        ),
        row("messages a second of a running dashboard", live["messages"], goal="≤ 30"),
        row("steps a second of that training (64-32-10, batches of 32)", live["steps"]),
        row(
            "a training's CPU seconds in a dashboard, as a multiple of those alone", in_dashboard / alone, goal="≤ 1.5"
        ),
        row("first paint of a dashboard of 20 000 steps, seconds", dashboard_paint, goal="≤ 0.3"),
        row(
            "what that dashboard sends when it is opened, KB",
            len(compact_json(long_run.data).encode()) / 1000,
            goal="≤ 250",
        ),
        row("the losses at birth of 5 seeds and 162 scales, 300 rows, CPU seconds", born, goal="≤ 1"),
        row("what they take on the page, KB", len(compact_json(birth.data).encode()) / 1000, goal="≤ 250"),
        row("a stethoscope on 50 layers of 100 units, 200 rows, CPU seconds", listened, goal="≤ 1"),
        row("another choice of first weights and non-linearity there, CPU seconds", answered, goal="≤ 0.5"),
        row("a roofline: four convolutions in four engines, and the peak, CPU seconds", measured, goal="≤ 5"),
        row("first paint of that roofline on a to_html page, seconds", roof_paint, goal="≤ 0.3"),
        row("what it takes on the page, KB", len(compact_json(roofline.data).encode()) / 1000, goal="≤ 250"),
        row("first paint of those 50 layers on a to_html page, seconds", scope_paint, goal="≤ 0.3"),
        row("a pixel microscope on the network for digits, CPU seconds", looked, goal="≤ 0.2"),
        row("first paint of it on a to_html page, seconds", lens_paint, goal="≤ 0.3"),
        row("a pixel pointed at and its gradient sent back there, seconds", look / 1000, goal="≤ 0.05"),
        row("what Python sends for it, KB", len(compact_json(lens.data).encode()) / 1000, goal="≤ 250"),
        row(f"its page of {len(held['found'])} choices, KB", len(compact_json(held).encode()) / 1000, goal="≤ 250"),
    ]
