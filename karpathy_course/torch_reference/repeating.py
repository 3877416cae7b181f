"""The same run twice: seeds, and only algorithms that give the same bits each time."""

import os
from contextlib import contextmanager

import torch

from karpathy_course.tensor.randomness import default_generator, manual_seed, set_state, state_of


@contextmanager
def reproducible(seed):
    """Inside, PyTorch and the course draw from this seed, and PyTorch takes deterministic algorithms; then as before.

    Two runs are equal to the bit on the same machine with the same versions and number of threads; PyTorch promises no
    more. An operation that has no deterministic algorithm on a GPU raises RuntimeError. cuBLAS reads its setting when
    it is first used, so enter this before the first product on a GPU.
    """
    course = state_of(default_generator())
    deterministic = torch.are_deterministic_algorithms_enabled()
    only_warn = torch.is_deterministic_algorithms_warn_only_enabled()
    searches = torch.backends.cudnn.benchmark
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False  # it times algorithms, and may choose another one each time
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(deterministic, warn_only=only_warn)
            torch.backends.cudnn.benchmark = searches
            set_state(default_generator(), course)
