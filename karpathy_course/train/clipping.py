"""Gradients that are too long are shortened: their direction stays, one bad batch throws nothing away."""


def clipped(gradients, most):
    """The gradients, shortened together so that their length is at most ``most``: as torch's clip_grad_norm_.

    gradients: arrays, or stand-ins of a trace; none of them is changed. Pascanu et al. 2013, algorithm 1.
    """
    total = sum((g * g).sum() for g in gradients) ** 0.5
    scale = most / (total + 1e-6)
    scale = scale * (scale < 1) + (scale >= 1)  # at most 1, without an if, which a trace would freeze
    return [g * scale for g in gradients]
