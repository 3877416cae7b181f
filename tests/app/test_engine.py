"""The learner's engine: passed answers in one module that runs by itself, the rest filled in and named, or one line."""

import json
import random
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from karpathy_course.app import cli
from karpathy_course.app.engine import collecting
from karpathy_course.app.engine.writing import CHAPTERS, exercises, gap_of, of_file
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.registry import find
from karpathy_course.checks.runner.unsandboxed import try_answers
from karpathy_course.data import digits, moons

ROOT = Path(__file__).resolve().parents[2]
LECTURES = ("02", "05", "06", "07", "08", "09")
ACCUMULATE = """def accumulate(node):
    for parent, local in zip(node.parents, node.local_derivatives):
        if parent.grad is not None:
            parent.grad += local * node.grad
"""
MANY_HELPERS = """from math import fsum, pi
import numpy as np
def unbroadcast(gradient, shape):
    return added(gradient, tuple(range(gradient.ndim - len(shape))), shape)
print("trying:", unbroadcast(np.ones((2, 3)), (3,)))
tried = unbroadcast(np.ones((2, 3)), (1, 3))
%timeit unbroadcast(np.ones((2, 3)), (3,))
"""
HELPER = """from math import fsum
KEPT, OTHER = {"keepdims": True}, fsum
# My own sum.
def added(gradient, axes, shape):
    gradient = gradient.sum(axis=axes)
    return gradient.sum(axis=tuple(k for k, size in enumerate(shape) if size == 1), **KEPT)
"""


