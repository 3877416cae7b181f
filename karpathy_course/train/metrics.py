"""How good a model is: what is measured beside the loss, and on data that it does not learn from."""

from karpathy_course.ops.array_library import is_array
from karpathy_course.tensor import Tensor, no_grad


def accuracy(output, target):
    """The share of rows whose largest logit is the target's. output: (…, classes); target: (…), whole numbers.

    Raises ValueError for an empty batch.
    """
    output, target = (x if isinstance(x, Tensor) else Tensor(x) for x in (output, target))
    right = output.argmax(-1) == target
    if not right.numel():
        raise ValueError(f"accuracy: a batch of shape {tuple(output.shape)} is empty: it has no accuracy")
    return right.sum().item() / right.numel()


def evaluate(model, batches, loss_fn, metrics=None):
    """{"loss": …, each metric: …} over batches in eval mode, without learning; every row counts as much.

    batches: anything that gives (inputs…, target), a `DataLoader` for example. The model's mode is as before
    afterwards. Raises ValueError where there is no batch.
    """
    modes = [(module, module.training) for module in model.modules()]
    totals, rows = {}, 0
    model.eval()
    try:
        with no_grad():
            for *inputs, target in batches:
                output, n = model(*inputs), _rows(target)
                found = {"loss": loss_fn(output, target).item()}
                found |= {name: float(of(output, target)) for name, of in (metrics or {}).items()}
                totals = {name: totals.get(name, 0.0) + n * value for name, value in found.items()}
                rows += n
    finally:
        for module, mode in modes:
            module.training = mode
    if not rows:
        raise ValueError("evaluate: there is no batch to evaluate on")
    return {name: total / rows for name, total in totals.items()}


def _rows(target):
    return target.shape[0] if (is_array(target) or isinstance(target, Tensor)) and target.shape else 1
