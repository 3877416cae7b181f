"""What the roofline measures: counts equal to counting, every engine right before it is timed, honest words else."""

import json
import re

import numpy as np
import pytest
import torch

from karpathy_course.tensor import Tensor
from karpathy_course.torch_reference.measuring import Differs, check, measure, measured_peak, timing
from karpathy_course.torch_reference.measuring.convolution_engines import ENGINES, im2col, naive, reference
from karpathy_course.torch_reference.measuring.counting import CONVOLUTIONS, Convolution

SMALL = Convolution(batch=3, channels=2, outputs=4, size=5, kernel=3)
QUICK = {"convolutions": (SMALL,), "rounds": 1}


@pytest.fixture(autouse=True)
def small_peak(monkeypatch):
    """The machine's peak from small arrays: what is tested here is not how fast this machine is."""
    monkeypatch.setattr(timing, "LARGE", {"cpu": (64, 2**16), "cuda": (64, 2**16)})


def forward(make):
    """A learner's conv2d(x, weight), as one engine computes it."""

    def conv2d(x, weight):
        n, _, height, width = x.shape
        out, _, kh, kw = weight.shape
        return make(x, weight, np.zeros((n, out, height - kh + 1, width - kw + 1), x.dtype))[0]()

    return conv2d


right = forward(im2col)


def backward(x, weight, g):
    return im2col(x, weight, g)[1]()


def engines_of(found):
    return list(dict.fromkeys(row["engine"] for row in found["rows"]))


@pytest.mark.parametrize("seed", range(5))
def test_operations_and_bytes_are_what_counting_gives(seed):
    draw = np.random.default_rng(seed)
    one = Convolution(*(int(n) for n in draw.integers(1, 5, size=5)))
    x, weight, g = one.arrays()
    places = sum(1 for _ in np.ndindex(*g.shape, *weight.shape[1:]))
    assert one.flops("forward") == 2 * places and one.flops("backward") == 4 * places
    assert one.bytes("forward") == x.nbytes + weight.nbytes + g.nbytes
    assert one.bytes("backward") == 2 * (x.nbytes + weight.nbytes) + g.nbytes
    assert reference(x, weight, g)["forward"][0].shape == g.shape


def test_the_shipped_convolutions_have_intensities_on_both_sides_of_any_ridge():
    found = [one.flops("forward") / one.bytes("forward") for one in CONVOLUTIONS]
    assert found == sorted(found) and found[0] == pytest.approx(2, rel=0.01) and found[-1] > 100
    assert len({one.label for one in CONVOLUTIONS}) == len(CONVOLUTIONS)


@pytest.mark.parametrize("most", [1, 30, 100, 500, 2000, 10**6])
def test_a_part_has_at_most_so_many_multiply_adds_and_nothing_larger(most):
    part = SMALL.part(most)
    window = part.channels * part.kernel**2
    assert part.flops("forward") // 2 <= max(most, window)
    assert part.batch <= 3 and part.outputs <= 4 and part.size <= 5 and (part.channels, part.kernel) == (2, 3)
    assert part.batch == 1 or (part.outputs, part.size) == (4, 5)
    assert most < 10**6 or part == SMALL


@pytest.mark.parametrize("name", ENGINES["cpu"])
@pytest.mark.parametrize("one", [SMALL, Convolution(2, 3, 1, 4, 2), Convolution(1, 1, 2, 3, 1)], ids=lambda c: c.label)
def test_every_engine_is_the_convolution_and_its_gradients(name, one):
    arrays = one.arrays()
    expected = reference(*arrays)
    for which, call in zip(("forward", "backward"), ENGINES["cpu"][name](*arrays)):
        check(call(), expected[which])
        check(call(), expected[which])  # and again, as it is called to be timed


