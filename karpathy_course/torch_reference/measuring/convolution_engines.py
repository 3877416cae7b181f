"""One convolution, forward and backward, as several engines compute it: loops, NumPy, a compiled graph, PyTorch.

Each function here is made for arrays x, weight and g (the gradient that arrives at the output) and returns two calls
without arguments: forward gives y, backward gives (x's gradient, weight's gradient). Stride 1, no padding, no groups.
x: (batch, channels, height, width); weight: (outputs, channels, kernel, kernel). Nothing is timed here.
"""

import numpy as np


def naive(x, weight, g):
    """The definition as it is written down: seven loops, one number at a time."""
    n_, o_, h_, w_ = g.shape
    _, c_, kh, kw = weight.shape

    def places():
        return np.ndindex(n_, o_, h_, w_, c_, kh, kw)

    def forward():
        y = np.zeros_like(g)
        for n, o, r, s, c, i, j in places():
            y[n, o, r, s] += weight[o, c, i, j] * x[n, c, r + i, s + j]
        return y

    def backward():
        dx, dw = np.zeros_like(x), np.zeros_like(weight)
        for n, o, r, s, c, i, j in places():
            dx[n, c, r + i, s + j] += weight[o, c, i, j] * g[n, o, r, s]
            dw[o, c, i, j] += x[n, c, r + i, s + j] * g[n, o, r, s]
        return dx, dw

    return forward, backward


def im2col(x, weight, g):
    """Every window laid out as a row of one matrix (Chellapilla et al. 2006), so that a product does the sums."""
    n, outputs, height, width = g.shape
    _, channels, kh, kw = weight.shape
    kernel = weight.reshape(outputs, -1)

    def columns():
        windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
        return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)

    def forward():
        return (columns() @ kernel.T).reshape(n, height, width, outputs).transpose(0, 3, 1, 2)

    def backward():
        rows = g.transpose(0, 2, 3, 1).reshape(-1, outputs)
        back = (rows @ kernel).reshape(n, height, width, channels, kh, kw).transpose(0, 3, 4, 5, 1, 2)
        dx = np.zeros_like(x)
        for i, j in np.ndindex(kh, kw):
            dx[:, :, i : i + height, j : j + width] += back[:, :, i, j]
        return dx, (rows.T @ columns()).reshape(weight.shape)

    return forward, backward


def compiled(x, weight, g):
    """The course's graph of this one operation, and of the two that are its gradients, as generated NumPy."""
    from karpathy_course import graph
    from karpathy_course.tensor.tape import where_it_belongs

    how = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    size, kernel = x.shape[2:], weight.shape[2:]

    def gradients(x, weight, g):
        dx = where_it_belongs("conv2d_input", g, weight, size=size, **how)
        return dx, where_it_belongs("conv2d_weight", x, g, kernel=kernel, **how)

    forward = graph.compile(graph.trace(lambda x, weight: where_it_belongs("conv2d", x, weight, **how), x, weight))
    backward = graph.compile(graph.trace(gradients, x, weight, g))
    return lambda: forward(x, weight), lambda: backward(x, weight, g)


def pytorch(x, weight, g, device="cpu"):
    """PyTorch's own convolution, eager; backward alone, on the graph that one forward has left."""
    import torch

    x, weight, g = (torch.from_numpy(a).to(device) for a in (x, weight, g))
    kept = x.clone().requires_grad_(), weight.clone().requires_grad_()
    y = torch.nn.functional.conv2d(*kept)

    def forward():
        with torch.no_grad():
            return torch.nn.functional.conv2d(x, weight)

    return forward, lambda: torch.autograd.grad(y, kept, g, retain_graph=True)


def reference(x, weight, g):
    """{"forward": [y], "backward": [x's gradient, weight's gradient]} in float64, which every engine must equal."""
    forward, backward = pytorch(*(a.astype("float64") for a in (x, weight, g)))
    return {"forward": [forward().numpy()], "backward": [a.numpy() for a in backward()]}


ENGINES = {
    "cpu": {"naive loops": naive, "NumPy, im2col": im2col, "course, compiled": compiled, "PyTorch, CPU": pytorch},
    "cuda": {"PyTorch, CUDA": lambda x, weight, g: pytorch(x, weight, g, "cuda")},
}
