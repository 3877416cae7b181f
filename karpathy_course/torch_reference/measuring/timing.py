"""How fast one convolution is in each engine, and how fast this machine could be at all: what a roofline needs.

FLOPs and bytes are counted (`counting`). The peak is measured: FLOP/s of one large product of matrices, bytes/s of one
large copy. On the CPU a time is CPU time of one thread; on CUDA it is wall time between two synchronisations. float32.
Imports only NumPy and PyTorch beside the course.
"""

import contextlib
import platform
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from timeit import timeit

import numpy as np

from karpathy_course.torch_reference.measuring.convolution_engines import ENGINES, reference
from karpathy_course.torch_reference.measuring.counting import CONVOLUTIONS, PASSES

ROUNDS = 5
SHORTEST = 0.002  # seconds that one measurement lasts at least
FEW = 10_000  # multiply-adds that are few enough for loops in Python
ENOUGH = 0.02  # seconds of one call from which on no larger part of the work is tried
TOLERANCE = 1e-4  # of the largest number; float32 is a hundred times closer
LARGE = {"cpu": (1024, 64 * 2**20), "cuda": (8192, 512 * 2**20)}  # rows of the matrices; bytes of the copied array
# Windows counts CPU time in steps of 16 ms.
CPU_CLOCK = time.perf_counter if sys.platform == "win32" else time.process_time


class Differs(Exception):
    """What an engine returned is not the convolution; the words say how."""


def measure(own=None, device="cpu", convolutions=CONVOLUTIONS, engines=None, rounds=ROUNDS):
    """Time every engine of a device on each convolution, forward and backward: plain data, which JSON can hold.

    own: {name: function} that are timed too, on the CPU: ``f(x, weight)`` returns y, without padding, at stride 1; a
    pair ``(f, b)`` has a backward ``b(x, weight, g)`` that returns the gradients of x and of the weight. What raises
    or is not the convolution is not timed: it stands in "refused" with the words. engines: names of those wanted; all.
    Returns {"device", "machine", "peak": see `measured_peak`, "rows": [{"engine", "size", "images", "pass", "flops",
    "bytes", "seconds", "share"}], "refused": [{"engine", "pass", "words"}]}. seconds: the median of so many rounds, in
    which the engines take turns. share: the part of the work that was timed, where all of it would take too long;
    seconds and flops are of the whole. Raises RuntimeError where there is no such device, ValueError for an engine
    that is unknown.
    """
    makers, own = _wanted(device, engines), _own(own)
    if own and device != "cpu":
        raise ValueError(f"measure: functions of your own are timed on the CPU, not on {device}")
    rows, refused = [], {}
    with _one_thread(device):
        peak = measured_peak(device, rounds)
        for convolution in convolutions:
            jobs = [*_jobs(makers, convolution, device), *_own_jobs(own, convolution, refused)]
            rows += _timed(jobs, convolution, device, rounds)
        again = measured_peak(device, rounds)  # the machine may have run slower before, or after
    return {
        "device": device,
        "machine": machine_name(device),
        "peak": {what: max(peak[what], again[what]) for what in peak},
        "rows": [row for row in rows if (row["engine"], row["pass"]) not in refused],
        "refused": [{"engine": name, "pass": which, "words": words} for (name, which), words in refused.items()],
    }


