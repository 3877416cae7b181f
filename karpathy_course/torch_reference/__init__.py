"""The same models and loop as a PyTorch user writes them, and the way there and back; this file only hands names on.

What is handed on is read when it is first asked for: TensorBoard, for example, is not needed to train on a GPU.
"""

import importlib

_WHERE = {
    "ConvNet": "networks",
    "LeCun1989": "networks",
    "LeNet5": "networks",
    "MLP": "networks",
    "ResNet18": "networks",
    "Residual": "networks",
    "SmallResNet": "networks",
    "checkpoints": "checkpoint_files",
    "choose_device": "devices",
    "every": "training",
    "fit": "training",
    "from_torch": "converting",
    "profiled": "profiling",
    "reproducible": "repeating",
    "save_checkpoint": "checkpoint_files",
    "show_tensorboard": "tensorboard_page",
    "stop_if_not_finite": "training",
    "stored_figures": "gpu_figures",
    "tensorboard": "event_files",
    "to_torch": "converting",
    "torchrun": "torchrun_process",
}
__all__ = [
    "MLP",
    "ConvNet",
    "LeCun1989",
    "LeNet5",
    "ResNet18",
    "Residual",
    "SmallResNet",
    "checkpoints",
    "choose_device",
    "every",
    "fit",
    "from_torch",
    "profiled",
    "reproducible",
    "save_checkpoint",
    "show_tensorboard",
    "stop_if_not_finite",
    "stored_figures",
    "tensorboard",
    "to_torch",
    "torchrun",
]


def __getattr__(name):
    if name in _WHERE:
        return getattr(importlib.import_module(f"karpathy_course.torch_reference.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'karpathy_course.torch_reference' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
