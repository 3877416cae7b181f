"""Mixed precision: which parts of a step are worked out in 16 bits, and how small fp16 gradients are kept from 0.

Inside `autocast` torch takes matrix products and convolutions in 16 bits, and sums, norms and losses in 32; the
parameters and what the optimiser keeps stay in 32. bf16 has float32's range. fp16's smallest number is 6e-8, so the
loss is multiplied by a scale before backward and the gradients are divided by it: Micikevicius et al. 2018, 3.2.
"""

from contextlib import nullcontext

import torch


class Precision:
    """How the steps of one training are worked out on a device.

    dtype: torch.bfloat16, torch.float16, or None for the parameters' own. With fp16 a step whose gradients overflow is
    left out and the scale halved; to find that out the scaler reads one number a step, which a GPU waits for.
    Raises ValueError for another dtype.
    """

    def __init__(self, dtype, device):
        if dtype not in (None, torch.bfloat16, torch.float16):
            raise ValueError(f"fit: autocast={dtype!r}: expected torch.bfloat16, torch.float16 or None")
        # The meta device has no numbers, so nothing to round.
        self.dtype, self.kind = dtype if device.type != "meta" else None, device.type
        self.scaler = torch.amp.GradScaler(self.kind) if self.dtype == torch.float16 else None

    def autocast(self):
        """The context in which a model and its loss are computed."""
        return nullcontext() if self.dtype is None else torch.autocast(self.kind, self.dtype)

    def backward(self, loss):
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()

    def unscale(self, optimizer):
        """Divide the gradients by the scale: only then are they the loss's, to be clipped or looked at."""
        if self.scaler is not None:
            self.scaler.unscale_(optimizer)

    def step(self, optimizer):
        if self.scaler is None:
            optimizer.step()
        else:
            self.scaler.step(optimizer)
            self.scaler.update()
