"""Each reference in PyTorch, in float32 on a device, beside the course's own model in float64 on NumPy."""

import numpy as np
import torch

from karpathy_course import nn
from karpathy_course.nn import networks
from karpathy_course.torch_reference import to_torch

PARITY = 1e-4  # the largest difference that is allowed, as a share of the largest number
# A parameter before a norm has a gradient of 0 but for rounding: it is held to this share of the largest gradient.
SMALL = 1e-3


def references(small=False):
    """(name, the course's model in float64, shape of its input, train mode) of each reference."""
    nn.manual_seed(0)
    yield "MLP", nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).double(), (64, 64), True
    deep = [nn.Residual(nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU())) for _ in range(4)]
    yield "residual MLP", nn.Sequential(*deep, nn.Linear(64, 10)).double(), (64, 64), True
    yield "ConvNet", networks.ConvNet(dtype="float64"), (16, 1, 8, 8), True
    yield "LeCun 1989", networks.LeCun1989(dtype="float64"), (16, 1, 16, 16), True
    yield "LeNet-5", networks.LeNet5(dtype="float64"), (16, 1, 32, 32), True
    yield "small ResNet", networks.SmallResNet(dtype="float64"), (16, 1, 8, 8), True
    # So few images make a norm over the batch magnify rounding, so this one is held to in eval mode.
    yield "ResNet-18", networks.ResNet18(dtype="float64"), (2, 3, 32, 32) if small else (4, 3, 64, 64), False


def parity(device, small=False):
    """[{"model", "largest_difference", "holds"}]: outputs and all gradients, as shares of their largest numbers."""
    rng, found = np.random.default_rng(0), []
    for name, model, shape, mode in references(small):
        x = rng.normal(size=shape)
        twin = to_torch(model.train(mode)).to(device, torch.float32)
        output = model(x)
        weight = rng.normal(size=tuple(output.shape))
        (output * weight).sum().backward()
        x = torch.from_numpy(x).to(device, torch.float32)
        output_there = twin(x)
        (output_there * torch.from_numpy(weight).to(x)).sum().backward()
        gradients = [(q.grad, p.grad) for p, q in zip(model.parameters(), twin.parameters(), strict=True)]
        least = SMALL * max(np.abs(expected).max() for _, expected in gradients)
        worst = max(difference(*pair, least) for pair in [(output_there, output.data), *gradients])
        found.append({"model": name, "largest_difference": worst, "holds": bool(worst <= PARITY)})
    return found


def difference(found, expected, least):
    """The largest difference, as a share of the largest number, or of least where all are smaller."""
    found = found.detach().double().cpu().numpy()
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), least))