def measured_peak(device="cpu", rounds=ROUNDS):
    """{"flops": FLOP/s of a large product of matrices, "bytes": bytes/s of a large copy, read and written}: the best.

    On the CPU one thread, NumPy's product or PyTorch's, whichever is faster.
    """
    import torch

    present(device)
    n, size = LARGE[device]
    with _one_thread(device):
        a, b = (torch.rand(n, n, device=device) for _ in range(2))
        source = torch.ones(size // 4, device=device)
        product, target = torch.empty_like(a), torch.empty_like(source)
        multiplied = [lambda: torch.matmul(a, b, out=product)]
        copied = [lambda: target.copy_(source)]
        if device == "cpu":
            arrays = [t.numpy() for t in (a, b, product, source, target)]
            multiplied.append(lambda: np.matmul(*arrays[:2], out=arrays[2]))
            copied.append(lambda: np.copyto(arrays[4], arrays[3]))
        times = {call: [seconds(call, 1, device) for _ in range(rounds + 1)] for call in multiplied + copied}
    best = [min(min(times[call][1:]) for call in calls) for calls in (multiplied, copied)]
    return {"flops": 2 * n**3 / best[0], "bytes": 2 * size / best[1]}


def seconds(call, many, device="cpu"):
    """The time of so many calls, the garbage collector off; on CUDA until the last of them has really ended."""
    if device == "cpu":
        return timeit(call, timer=CPU_CLOCK, number=many)
    import torch

    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(many):
        call()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def present(device):
    """Raises ValueError for a device that is not measured here, RuntimeError for CUDA where there is none."""
    import torch

    if device not in LARGE:
        raise ValueError(f"measure: device {device!r}: expected one of {', '.join(LARGE)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError('measure: PyTorch sees no CUDA device here: measure on "cpu", or on a machine with a GPU')


def machine_name(device="cpu"):
    """The processor's or the GPU's name, as far as the system tells it."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _wanted(device, engines):
    present(device)
    known = ENGINES[device]
    if unknown := [name for name in engines or () if name not in known]:
        raise ValueError(f"measure: engine {unknown[0]!r}: on {device} expected names among {', '.join(known)}")
    return {name: make for name, make in known.items() if engines is None or name in engines}


def _own(own):
    """{name: {pass: function}}. Raises TypeError for what is no function."""
    found = {}
    for name, given in (own if isinstance(own, dict) else {"mine": own} if own is not None else {}).items():
        functions = given if isinstance(given, (tuple, list)) else (given,)
        if not isinstance(name, str) or not 1 <= len(functions) <= 2 or not all(map(callable, functions)):
            raise TypeError(
                f"measure: {name!r}: {type(given).__name__}: expected a name and f(x, weight), or a pair with "
                "b(x, weight, g), as in {'mine': (conv2d, conv2d_backward)}"
            )
        if any(name in engines for engines in ENGINES.values()):
            raise ValueError(f"measure: {name!r} is an engine of the course: give yours another name")
        found[name] = dict(zip(PASSES, functions))
    return found


def _jobs(makers, convolution, device):
    """(engine, pass, call, share) of the course's own engines, each checked before it is timed."""
    for name, make in makers.items():
        part = convolution.part(FEW) if name == "naive loops" else convolution
        arrays = part.arrays()
        expected = reference(*arrays)
        for which, call in zip(PASSES, make(*arrays)):
            check(call(), expected[which])
            yield name, which, call, part.flops(which) / convolution.flops(which)


def _own_jobs(own, convolution, refused):
    """The same of the learner's functions, on as much of the work as one call can do in a moment."""
    for name, functions in own.items():
        for which, function in functions.items():
            if (name, which) in refused:
                continue
            try:
                part, call = _largest(function, which, convolution)
            except Exception as error:  # whatever a learner's code may raise
                differs = isinstance(error, Differs)
                words = f"its result is not the reference’s: {error}" if differs else _raised(error)
                refused[name, which] = words.splitlines()[0]
                continue
            yield name, which, call, part.flops(which) / convolution.flops(which)


def _raised(error):
    return f"it raised {type(error).__name__}" + (f": {error}" if str(error) else "")


def _largest(function, which, convolution):
    """(part of the work, call): the largest that one call does in a moment, with the right result."""
    most = FEW
    while True:
        part = convolution.part(most)
        arrays = part.arrays()
        call = partial(function, *(arrays[:2] if which == "forward" else arrays))
        kept, start = reference(*arrays), CPU_CLOCK()
        check(call(), kept[which])
        if CPU_CLOCK() - start > ENOUGH or part == convolution:
            return part, call
        most *= 8


def check(result, expected):
    """Nothing where the result is the expected arrays to a ten-thousandth. Raises Differs, whose words say how not."""
    results = [result] if len(expected) == 1 else result
    if len(expected) > 1 and not (isinstance(result, (tuple, list)) and len(result) == len(expected)):
        raise Differs(f"it returned a {type(result).__name__}, expected the gradients of x and of the weight")
    for what, found, right in zip(("x", "the weight"), results, expected):
        what = f"the gradient of {what}" if len(expected) > 1 else "y"
        found = as_array(found)
        if found.shape != right.shape or found.dtype.kind not in "fiu":
            got = f"{found.shape} of {found.dtype}" if found.dtype.kind not in "fiu" else found.shape
            raise Differs(f"{what} has shape {got}, expected {right.shape}")
        off = np.abs(found - right)
        worst = np.unravel_index(np.argmax(off), off.shape)
        if not off[worst] <= TOLERANCE * np.abs(right).max():
            place = ", ".join(map(str, worst))
            raise Differs(f"{what}[{place}] is {found[worst]:.4g}, the reference has {right[worst]:.4g}")


def as_array(value):
    """A NumPy array of an array, a tensor of PyTorch or of the course, or nested lists."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        return value.detach().cpu().numpy()
    if not isinstance(value, np.ndarray) and isinstance(getattr(value, "data", None), np.ndarray):
        return value.data
    return np.asarray(value)


def _timed(jobs, convolution, device, rounds):
    many = []
    for _, _, call, _ in jobs:
        loops = 1
        while (spent := seconds(call, loops, device)) < SHORTEST:
            loops = max(2 * loops, int(1.2 * SHORTEST * loops / max(spent, 1e-9)) if spent else 10 * loops)
        many.append(loops)
    found = [[] for _ in jobs]
    for _ in range(rounds):
        for times, (_, _, call, _), loops in zip(found, jobs, many):
            times.append(seconds(call, loops, device) / loops)
    return [
        {
            "engine": name,
            "size": convolution.label,
            "images": convolution.batch,
            "pass": which,
            "flops": convolution.flops(which),
            "bytes": convolution.bytes(which),
            "seconds": statistics.median(times) / share,
            "share": share,
        }
        for times, (name, which, _, share) in zip(found, jobs)
    ]


@contextlib.contextmanager
def _one_thread(device):
    """Inside, PyTorch has one thread on the CPU, NumPy's BLAS too where that can be said, and CUDA real float32."""
    import torch

    with contextlib.ExitStack() as stack:
        if device == "cuda":
            for backend in (torch.backends.cudnn, torch.backends.cuda.matmul):
                stack.callback(setattr, backend, "allow_tf32", backend.allow_tf32)
                backend.allow_tf32 = False
        else:
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(1)
            with contextlib.suppress(ImportError):
                from threadpoolctl import threadpool_limits

                stack.enter_context(threadpool_limits(1))
        yield
