"""One run of `bench gpu` on one device: parity, training steps in several ways, the device's peak; as plain data."""

import contextlib
import datetime
import importlib.util
import os
import platform
import subprocess
import sys
import time
import traceback
from itertools import islice

import array_api_compat
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

import karpathy_course
from benchmarks.gpu_checks import checks
from benchmarks.gpu_parity import parity
from karpathy_course import nn, optim, train
from karpathy_course.nn import networks
from karpathy_course.torch_reference import MLP, ConvNet, ResNet18, choose_device, fit, to_torch, torchrun
from karpathy_course.torch_reference.compiling import why_not_compiled
from karpathy_course.torch_reference.gpu_figures import FORMAT
from karpathy_course.torch_reference.measuring import CPU_CLOCK, LARGE, machine_name, measure, measured_peak, seconds

WARM, RATE = 5, 0.01
BUDGET_SECONDS = 150  # after which nothing more is compiled, so that all is done in under four minutes
# Per kind of device: the MLP's sizes and batch, ConvNet's batch, ResNet-18's side and batch, steps that are timed.
SIZES = {
    "cuda": {"mlp": (784, 2048, 2048, 10), "batch": 8192, "conv": 4096, "side": 112, "images": 256, "steps": 20},
    "cpu": {"mlp": (784, 256, 256, 10), "batch": 256, "conv": 64, "side": 64, "images": 8, "steps": 5},
    "test": {"mlp": (16, 8, 10), "batch": 8, "conv": 4, "side": 64, "images": 8, "steps": 2},
}
FLOAT32, BF16, FP16 = torch.float32, torch.bfloat16, torch.float16
PLAIN = [(FLOAT32, False), (BF16, False), (FP16, False)]
# The most that losses may be off float32's: of the first steps in float32, of the very first loss in 16 bits.
OFF = {FLOAT32: 1e-3, BF16: 3e-2, FP16: 1e-2}