def test_a_measurement_is_plain_data_with_a_row_for_each_engine_and_pass():
    found = measure({"mine": (right, backward)}, **QUICK)
    assert json.loads(json.dumps(found)) == found
    assert engines_of(found) == [*ENGINES["cpu"], "mine"] and found["refused"] == [] and found["device"] == "cpu"
    assert len(found["rows"]) == 2 * len(engines_of(found)) and all(row["seconds"] > 0 for row in found["rows"])
    assert all(row["flops"] == SMALL.flops(row["pass"]) for row in found["rows"])
    assert found["peak"]["flops"] > 0 and found["peak"]["bytes"] > 0 and found["machine"]
    some = measure(engines=["PyTorch, CPU"], **QUICK)
    assert engines_of(some) == ["PyTorch, CPU"]


def test_one_that_is_slow_is_timed_on_a_part_and_reckoned_for_the_whole(monkeypatch):
    monkeypatch.setattr(timing, "FEW", 400)
    monkeypatch.setattr(timing, "ENOUGH", 0.001)
    monkeypatch.setattr(timing, "seconds", lambda call, many, device="cpu": 0.01 * many)
    slow, sizes = forward(naive), []

    def mine(x, weight):
        sizes.append(x.shape[0])
        return slow(x, weight)

    large = Convolution(batch=60, channels=2, outputs=4, size=5, kernel=3)
    found = measure({"mine": mine}, engines=["naive loops"], convolutions=[large], rounds=3)
    rows = {(row["engine"], row["pass"]): row for row in found["rows"]}
    assert max(sizes) < 60
    for row in rows.values():
        assert 0 < row["share"] < 0.5 and row["flops"] == large.flops(row["pass"])
        assert row["seconds"] == pytest.approx(0.01 / row["share"], rel=1e-12)
    part = large.part(400)
    assert rows["naive loops", "backward"]["share"] == part.flops("backward") / large.flops("backward")
    parts = [large.part(400 * 8**k).flops("forward") for k in range(4)]
    assert rows["mine", "forward"]["share"] in [part / large.flops("forward") for part in parts]


def flipped(x, weight):
    return right(x, weight[:, :, ::-1, ::-1].copy())


def failing(x, weight):
    raise IndexError("index 5 is out of bounds\nand more")


WRONG = {
    "flipped kernel": (flipped, r"^its result is not the reference’s: y\[\d, \d, \d, \d\] is .+, the reference has "),
    "nan": (lambda x, w: right(x, w) * float("nan"), "^its result is not the reference’s: y.+ is nan, the reference"),
    "padded": (
        lambda x, w: right(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), w),
        r"y has shape \(3, 4, 7, 7\), expected \(3, 4, 5, 5\)$",
    ),
    "nothing": (lambda x, w: None, r"y has shape \(\) of object, expected \(3, 4, 5, 5\)$"),
    "raises": (failing, "^it raised IndexError: index 5 is out of bounds$"),
    "half": (lambda x, w: right(x.astype("float16"), w.astype("float16")), "is not the reference’s: y"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_has_no_row_and_words_say_why(name):
    function, words = WRONG[name]
    found = measure({name: function, "right": right}, engines=["PyTorch, CPU"], **QUICK)
    assert engines_of(found) == ["PyTorch, CPU", "right"]
    (refused,) = found["refused"]
    assert (refused["engine"], refused["pass"]) == (name, "forward")
    assert re.search(words, refused["words"]), refused["words"]


def test_a_function_that_is_right_at_one_size_only_has_no_row_at_all():
    sizes = Convolution(2, 2, 2, 3, 1), SMALL
    found = measure({"flips": flipped}, engines=["PyTorch, CPU"], convolutions=sizes, rounds=1)
    assert engines_of(found) == ["PyTorch, CPU"] and len(found["refused"]) == 1


def test_a_wrong_backward_is_refused_and_its_forward_stays():
    swapped = lambda x, weight, g: backward(x, weight, g)[::-1]
    only_one = lambda x, weight, g: backward(x, weight, g)[0]
    found = measure({"a": (right, swapped), "b": (right, only_one)}, engines=["PyTorch, CPU"], **QUICK)
    own = [(row["engine"], row["pass"]) for row in found["rows"] if row["engine"] in "ab"]
    assert own == [("a", "forward"), ("b", "forward")]
    words = {each["engine"]: each["words"] for each in found["refused"]}
    assert "the gradient of x has shape (4, 2, 3, 3), expected (3, 2, 7, 7)" in words["a"]
    assert "it returned a ndarray, expected the gradients of x and of the weight" in words["b"]


def test_tensors_of_torch_and_of_the_course_are_results_too():
    in_torch = lambda x, w: torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(w))
    ours = lambda x, w: Tensor(right(x, w))
    found = measure({"torch": in_torch, "ours": ours, "lists": lambda x, w: right(x, w).tolist()}, **QUICK)
    assert found["refused"] == [] and engines_of(found)[-3:] == ["torch", "ours", "lists"]


