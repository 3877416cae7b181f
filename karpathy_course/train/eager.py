"""One training step on the eager tape, as one writes it by hand."""

from math import isfinite

from karpathy_course.tensor import Tensor
from karpathy_course.train.batch_checks import check_loss
from karpathy_course.train.clipping import clipped
from karpathy_course.train.not_finite import NotFinite, check_gradients, not_finite


def eager_step(run, batch):
    """(loss, output, the gradients by name) of a step of run's model on a batch (inputs…, target)."""
    before = [buffer.data for buffer in run.buffers]
    try:
        return _step(run, batch)
    except NotFinite:
        for buffer, data in zip(run.buffers, before):  # running statistics would carry it on
            buffer.data = data
        raise


def _step(run, batch):
    *inputs, target = batch
    for _, p in run.parameters:  # of those too that the optimiser has not: else they would add up
        p.grad = None
    output = run.model(*inputs)
    loss = run.loss_fn(output, target)
    check_loss(loss)
    if loss.data.shape:
        raise ValueError(f"fit: the loss has shape {loss.shape}: one number is needed: take its mean() or sum()")
    if not isfinite(loss.data):
        raise not_finite(run, batch, loss.item())
    loss.backward()
    gradients = {name: p.grad for name, p in run.learnt}
    check_gradients(run, gradients)
    if run.clip_norm is not None:
        learnt = [p for _, p in run.learnt if p.grad is not None]
        for p, shorter in zip(learnt, clipped([p.grad for p in learnt], run.clip_norm)):
            p.grad = shorter
    run.optimizer.step()
    return loss.data, output.detach() if isinstance(output, Tensor) else output, gradients