class Bench:
    """One run on one device: its figures, as `gpu_figures` keeps them, and what was skipped and why."""

    def __init__(self, device, size=None):
        self.device, self.kind, self.begun = device, device.type, time.monotonic()
        self.small, self.sizes = size == "test", SIZES[size or device.type]
        self.steps, self.checks, self.skipped = [], [], []

    def figures(self):
        """All figures, as plain data."""
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # for `reproducible`; read at the first product
        with exact_float32():
            found = {
                "format": FORMAT,
                "date": datetime.date.today().isoformat(),
                "device": about(self.device),
                "versions": versions(),
                "peak": self.peak(),
                "parity": self.trying("parity", parity, self.device, self.small) or [],
                "convolutions": [] if self.small else self.trying("convolutions", self.convolutions) or [],
            }
            self.networks()
        self.checks += self.trying("what fit promises", checks, self.device) or []
        self.several_processes()
        if self.kind != "cuda":
            self.skip("everything on CUDA", why_no_cuda())
        rest = {"steps": self.steps, "checks": self.checks, "skipped": self.skipped}
        return {**found, **rest, "seconds": time.monotonic() - self.begun}

    def trying(self, what, act, *arguments):
        """What act returns; where it raises, a check that does not hold: a lent machine is not to be asked twice."""
        try:
            return act(*arguments)
        except Exception as error:
            traceback.print_exc()
            self.checks.append({"what": f"{what}: raised {type(error).__name__}", "holds": False})

    def convolutions(self):
        return measure(device=self.kind)["rows"]

    def skip(self, what, why):
        self.skipped.append({"what": what, "why": why})

    def peak(self):
        """FLOP/s of large products in each precision, and bytes/s of a large copy."""
        measured = measured_peak(self.kind, 2 if self.small else 5)
        flops = {"float32": measured["flops"]}
        if self.kind == "cuda":
            flops |= {name_of(dtype): self.product_rate(dtype) for dtype in (BF16, FP16)}
        return {"flops_per_second": flops, "bytes_per_second": measured["bytes"]}

    def product_rate(self, dtype):
        n = LARGE[self.kind][0]
        a, b = (torch.randn(n, n, device=self.device, dtype=dtype) for _ in range(2))
        product = lambda: torch.matmul(a, b)
        return 2 * n**3 / min(seconds(product, 4, self.kind) / 4 for _ in range(6))

    def networks(self):
        """Training steps of three networks, each in several ways."""
        size, draw = self.sizes, torch.Generator().manual_seed(0)
        mlp = lambda **factory: MLP(size["mlp"], **factory)
        images = (size["images"], 3, size["side"], size["side"])
        both = [(FLOAT32, True), (BF16, True)]
        for name, make, shape, classes, compiled in (
            ("MLP", mlp, (size["batch"], size["mlp"][0]), size["mlp"][-1], both),
            ("ConvNet", ConvNet, (size["conv"], 1, 8, 8), 10, both),
            ("ResNet-18", ResNet18, images, 1000, [(BF16, True)]),
        ):
            x, y = torch.randn(shape, generator=draw), torch.randint(0, classes, shape[:1], generator=draw)
            batch = x.to(self.device), y.to(self.device)
            self.ways(name, make, batch, PLAIN + compiled)
            if make is ConvNet:
                self.trying("the course's engine", self.course, name, batch)
                self.trying("no waiting", self.no_waiting, make, batch)

    def ways(self, name, make, batch, ways):
        """One network in each way; the losses have to be those of float32, the first way."""
        expected = None
        for dtype, compiled in ways:
            how = name_of(dtype) + ", compiled" * compiled
            why = self.why_not(name, dtype, compiled)
            if why is not None:
                self.skip(f"{name}, {how}", why)
                continue
            words = {"autocast": None if dtype is FLOAT32 else dtype, "compiled": compiled}
            words["channels_last"] = batch[0].ndim == 4 and self.kind == "cuda"
            torch.manual_seed(0)
            training = self.training(make().to(self.device), batch, **words)
            losses, spent = self.trying(f"{name}, {how}", self.timed, training) or (None, None)
            expected = expected or losses
            if losses:
                losses = losses if dtype is FLOAT32 else losses[:1]
                self.add(name, how, make, batch, spent, losses, expected, OFF[dtype])

    def why_not(self, name, dtype, compiled):
        if self.small and (compiled or name == "ResNet-18"):
            return "the smallest size is for a look at the rest"
        if self.kind != "cuda" and dtype is FP16:
            return "CPUs have no fast arithmetic for it"
        if self.kind != "cuda" and compiled and name == "ResNet-18":
            return "to compile it for a CPU takes minutes"
        if compiled and time.monotonic() - self.begun > BUDGET_SECONDS:
            return f"more than {BUDGET_SECONDS} seconds were over"
        return why_not_compiled(self.kind) if compiled else None

    def training(self, model, batch, **words):
        optimizer = torch.optim.SGD(model.parameters(), RATE, momentum=0.9)
        batches = [batch] * (WARM + 3 * self.sizes["steps"])
        return fit(model, batches, torch.nn.CrossEntropyLoss(), optimizer, **words)

    def timed(self, steps):
        """([each loss of the first steps], seconds of a step: the quickest of three stretches)."""
        losses, count, best = [step.loss for step in islice(steps, WARM)], self.sizes["steps"], float("inf")
        for _ in range(3):
            start = self.clock()
            for _ in islice(steps, count):
                pass
            best = min(best, (self.clock() - start) / count)
        return losses, best

    def clock(self):
        """Seconds, on CUDA when all that was begun is done."""
        if self.kind != "cuda":
            return CPU_CLOCK()
        torch.cuda.synchronize()
        return time.perf_counter()

    def course(self, name, batch):
        """The course's own tape, optimiser and loop over the device's arrays; only the arrays are PyTorch's."""
        nn.manual_seed(0)
        model = networks.ConvNet()
        twin = to_torch(model).to(self.device)
        for parameter in model.parameters():
            parameter.data = torch.from_numpy(np.array(parameter.data)).to(self.device)
        optimizer = optim.SGD(model.parameters(), RATE, momentum=0.9)
        batches = [batch] * (WARM + 3 * self.sizes["steps"])
        losses, spent = self.timed(train.fit(model, batches, nn.CrossEntropyLoss(), optimizer))
        expected, _ = self.timed(self.training(twin, batch))
        self.add(name, "float32, the course's engine", ConvNet, batch, spent, losses, expected, OFF[FLOAT32])

    def no_waiting(self, make, batch):
        """Whether PyTorch itself finds nothing in the loop that waits for the GPU."""
        if self.kind != "cuda":
            return self.skip("does a step of fit wait for the GPU?", "there is none to wait for")
        steps = self.training(make().to(self.device), batch, clip_norm=1.0, autocast=BF16, accumulate=2)
        next(steps)
        torch.cuda.set_sync_debug_mode("error")
        try:
            holds = len(list(steps)) == WARM + 3 * self.sizes["steps"] - 1
        except RuntimeError:
            holds = False
        finally:
            torch.cuda.set_sync_debug_mode("default")
        self.checks.append({"what": "no step of fit waits for the GPU", "holds": holds})

    def several_processes(self):
        """One process a GPU, at most two, under torchrun over NCCL: does the program of `distributed` train there?"""
        what = "torchrun, over NCCL"
        if self.kind != "cuda":
            return self.skip(what, "the tests run it over gloo")
        if importlib.util.find_spec("sklearn") is None:
            return self.skip(what, "it trains on the digits that scikit-learn brings along, which is not installed")
        count = min(2, torch.cuda.device_count())
        program = ["-m", "karpathy_course.torch_reference.distributed", "--epochs", "2"]
        try:
            holds = "over nccl on cuda" in torchrun(program, processes=count, timeout=60)
        except RuntimeError as error:
            print(f"bench gpu: {error}", file=sys.stderr)
            holds = False
        self.checks.append({"what": f"{what}, {count} process{'es' * (count > 1)}: trains", "holds": holds})

    def add(self, name, how, make, batch, spent, losses, expected, most):
        off = max(abs(a - b) / abs(b) for a, b in zip(losses, expected))
        self.checks.append({"what": f"{name}, {how}: losses are float32's", "holds": bool(off <= most)})
        work = {"seconds": spent, **counted(make, batch)}
        self.steps.append({"what": name, "how": how, "batch": len(batch[0]), **work})