class Learner:
    """A course folder with a learner's copy in it, and the command run there."""

    def __init__(self, folder):
        self.folder, self.exercises = folder, folder / "work" / "exercises"
        (folder / "karpathy_course").mkdir(parents=True)
        (folder / "course.py").touch()
        self.exercises.mkdir(parents=True)
        self.engine = folder / "work" / "my_engine.py"

    def solved(self, *lectures, without=()):
        """The solutions of lectures as the learner's notebooks, but for these answers, whose cells are stubs."""
        for lecture in lectures:
            (path,) = (ROOT / "solutions").glob(f"{lecture}_*.ipynb")
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if cell["id"] in [f"answer-{id.replace('.', '-')}" for id in without]:
                    cell["source"] = "raise NotImplementedError()"
            (self.exercises / path.name).write_text(json.dumps(notebook), encoding="utf-8")

    def wrote(self, lecture, **cells):
        """A notebook of a lecture with these cells, by their ids (with _ for -)."""
        rows = [
            {"id": id.replace("_", "-"), "cell_type": "code", "metadata": {}, "source": source, "outputs": []}
            for id, source in cells.items()
        ]
        notebook = {"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (self.exercises / f"{lecture}_mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    def passed(self, id, day="2026-03-01"):
        known = {"exercises": {id: {"attempts": 1, "passed": f"{day}T10:00:00+00:00"}}}
        (self.folder / "work" / "progress.json").write_text(json.dumps(known))


@pytest.fixture
def learner(tmp_path, monkeypatch):
    monkeypatch.delenv("KARPATHY_COURSE_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    return Learner(tmp_path)


@pytest.fixture
def run(capsys):
    def run():
        code = cli.run(["engine"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def refused(run, learner):
    """The one line that says why nothing was written."""
    code, out, err = run()
    assert code == 1 and out == "" and err.count("\n") == 1 and not learner.engine.exists()
    return err


def loaded(learner):
    """The engine's names, as a fresh process without the course would have them: it imports nothing of the course."""
    text = learner.engine.read_text(encoding="utf-8")
    assert "import karpathy_course" not in text and "from karpathy_course" not in text
    done = subprocess.run([sys.executable, "-W", "error", str(learner.engine)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return runpy.run_path(str(learner.engine))


def trains_the_moons(engine):
    """Both engines, to what lecture 02 asserts of its network: 99 % of the hundred points, 98 % of 500 fresh ones."""
    points, labels = moons(100, noise=0.1, seed=0)
    fresh, fresh_labels = moons(500, noise=0.1, seed=1000)

    network = engine["MLP"](2, [16, 16, 1], "relu", random.Random(0))
    engine["train"](network, points, labels, steps=60, rate=0.8)
    for some, of_some, least in ((points, labels, 0.99), (fresh, fresh_labels, 0.98)):
        assert np.mean([(network(p).data > 0) == label for p, label in zip(some, of_some)]) >= least

    arrays = engine["Network"]([2, 16, 16, 2])
    losses = arrays.fit(np.array(points), np.array(labels), epochs=100, batch_size=20, rate=0.5)
    assert losses[0] == pytest.approx(np.log(2), rel=0.05) and losses[-1] < 0.05
    for some, of_some, least in ((points, labels, 0.99), (fresh, fresh_labels, 0.98)):
        assert np.mean(arrays(np.array(some)).data.argmax(axis=1) == of_some) >= least


def trains_the_digits(engine):
    """Twenty normalised blocks with paths around them, to 97 % of 360 digits that they have not seen.

    Over 20 seeds of the course's own parts it is 97.5 % to 99.2 %.
    """
    x, y = digits()
    order = np.random.default_rng(0).permutation(len(x))
    rows, held = order[:1437], order[1437:]
    network = engine["DeepNetwork"](64, 32, 20, 10)
    losses = network.fit(x[rows], y[rows], epochs=5, batch_size=32)
    assert losses[0] == pytest.approx(np.log(10), rel=0.05)
    found = network.predict(x[held])
    assert np.mean(found == y[held]) >= 0.97
    assert network.predict(x[held[:1]]) == found[:1], "whatever stands in the other rows"


def trains_the_digits_as_pictures(engine):
    """Conv → Pool → FC, to 90 % of 899 digits by other hands than those it has learnt from.

    Over 24 seeds of the course's own parts it is 93.9 % to 96.4 %, 95.0 % on average (`bench own_engine`).
    """
    x, y = digits()
    x = x.reshape(-1, 1, 8, 8)
    network = engine["ConvNetwork"]()
    assert sum(parameter.data.size for parameter in network.parameters()) == 9930
    losses = network.fit(x[:898], y[:898], epochs=3, batch_size=32)
    assert losses[0] == pytest.approx(np.log(10), rel=0.05)
    assert np.mean(network.predict(x[898:]) == y[898:]) >= 0.9


@pytest.mark.slow
def test_the_solutions_compose_to_an_engine_that_trains_moons_and_digits(learner, run):
    learner.solved(*LECTURES)
    learner.passed("02.3")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "parts are yours." in out and "the course's" not in out
    text = learner.engine.read_text(encoding="utf-8")
    assert "● 02.3  Zero the gradients" in text and "mine: passed 2026-03-01" in text
    assert "# ── 02.1 Accumulate, do not overwrite ──" in text and "SOLUTION" not in text
    engine = loaded(learner)
    trains_the_moons(engine)
    trains_the_digits(engine)
    trains_the_digits_as_pictures(engine)


@pytest.mark.slow
def test_with_half_of_the_answers_the_gaps_are_the_courses_and_named(learner, run):
    learner.solved("02", "05", without=("02.1", "02.3", "02.5", "02.7", "05.1", "05.3", "05.5", "05.7"))
    code, out, err = run()
    assert (code, err) == (0, "")
    open_parts = {"02.1", "02.3", "02.5", "05.1", "05.3", "05.5", "05.7", "06.1", "06.2", "06.3", "06.4"}
    open_parts |= {"07.3", "07.4", "07.5", "08.1", "08.3", "08.4", "08.5", "09.1", "09.2", "09.4"}
    lines = {line.split()[1]: line for line in out.splitlines() if line[0] in "●○·"}
    assert {id for id, line in lines.items() if line[0] == "○"} == open_parts
    assert {id for id, line in lines.items() if line[0] == "●"} == {"02.2", "02.4", "05.2", "05.4", "05.6"}
    assert lines["02.7"].startswith("·") and "left out: not passed yet" in lines["02.7"]
    assert "5 of its 26 parts are yours." in out
    text = learner.engine.read_text(encoding="utf-8")
    assert text.count("── the course's, until you pass it ──") == len(open_parts)
    assert "unbroadcast" in text and "def fit_line" not in text
    engine = loaded(learner)
    trains_the_moons(engine)
    trains_the_digits(engine)
    trains_the_digits_as_pictures(engine)


def test_backward_of_a_value_is_the_learners_own(learner, run):
    learner.solved("02", without=("02.1", "02.2", "02.4", "02.5"))
    assert run()[0] == 0
    engine = loaded(learner)
    calls, own = [], engine["backward"]
    engine["Value"].backward.__globals__["backward"] = lambda root: (calls.append(root), own(root))
    x = engine["Value"](3.0)
    y = x * x * x
    y.backward()
    assert calls == [y] and x.grad == 27


@pytest.mark.slow
def test_every_tensor_operation_has_the_gradients_of_the_courses_tensor(learner, run):
    from karpathy_course.tensor import Tensor

    learner.solved("02", "05")
    assert run()[0] == 0
    engine = loaded(learner)
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    rows = [0, 2, 2]

    def result(x, w, b, cat):
        h = (x @ w + b).tanh()
        joined = cat([h[rows], (h - 0.5).relu(), -h * 2], 0)
        return joined.permute(1, 0).reshape(11, 2).amax(1).mean() + (h * h).sum(0).amax() + h.mean()

    ours, theirs = [engine["Tensor"](a) for a in (x, w, b)], [Tensor(a, requires_grad=True) for a in (x, w, b)]
    result(*ours, engine["cat"]).backward()
    from karpathy_course import tensor

    result(*theirs, tensor.cat).backward()
    for mine, course in zip(ours, theirs):
        assert np.allclose(mine.grad, course.grad, rtol=1e-12)


def test_a_block_has_the_gradients_of_the_courses_layers(learner, run):
    from karpathy_course import nn
    from karpathy_course.tensor import Tensor

    learner.solved("07", "08")
    assert run()[0] == 0
    engine = loaded(learner)
    rng = np.random.default_rng(0)
    block, x, g = engine["Block"](4, rng), rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    block.weight.data[:], block.bias.data[:] = rng.normal(size=(2, 4))
    norm = nn.BatchNorm1d(4, dtype="float64")
    theirs = {name: Tensor(getattr(block, name).data.copy(), requires_grad=True) for name in ("W", "weight", "bias")}
    norm.weight.data[:], norm.bias.data[:] = block.weight.data, block.bias.data
    mine, course = engine["Tensor"](x), Tensor(x, requires_grad=True)
    (block(mine) * g).sum().backward()
    ((course + norm(course @ theirs["W"]).relu()) * Tensor(g)).sum().backward()
    assert np.allclose(mine.grad, course.grad, rtol=1e-10)
    assert np.allclose(block.W.grad, theirs["W"].grad, rtol=1e-10)
    assert np.allclose(block.weight.grad, norm.weight.grad) and np.allclose(block.bias.grad, norm.bias.grad)
    assert np.allclose(block.norm.running_var, norm.running_var.data), "taken in once for each batch"


def test_a_convolution_and_a_pool_have_the_gradients_of_the_courses_layers(learner, run):
    from karpathy_course import nn
    from karpathy_course.tensor import Tensor

    learner.solved("09")
    assert run()[0] == 0
    engine = loaded(learner)
    rng = np.random.default_rng(0)
    x, weight, bias = rng.normal(size=(2, 4, 7, 6)), rng.normal(size=(6, 2, 3, 2)), rng.normal(size=6)
    how = {"stride": (1, 2), "padding": (2, 1), "dilation": (2, 1), "groups": 2}
    mine = [engine["Tensor"](a) for a in (x, weight, bias)]
    out = mine[0].conv2d(mine[1], mine[2], **how).max_pool2d((3, 2), 1, (1, 0))
    theirs = [Tensor(a.copy(), requires_grad=True) for a in (x, weight, bias)]
    same = nn.functional.max_pool2d(nn.functional.conv2d(*theirs, **how), (3, 2), 1, (1, 0))
    assert np.allclose(out.data, same.data, rtol=1e-12)
    g = rng.normal(size=out.data.shape)
    (out * g).sum().backward()
    (same * Tensor(g)).sum().backward()
    for own, course in zip(mine, theirs):
        assert np.allclose(own.grad, course.grad, rtol=1e-12)


def test_the_engine_tells_which_of_its_names_are_the_learners(learner, run):
    learner.solved("09", without=("09.2", "09.3"))
    assert run()[0] == 0
    engine = loaded(learner)
    assert engine["MINE"] == ("conv2d", "max_pool2d", "max_pool2d_gradient")
    assert "conv2d_gradients" in engine and "im2col" not in engine, "filled in, and left out"


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["lectures", "exercises/mine"])
def test_a_notebook_of_the_learners_copy_imports_the_engine(learner, run, folder):
    learner.solved("09")
    assert run()[0] == 0
    here = learner.folder / "work" / folder
    here.mkdir(parents=True)
    # As a kernel does: the notebook's folder is the current one, and the first place to import from.
    code = "import sys; from karpathy_course import predict; import my_engine; print(my_engine.MINE[0], sys.path[-1])"
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True)
    assert done.stdout.split() == ["conv2d", str(learner.folder / "work")], done.stderr
    outside = learner.folder / "notes"
    outside.mkdir()
    elsewhere = subprocess.run([sys.executable, "-c", code], cwd=outside, capture_output=True, text=True)
    assert "No module named 'my_engine'" in elsewhere.stderr


def test_the_optimiser_and_the_schedule_of_a_training_are_the_learners_own(learner, run):
    learner.solved("07", "08")
    assert run()[0] == 0
    engine = loaded(learner)
    x, y = (part[:96] for part in digits())
    rates = []

    class Watched(engine["Adam"]):
        def step(self):
            rates.append(self.lr)
            super().step()

    engine["DeepNetwork"](64, 8, 2, 10).fit(x, y, epochs=2, batch_size=32, peak=0.02, warmup=2, optimizer=Watched)
    assert rates == [engine["schedule"](k, 6, 2, 0.02) for k in range(6)] and max(rates) == 0.02


@pytest.mark.parametrize("id", [exercise.id for exercise in exercises() if gap_of(exercise)])
def test_what_fills_a_gap_passes_the_exercises_own_check(id):
    exercise = next(each for each in exercises() if each.id == id)
    (file,) = [file for _, file, ids in CHAPTERS if id in ids]
    cells = [["the chapter", "\n\n".join(piece.text for piece in of_file(file).values())]]
    cases = draw_cases(exercise, random.Random(7))
    ((result),) = try_answers([(exercise, cells, cases)])
    assert mark(exercise, cases, result["outcomes"], result["troubles"], None).passed


@pytest.mark.slow
def test_helpers_come_along_and_trials_and_prints_stay_behind(learner, run):
    learner.wrote("05", helper=HELPER, answer_05_1=MANY_HELPERS)
    code, out, _ = run()
    assert code == 0 and "● 05.1" in out
    text = learner.engine.read_text(encoding="utf-8")
    assert "# My own sum.\ndef added" in text and 'KEPT, OTHER = {"keepdims": True}, fsum' in text
    assert "\nfrom math import fsum\n" in text, "and not pi, which nothing uses"
    assert "trying" not in text and "tried" not in text and "timeit" not in text
    assert loaded(learner)["unbroadcast"](np.ones((2, 3)), (1, 3)).tolist() == [[2, 2, 2]]


@pytest.mark.slow
def test_an_answer_that_has_changed_since_it_passed_is_filled_in(learner, run):
    learner.passed("02.1")
    learner.wrote("02", answer_02_1=ACCUMULATE.replace("+=", "="))
    assert "no answer of lectures 02, 05, 06, 07, 08, 09 passes yet" in refused(run, learner)
    order = "\n\n".join(piece.text for piece in gap_of(find("02.2")))
    learner.wrote("02", answer_02_1=ACCUMULATE.replace("+=", "="), answer_02_2=order)
    code, out, _ = run()
    assert code == 0 and "the course's: it passed once, but does not as it is now" in out
    assert loaded(learner)["accumulate"].__doc__ == gap_of(find("02.1"))[0].text.split(chr(34) * 3)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            {"answer_02_1": f"{ACCUMULATE}accumulate.calls = 0\n"},
            "02.1 in your notebook makes or changes `accumulate` by a line that runs, `accumulate.calls = 0`",
        ),
        (
            {"answer_02_1": f"for k in range(3):\n    grow = k\n{ACCUMULATE}    grow\n"},
            "02.1 in your notebook makes or changes `grow` by a line that runs, `for k in range(3):`",
        ),
        (
            {"helper": "def Tensor(x):\n    return x", "answer_02_1": f"{ACCUMULATE}    Tensor(0)\nTensor = float\n"},
            "the course's frame and 02.1 both have a `Tensor`, and not the same: give it another name in 02.1",
        ),
        (
            {"k": "k = 1.0", "answer_02_1": ACCUMULATE.replace("(node)", "(node, k=k)").replace("+= ", "+= k * "),
             "later": "k = 2.0"},
            "02.1 passes in your notebook, and not beside the other parts: ",
        ),
    ],
)  # fmt: skip
def test_what_no_module_can_hold_is_said_in_one_line_and_nothing_is_written(learner, run, cells, said):
    learner.wrote("02", **cells)
    assert said in refused(run, learner)


def test_a_chapter_in_which_nothing_uses_a_learners_answer_is_not_checked_again(learner):
    def checked(lecture, id):
        shutil.rmtree(learner.exercises)
        learner.exercises.mkdir()
        answer = "import math\nimport numpy as np\n" + "\n\n".join(piece.text for piece in gap_of(find(id)))
        learner.wrote(lecture, **{f"answer_{id.replace('.', '_')}": answer})
        return {part.id for part in collecting.reached(collecting.collected(learner.folder / "work"))}

    assert checked("02", "02.2") == {"02.1", "02.2", "02.3", "02.4", "02.5"}, "backward and the training use topo_sort"
    assert checked("07", "07.5") == {"07.3", "07.4", "07.5"}


@pytest.mark.slow
def test_two_answers_with_different_helpers_of_one_name_are_named(learner, run):
    summed = MANY_HELPERS.partition("print")[0].replace("added", "helped")
    learner.wrote("05", helper=HELPER.replace("added", "helped"), answer_05_1=summed)
    learner.wrote(
        "02", answer_02_1=ACCUMULATE.replace("zip(", "helped(zip, ") + "def helped(f, *a):\n    return f(*a)\n"
    )
    line = refused(run, learner)
    assert "02.1 and 05.1 both have a `helped`, and not the same" in line


@pytest.mark.slow
def test_a_damaged_notebook_is_one_line_and_the_last_engine_stays(learner, run):
    learner.solved("02", "05")
    assert run()[0] == 0
    before = learner.engine.read_bytes()
    (path,) = learner.exercises.glob("05_*")
    path.write_bytes(path.read_bytes()[:5000])
    code, out, err = run()
    assert code == 1 and out == "" and "is not a whole notebook" in err and err.count("\n") == 1
    assert learner.engine.read_bytes() == before


@pytest.mark.slow
def test_an_engine_that_the_learner_has_changed_is_kept(learner, run):
    learner.wrote("02", answer_02_1=ACCUMULATE)
    assert run()[0] == 0 and run()[0] == 0
    assert not (learner.folder / "work" / "kept").exists(), "as it was written: replaced"
    own = learner.engine.read_text(encoding="utf-8").replace("grad += local", "grad += 1.0 * local")
    learner.engine.write_text(own, encoding="utf-8")
    code, out, _ = run()
    (kept,) = (learner.folder / "work" / "kept").iterdir()
    assert code == 0 and f"yours is kept as work/kept/{kept.name}" in out
    assert kept.read_text(encoding="utf-8") == own and "1.0 * local" not in learner.engine.read_text(encoding="utf-8")


def test_without_notebooks_it_says_that_nothing_passes_yet(learner, run):
    shutil.rmtree(learner.exercises)
    said = "no answer of lectures 02, 05, 06, 07, 08, 09 passes yet; `karpathy-course progress`"
    assert said in refused(run, learner)
