"""Which device to compute on, and what to say where it is not there or its memory is full."""

import torch


def choose_device(name=None):
    """The torch.device of that name, or the fastest that is here: CUDA, then MPS, then the CPU.

    name: "cpu", "cuda", "cuda:1", "mps", "meta" or a torch.device. Raises RuntimeError for a device that is not here,
    with the reason and a cure, ValueError for a name that is none.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ValueError(f"choose_device({name!r}): expected cpu, cuda, cuda:1, mps, meta or a torch.device") from None
    why = {"cuda": _no_cuda, "mps": _no_mps}.get(device.type, lambda device: None)(device)
    if why is not None:
        raise RuntimeError(f"choose_device({str(device)!r}): {why}. choose_device() takes the fastest that is here")
    return device


def _has_mps():
    return torch.backends.mps.is_built() and torch.backends.mps.is_available()


def _no_cuda(device):
    """Why there is no such GPU of NVIDIA's or AMD's; None where there is."""
    cuda = torch.version.cuda or torch.version.hip
    if cuda is None:
        return f"PyTorch {torch.__version__} was built without CUDA: install a build with it from pytorch.org"
    if not torch.cuda.is_available():
        return (
            f"PyTorch {torch.__version__} was built for CUDA {cuda}, but finds no GPU: `nvidia-smi` should list it, "
            "its driver may be too old, or CUDA_VISIBLE_DEVICES may hide it"
        )
    if device.index is not None and device.index >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        return "one GPU is here: cuda:0" if count == 1 else f"{count} GPUs are here: cuda:0 to cuda:{count - 1}"
    return None


def _no_mps(device):
    """Why there is no GPU of Apple's; None where there is."""
    if not torch.backends.mps.is_built():
        return f"PyTorch {torch.__version__} was built without MPS, which only its macOS builds on Apple silicon have"
    if not torch.backends.mps.is_available():
        return "MPS was built in, but it needs macOS 12.3 or newer on Apple silicon, outside of a virtual machine"
    return None


def full_memory(error, number, rows, accumulate, device):
    """The error to raise in place of one that says that the memory of a device is full; None for any other error.

    number: of the step. rows: of its batch. accumulate: into how many parts the step divides it.
    """
    words = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    if not isinstance(error, torch.OutOfMemoryError) and not any(word in str(error).lower() for word in words):
        return None
    part = -(-rows // accumulate)
    if part == 1:
        cure = "one row at a time is too much already: take a smaller model or input"
    else:
        cure = (
            f"make it half as large: batch_size={-(-rows // 2)}, or keep it and give accumulate={2 * accumulate}, "
            f"which takes the same step in parts of {-(-rows // (2 * accumulate))} rows"
        )
    parts = f"parts of {part} rows of its batch of {rows}" if accumulate > 1 else f"a batch of {rows} rows"
    return torch.OutOfMemoryError(
        f"fit: step {number}: the memory of {device} cannot hold {parts}{_in_use(device)}: {cure}"
    )


def _in_use(device):
    if device.type != "cuda":
        return ""
    free, total = torch.cuda.mem_get_info(device)
    return f" ({(total - free) / 2**30:.1f} of {total / 2**30:.1f} GiB are in use)"
