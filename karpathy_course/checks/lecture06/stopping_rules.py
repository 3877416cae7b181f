"""Early stopping, right and wrong: what a rule says after each loss, for each usual mistake too.

Prechelt, "Early stopping, but when?" (1998) compares rules. The one here waits for `patience` epochs.
"""

from karpathy_course.checks.shared.wrong_models import TRIES, Wrong

NAN, INF = float("nan"), float("inf")
STOP, BEST_SO_FAR = (0,), (1, 2)  # columns of a run


def run_of(
    patience,
    min_delta,
    losses,
    better=lambda loss, best, delta, before: loss < best - delta,
    enough=lambda waited, patience: waited >= patience,
    resets=True,
    keep_best=lambda loss, best, is_better: loss if is_better else best,
    sticky=False,
    first_epoch=1,
):
    """[[stop, best, best_epoch] after each loss]; the keywords are mistakes to be made."""
    best, best_epoch, waited, before, found, stopped = INF, first_epoch - 1, 0, INF, [], False
    for epoch, loss in enumerate(losses, first_epoch):
        is_better = better(loss, best, min_delta, before)
        best, best_epoch = keep_best(loss, best, is_better), epoch if is_better else best_epoch
        waited = (0 if resets else waited) if is_better else waited + 1
        stopped = enough(waited, patience) or (sticky and stopped)
        found.append([float(stopped), best, float(best_epoch)])
        before = loss
    return found


def mistake(id, message, hint, **change):
    return Wrong(id, lambda *given: run_of(*given, **change), message, hint)


WRONG = [
    mistake("not-strict", "A loss that is lower by exactly min_delta counted as better. More than min_delta is asked for.",
            1, better=lambda loss, best, delta, before: loss <= best - delta),
    mistake("equal-is-better", "A loss equal to the best one counted as better.", 1,
            better=lambda loss, best, delta, before: loss <= best),
    mistake("min-delta-ignored", "Any lower loss counted as better. It has to be lower by more than min_delta.", 1,
            better=lambda loss, best, delta, before: loss < best),
    mistake("min-delta-the-wrong-way", "min_delta was added, not subtracted: a loss that is a little higher counted as "
            "better.", 1, better=lambda loss, best, delta, before: loss < best + delta),
    mistake("compares-with-the-last", "Each loss was compared with the one before it. Compare with the best so far.", 1,
            better=lambda loss, best, delta, before: loss < before - delta),
    mistake("best-drifts", "`best` has moved with losses that were lower by less than min_delta. It is the loss of the last "
            "epoch that was better; else many small steps never add up to a better one.", 2,
            keep_best=lambda loss, best, is_better: min(loss, best) if loss == loss else best),
    mistake("best-is-the-last", "`best` is always the last loss. It changes in a better epoch only.", 2,
            keep_best=lambda loss, best, is_better: loss),
    mistake("one-too-late", "It stops one epoch too late: True after `patience` epochs in a row that were not better.", 2,
            enough=lambda waited, patience: waited > patience),
    mistake("one-too-early", "It stops one epoch too early: True after `patience` epochs in a row that were not better.", 2,
            enough=lambda waited, patience: waited >= max(1, patience - 1)),
    mistake("only-once", "It says True in one epoch, and False in the next, which was not better either.", 2,
            enough=lambda waited, patience: waited == patience),
    mistake("never-resets", "Epochs that were not better are counted in all. A better one begins the count anew: in a row "
            "is meant.", 2, resets=False),
    mistake("first-loss-is-nan", "The first loss counted as better although it was nan. nan never is: `best` stays math.inf then.",
            1, better=lambda loss, best, delta, before: before == INF or loss < best - delta),
    mistake("larger-is-better", "Larger losses counted as better.", 1,
            better=lambda loss, best, delta, before: best == INF or loss > best + delta),
    mistake("any-change-is-better", "A loss that differs from the best by more than min_delta counted as better, also a "
            "higher one.", 1, better=lambda loss, best, delta, before: abs(loss - best) > delta),
    mistake("share-of-the-best", "min_delta was taken as a share of the best loss. It is a difference of losses.", 1,
            better=lambda loss, best, delta, before: best == INF or loss < best * (1 - delta)),
    mistake("nan-is-better", "A loss of nan counted as better. A comparison with nan is always False: ask whether the loss "
            "is lower, not whether it is higher.", 3,
            better=lambda loss, best, delta, before: not loss >= best - delta),
    Wrong("nan-not-counted", lambda *given: passing_over_nan(*given), "An epoch whose loss is nan was passed over. It is an "
          "epoch too: it counts, and is not better.", 2),
    Wrong("nan-stops", lambda *given: [[1.0 if x != x else s, *best] for (s, *best), x in zip(run_of(*given), given[2])],
          "A loss of nan stopped the training at once. It is an epoch that is not better, like others.", 2),
    mistake("only-once", "After it has said True it begins to count anew. It says True as long as the last `patience` epochs "
            "were all not better.", 2, enough=lambda waited, patience: waited > 0 and waited % patience == 0),
    mistake("stays-stopped", "Once it has said True it always does. A better epoch afterwards begins the count anew.", 2,
            sticky=True),
    mistake("counts-from-zero", "Epochs count from 1: the first loss belongs to epoch 1.", 2, first_epoch=0),
    Wrong("epoch-of-the-last", lambda *given: [[s, b, float(k)] for k, (s, b, _) in enumerate(run_of(*given), 1)],
          "`best_epoch` is always the last epoch. It changes in a better epoch only.", 2),
    Wrong("never-stops", lambda *given: [[0.0, b, e] for _, b, e in run_of(*given)], "It never says True.", 2),
]  # fmt: skip