@contextlib.contextmanager
def exact_float32():
    """Inside, CUDA's float32 has 24 bits of mantissa, not TF32's 11."""
    backends = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [backend.allow_tf32 for backend in backends]
    try:
        for backend in backends:
            backend.allow_tf32 = False
        yield
    finally:
        for backend, allowed in zip(backends, before):
            backend.allow_tf32 = allowed


def counted(make, batch):
    """{"flops": of forward and backward, as PyTorch counts them, "bytes": the least that a float32 step moves}.

    Least: every parameter and every layer's output, and the gradients of both, are written once and read once. On meta.
    """
    model, outputs = make(device="meta"), []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, inputs, output: outputs.append(output.numel()))
    x, y = (t.to("meta") for t in batch)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.cross_entropy(model(x), y).backward()
    numbers = x.numel() + 4 * (sum(p.numel() for p in model.parameters()) + sum(outputs))
    return {"flops": float(counter.get_total_flops()), "bytes": 4.0 * numbers}


def about(device):
    if device.type != "cuda":
        return {"name": machine_name(), "memory_gib": None, "driver": None, "capability": None}
    found = torch.cuda.get_device_properties(device)
    memory, capability = round(found.total_memory / 2**30, 1), f"{found.major}.{found.minor}"
    return {"name": found.name, "memory_gib": memory, "driver": driver(), "capability": capability}


def driver():
    """The version of NVIDIA's driver, as nvidia-smi tells it."""
    ask = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, timeout=20).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        answer = []
    return answer[0] if answer else "unknown"


def versions():
    return {
        "karpathy-course": karpathy_course.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "none",
        "cudnn": str(torch.backends.cudnn.version()),
        "numpy": np.__version__,
        "array-api-compat": array_api_compat.__version__,
    }


def why_no_cuda():
    try:
        choose_device("cuda")
    except RuntimeError as error:
        return str(error).partition(": ")[2].partition(". choose_device")[0]


def name_of(dtype):
    return str(dtype).removeprefix("torch.")
