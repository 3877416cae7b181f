"""From a model of the course to one of PyTorch and back: the same tree, the same names, the same weights and mode."""

import numpy as np
import torch

from karpathy_course import nn
from karpathy_course.torch_reference import networks
from karpathy_course.torch_reference.networks import Residual

_WINDOW = ("kernel_size", "stride", "padding")


def _norm(m):
    return {
        "num_features": m.num_features,
        "eps": m.eps,
        "momentum": m.momentum,
        "affine": m.affine,
        "track_running_stats": m.track_running_stats,
        "bias": m.bias is not None,
    }


def _convolution(m):
    words = ("in_channels", "out_channels", *_WINDOW, "dilation", "groups", "padding_mode")
    return {**_named_so(m, *words), "bias": m.bias is not None}


def _named_so(m, *words):
    return {word: getattr(m, word) for word in words}


# The arguments that a module of either library was made with, by their common names.
_ARGUMENTS = {
    "Linear": lambda m: {"in_features": m.in_features, "out_features": m.out_features, "bias": m.bias is not None},
    "Embedding": lambda m: {
        "num_embeddings": m.num_embeddings,
        "embedding_dim": m.embedding_dim,
        "padding_idx": m.padding_idx,
    },
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), _norm),
    **dict.fromkeys(("Conv1d", "Conv2d"), _convolution),
    **dict.fromkeys(
        ("MaxPool1d", "MaxPool2d"), lambda m: _named_so(m, *_WINDOW, "dilation", "return_indices", "ceil_mode")
    ),
    "AvgPool2d": lambda m: _named_so(m, *_WINDOW, "ceil_mode", "count_include_pad", "divisor_override"),
    "AdaptiveAvgPool2d": lambda m: {"output_size": m.output_size},
    "LayerNorm": lambda m: {
        "normalized_shape": tuple(m.normalized_shape),
        "eps": m.eps,
        "elementwise_affine": m.elementwise_affine,
        "bias": m.bias is not None,
    },
    "LeakyReLU": lambda m: {"negative_slope": m.negative_slope},
    "GELU": lambda m: {"approximate": m.approximate},
    "Softmax": lambda m: {"dim": m.dim},
    "LogSoftmax": lambda m: {"dim": m.dim},
    "Dropout": lambda m: {"p": m.p},
    "Flatten": lambda m: {"start_dim": m.start_dim, "end_dim": m.end_dim},
    **dict.fromkeys(("ReLU", "Tanh", "Sigmoid", "Identity"), lambda m: {}),
}


# Whole models that have a class in both: the class, and each part's own twin in it.
_PAIRS = [
    (getattr(nn.networks, name), getattr(networks, name))
    for name in ("ConvNet", "LeNet5", "LeCun1989", "BasicBlock", "ResNet18", "SmallResNet")
]
_CLASSES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


def to_torch(model):
    """The torch.nn module that computes what a model of `nn` does. Raises TypeError for a module that has no twin."""
    twin = _twin(model, torch.nn)
    twin.load_state_dict({name: torch.from_numpy(np.array(x)) for name, x in model.state_dict().items()})
    return _as_it_was(model, twin)


def from_torch(model):
    """The model of `nn` that computes what a torch.nn module does, on NumPy's arrays, from whatever device.

    Raises TypeError for a module that has no twin.
    """
    twin = _twin(model, nn)
    twin.load_state_dict(model.state_dict())
    return _as_it_was(model, twin)


def _twin(model, library):
    kind, own = type(model).__name__, nn if isinstance(model, nn.Module) else torch.nn
    if isinstance(model, own.Sequential) and type(model).forward is own.Sequential.forward:  # an MLP too
        return library.Sequential(_named(model, library))
    if type(model) is own.ModuleList:
        return library.ModuleList([_twin(part, library) for part in model])
    if type(model) in (nn.Residual, Residual):
        parts = {name: _twin(part, library) for name, part in model.named_children()}
        return (Residual if library is torch.nn else nn.Residual)(**parts)
    if type(model) in _CLASSES:
        return _of_class(_CLASSES[type(model)], model, library)
    if kind not in _ARGUMENTS or type(model) is not getattr(own, kind):  # a class of the same name may do another thing
        raise TypeError(
            f"{kind} has no twin in {library.__name__}: write its class there, and copy the weights by load_state_dict"
        )
    dtype = _dtype(model, library)
    return getattr(library, kind)(**_ARGUMENTS[kind](model), **({"dtype": dtype} if dtype is not None else {}))


def _of_class(kind, model, library):
    """An object of this class made of the twins of the model's parts as they are now, some perhaps exchanged."""
    twin = kind.__new__(kind)
    if library is torch.nn:
        torch.nn.Module.__init__(twin)
    for name, parameter in _own_parameters(model):
        like = np.empty(tuple(parameter.shape), str(parameter.dtype).split(".")[-1])
        setattr(twin, name, library.Parameter(torch.from_numpy(like) if library is torch.nn else like))
    for name, part in model.named_children():
        setattr(twin, name, _twin(part, library))
    return twin


def _own_parameters(model):
    return [(name, parameter) for name, parameter in model.named_parameters() if "." not in name]


def _named(model, library):
    parts = {name: _twin(part, library) for name, part in model.named_children()}
    return torch.nn.modules.container.OrderedDict(parts) if library is torch.nn else parts


def _dtype(model, library):
    for part in (*model.parameters(), *model.buffers()):  # a norm that learns nothing has buffers alone
        name = str(part.dtype).split(".")[-1]
        return getattr(torch, name) if library is torch.nn else name
    return None


def _as_it_was(model, twin):
    for (_, module), (_, other) in zip(model.named_modules(), twin.named_modules(), strict=True):
        other.training = module.training
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        other.requires_grad = parameter.requires_grad
    return twin
