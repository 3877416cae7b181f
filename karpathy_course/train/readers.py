"""Readers of the stream of Steps: each takes the steps, does one thing with them, and hands them on.

They are put into one another: ``for step in progress(early_stopping(fit(…))): …``.
"""

from math import inf, isnan

from karpathy_course.ops.array_library import namespace


def progress(steps, **options):
    """The steps again, beside a bar with the time that is left, in a terminal or a notebook.

    The loss is read only when the bar is drawn. options: tqdm's own, ``desc`` for example.
    """
    from tqdm.auto import tqdm  # only here: in a notebook it loads ipywidgets

    bar = step = None
    try:
        for step in steps:
            if bar is None:
                bar = tqdm(**{"total": step.total, "initial": step.number - 1, "unit": "step", **options})
            if bar.update():
                bar.set_postfix(epoch=step.epoch, loss=f"{step.loss:.4g}", refresh=False)
            yield step
    finally:
        if bar is not None:
            bar.set_postfix(epoch=step.epoch, loss=f"{step.loss:.4g}")
            bar.close()


def early_stopping(steps, patience=5, monitor="loss", larger_is_better=False):
    """The steps until ``validation[monitor]`` has not got better in so many epochs; the model then is its best.

    The weights and buffers of the best epoch are put back, also when the steps end by themselves; a result of nan
    counts as the worst. Needs fit's validation data: raises ValueError without, for a monitor that was not measured,
    and for a patience below 1. Prechelt 1998 compares such rules.
    """
    if patience < 1:
        raise ValueError(f"early_stopping: patience={patience}: expected at least 1 epoch")
    best, since, kept, step = None, 0, None, None
    for step in steps:
        if step.epoch_ends:
            value = measured(step, monitor)
            score = -inf if isnan(value) else value if larger_is_better else -value
            if best is None or score > best:
                best, since = score, 0
                state = step.run.model.state_dict()
                kept = {name: namespace(x).asarray(x, copy=True) for name, x in state.items()}
            else:
                since += 1
        yield step
        if since >= patience:
            break
    if kept is not None:
        step.run.model.load_state_dict(kept)


def pruning(steps, trial, monitor="loss"):
    """The steps, each epoch's ``validation[monitor]`` told to an Optuna trial; stops a trial that promises nothing.

    Raises optuna.TrialPruned, which the study catches.
    """
    import optuna

    for step in steps:
        if step.epoch_ends:
            trial.report(measured(step, monitor), step.epoch)
            if trial.should_prune():
                raise optuna.TrialPruned(f"stopped after epoch {step.epoch}")
        yield step


def measured(step, monitor):
    """``step.validation[monitor]``, or a ValueError that says what was measured."""
    if step.validation is None:
        raise ValueError("fit was given no validation data: there is nothing to judge the epoch by")
    if monitor not in step.validation:
        raise ValueError(f"monitor {monitor!r} was not measured, but {', '.join(step.validation)}")
    return step.validation[monitor]