def test_a_number_just_outside_the_tolerance_is_told_and_just_inside_is_not():
    expected = [np.array([[1.0, -200.0]])]
    check(np.array([[1.019, -200.0]]), expected)
    with pytest.raises(Differs, match=r"^y\[0, 0\] is 1.021, the reference has 1$"):
        check(np.array([[1.021, -200.0]]), expected)


@pytest.mark.parametrize(
    ("own", "error", "words"),
    [
        (3, TypeError, "'mine': int: expected a name and f"),
        ({"mine": (right, backward, right)}, TypeError, "'mine': tuple"),
        ({7: right}, TypeError, "7: function: expected a name"),
        ({"PyTorch, CPU": right}, ValueError, "is an engine of the course: give yours another name"),
    ],
)
def test_what_is_no_function_gets_one_sentence(own, error, words):
    with pytest.raises(error, match=words):
        measure(own, **QUICK)


def test_unknown_engines_and_devices_get_one_sentence(monkeypatch):
    with pytest.raises(ValueError, match=r"^measure: engine 'JAX': on cpu expected names among naive loops, NumPy"):
        measure(engines=["JAX"], **QUICK)
    with pytest.raises(ValueError, match=r"^measure: device 'tpu': expected one of cpu, cuda$"):
        measure(device="tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for call in (lambda: measure(device="cuda"), lambda: measured_peak("cuda")):
        with pytest.raises(RuntimeError, match=r"PyTorch sees no CUDA device here: measure on .cpu., or on a machine"):
            call()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(ValueError, match="functions of your own are timed on the CPU, not on cuda"):
        measure(right, device="cuda")


def test_on_cuda_a_time_begins_and_ends_with_the_device_idle(monkeypatch):
    events = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: events.append("idle"))
    spent = timing.seconds(lambda: events.append("call"), 3, "cuda")
    assert events == ["idle", "call", "call", "call", "idle"] and 0 < spent < 1


def test_a_gpu_is_measured_alone_under_its_own_name_and_peak(monkeypatch):
    moved = []

    def on_the_cpu(make):
        return lambda *sizes, device: (moved.append(device), make(*sizes))[1]

    for name in ("rand", "ones"):
        monkeypatch.setattr(torch, name, on_the_cpu(getattr(torch, name)))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "an imagined GPU")
    monkeypatch.setitem(timing.ENGINES["cuda"], "PyTorch, CUDA", ENGINES["cpu"]["PyTorch, CPU"])
    found = measure(device="cuda", **QUICK)
    assert (found["device"], found["machine"]) == ("cuda", "an imagined GPU") and set(moved) == {"cuda"}
    assert engines_of(found) == ["PyTorch, CUDA"] and len(found["rows"]) == 2 and found["peak"]["flops"] > 0


def test_cuda_is_measured_in_real_float32_and_the_setting_comes_back():
    before = [b.allow_tf32 for b in (torch.backends.cudnn, torch.backends.cuda.matmul)]
    try:
        torch.backends.cudnn.allow_tf32 = True
        with timing._one_thread("cuda"):
            assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
        assert torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32 = before[0]
    assert [b.allow_tf32 for b in (torch.backends.cudnn, torch.backends.cuda.matmul)] == before


def test_torch_has_its_threads_again_even_where_the_learners_code_is_interrupted():
    def interrupted(x, weight):
        assert torch.get_num_threads() == 1
        raise KeyboardInterrupt

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):
            measure({"mine": interrupted}, engines=["PyTorch, CPU"], **QUICK)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