def passing_over_nan(patience, min_delta, losses):
    """A run in which nothing happens in the epochs whose loss is nan, and they have no number."""
    rows, found = iter(run_of(patience, min_delta, [loss for loss in losses if loss == loss])), []
    for loss in losses:
        best = found[-1][1:] if found else [INF, 0.0]
        found.append([0.0, *best] if loss != loss else next(rows))
    return found


OF_NAN = {"nan-not-counted", "nan-stops"}  # told apart by a run of its own
HIDDEN = {  # the mistakes that do not show in these columns, or look there like another
    STOP: {"first-loss-is-nan", "counts-from-zero", "epoch-of-the-last", "best-is-the-last", *OF_NAN},
    BEST_SO_FAR: {"first-loss-is-nan", "one-too-late", "one-too-early", "only-once", "never-resets", "stays-stopped",
                  "never-stops", *OF_NAN},
}  # fmt: skip


PIECES = [[-0.75, -1.5], [-1], [NAN, -2], [0], [0.5], [1, -2, 1], [-2, -3.5], [4, 3, 1], [0.5, 1, -1]]  # in min_deltas


def drawn_run(rng):
    """(patience, min_delta, losses): falls and rises about the best loss, exact ones too, in an order that is drawn.

    All numbers are sums of powers of 2, so that no rounding decides whether a loss is lower by exactly min_delta.
    """
    min_delta, best = rng.choice((0.125, 0.25, 0.5)), rng.choice((0.5, 0.75, 1.0))
    losses = [best]
    for piece in ([-2, -4, -6], [2, -2], *rng.sample(PIECES, len(PIECES))):
        mark = best
        for step in [*piece, *rng.choices((0.5, 1, 3, -0.5), k=rng.choice((0, 1, 1, 2, 3)))]:
            losses.append(mark + step * min_delta)
            best = losses[-1] if losses[-1] < best - min_delta else best
    for place, loss in zip(rng.sample(range(4, len(losses)), 3), (0.0, -1.0, 0.3125)):
        losses[place] = loss
    return rng.choice((2, 3)), min_delta, losses


def telling_run(rng, columns):
    """A run in which these columns differ from what each usual mistake gives, and these from one another."""
    for _ in range(TRIES):
        given = drawn_run(rng)
        if not confused(given, columns):
            return given
    raise ValueError(f"in {TRIES:,} draws no losses told all mistakes apart")


def confused(given, columns):
    """Whether a mistake that could show in these columns gives what is right there, or what another mistake gives."""
    met = {str([[row[c] for c in columns] for row in run_of(*given)]): "right"}
    for wrong in WRONG:
        if wrong.id not in HIDDEN[columns]:
            rows = str([[row[c] for c in columns] for row in wrong.model(*given)])
            if met.setdefault(rows, wrong.id) != wrong.id:
                return True
    return False


def nan_run(rng, columns):
    """(patience, min_delta, losses): a short run in which what an answer does with nan looks like no other mistake.

    Too few runs are like that to be met by luck, so a drawn one is changed, a loss at a time, until it has no fault.
    """
    sizes = [k / 8 for k in range(-4, 13)]
    for _ in range(TRIES // 1000):
        losses = [rng.choice(sizes) for _ in range(14)]
        for place in rng.sample(range(2, 13), 3):
            losses[place] = NAN
        patience, fewest = rng.choice((2, 3)), None
        for _ in range(1000):
            changed = list(losses)
            a, b = rng.sample(range(2, 13), 2)
            changed[a], changed[b] = changed[b], changed[a]
            place = rng.randrange(14)
            changed[place] = (
                rng.choice(sizes) if changed[place] == changed[place] and rng.random() < 0.5 else changed[place]
            )
            given = patience, 0.25, changed
            faults = faults_with_nan(given, columns)
            if not faults:
                return given
            if fewest is None or faults <= fewest:
                losses, fewest = changed, faults
    raise ValueError(f"in {TRIES:,} steps no losses told apart what may be done with nan")


def faults_with_nan(given, columns):
    """How many mistakes give what another one gives, and how many of those about nan do not show."""
    right, met, seen, alike = rows_in(run_of(*given), columns), {}, set(), 0
    for wrong in WRONG:
        rows = rows_in(wrong.model(*given), columns)
        if rows != right:
            alike += met.setdefault(rows, wrong.id) != wrong.id
            seen.add(wrong.id)
    return alike + len(({"nan-is-better"} | (OF_NAN if columns == STOP else {"nan-not-counted"})) - seen)


def rows_in(run, columns):
    return str([[row[c] for c in columns] for row in run])
