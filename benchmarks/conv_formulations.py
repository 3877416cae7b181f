"""One convolution computed in five ways, each beside PyTorch's: the ratios of lecture 09's table.

The five functions are those of the lecture's cells (tests/lectures/lecture09 compares the text): stride 1, no padding,
images (batch, channels, height, width), weight (outputs, channels, height, width). float32, batch 64, 3×3. The images
lie in memory as a formulation likes them: (height, batch, width, channels) for the kernel rows, as the course's engine
hands them from layer to layer, and as their shape says for all others. Forward only. One thread; the functions
take turns in one process; CPU time; medians. The loops, thousands of times as long, run once and are no part of that.
"""

import statistics
import time
from importlib.metadata import version

import numpy as np

from benchmarks.run import row

BATCH, WARM, TURNS = 64, 10, 200
SETTINGS = {"1→16 at 10×10": (1, 16, 10), "16→32 at 10×10": (16, 32, 10), "8→16 at 16×16": (8, 16, 16)}


def by_loops(x, weight):
    (n, channels, h, w), (outputs, _, kh, kw) = x.shape, weight.shape
    y = np.zeros((n, outputs, h - kh + 1, w - kw + 1), x.dtype)
    for b, o, r, s in np.ndindex(y.shape):
        for c, i, j in np.ndindex(channels, kh, kw):
            y[b, o, r, s] += weight[o, c, i, j] * x[b, c, r + i, s + j]
    return y


def by_offsets(x, weight):
    (n, channels, h, w), (outputs, _, kh, kw) = x.shape, weight.shape
    ho, wo = h - kh + 1, w - kw + 1
    y = np.zeros((n, outputs, ho * wo), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += weight[:, :, i, j] @ x[:, :, i : i + ho, j : j + wo].reshape(n, channels, ho * wo)
    return y.reshape(n, outputs, ho, wo)


def by_im2col(x, weight):
    (n, channels, h, w), (outputs, _, kh, kw) = x.shape, weight.shape
    ho, wo = h - kh + 1, w - kw + 1
    parts = [x[:, :, i : i + ho, j : j + wo] for i, j in np.ndindex(kh, kw)]
    table = np.stack(parts, axis=2).reshape(n, channels * kh * kw, ho * wo)  # one column for each window
    return (weight.reshape(outputs, -1) @ table).reshape(n, outputs, ho, wo)


def by_windows(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))  # a view: nothing is copied
    return np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True)


def by_kernel_rows(x, weight):
    (n, channels, h, w), (outputs, _, kh, kw) = x.shape, weight.shape
    ho, wo = h - kh + 1, w - kw + 1
    x = x.transpose(2, 0, 3, 1)  # height, batch, width, channels
    columns = np.concatenate([x[:, :, j : j + wo] for j in range(kw)], axis=-1)
    rows = weight.transpose(2, 3, 1, 0).reshape(kh, kw * channels, outputs)
    y = columns[:ho].reshape(ho * n * wo, -1) @ rows[0]
    for i in range(1, kh):
        y += columns[i : i + ho].reshape(ho * n * wo, -1) @ rows[i]
    return y.reshape(ho, n, wo, outputs).transpose(1, 3, 0, 2)


FORMULATIONS = {
    "sum over the offsets": by_offsets,
    "im2col": by_im2col,
    "window view and einsum": by_windows,
    "kernel rows": by_kernel_rows,
}


def setting(channels, outputs, size):
    """(images, the same images in the memory order of the kernel rows, weight)."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, channels, size, size)).astype("float32")
    weight = rng.standard_normal((outputs, channels, 3, 3)).astype("float32")
    return x, np.ascontiguousarray(x.transpose(2, 0, 3, 1)).transpose(1, 3, 0, 2), weight


def medians(channels, outputs, size, turns=TURNS):
    """{formulation: median seconds}, torch and the loops among them. Raises RuntimeError where one is not torch."""
    import torch

    from karpathy_course.nn.functional import conv2d

    torch.set_num_threads(1)
    x, laid_out, weight = setting(channels, outputs, size)
    tensors = torch.from_numpy(x), torch.from_numpy(weight)
    expected = torch.nn.functional.conv2d(*tensors).numpy()
    runs = {"torch": lambda: torch.nn.functional.conv2d(*tensors)}
    for name, function in FORMULATIONS.items():
        images = laid_out if function is by_kernel_rows else x
        runs[name] = lambda function=function, images=images: function(images, weight)
    runs["the course's conv2d"] = lambda: conv2d(laid_out, weight).data
    seconds = {name: [] for name in runs}
    for turn in range(WARM + turns):
        for name, run in runs.items():
            start = time.process_time()
            run()
            if turn >= WARM:
                seconds[name].append(time.process_time() - start)
    found = {name: statistics.median(spent) for name, spent in seconds.items()}
    start = time.process_time()
    slow = by_loops(x[:1], weight)
    found["loops"] = BATCH * (time.process_time() - start)  # of one image, times the batch
    for name, y in {"loops": slow, **{name: run() for name, run in runs.items() if name != "torch"}}.items():
        if not np.allclose(y, expected[: len(y)], atol=1e-3):
            raise RuntimeError(f"{name}, {channels}→{outputs} at {size}×{size}: not torch's numbers")
    return found


def rows():
    peer, table = f"torch {version('torch').split('+')[0]}, eager", []
    for name, shape in SETTINGS.items():
        spent = medians(*shape)
        torch_seconds = spent.pop("torch")
        for formulation in ("loops", *FORMULATIONS, "the course's conv2d"):
            # reported alone; ours over the peer's, so that a larger number is slower
            found = row(f"{name}, batch {BATCH}, forward: {formulation}", spent[formulation], peer, torch_seconds)
            table.append(found | {"ratio": spent[formulation] / torch_seconds})
    return table
