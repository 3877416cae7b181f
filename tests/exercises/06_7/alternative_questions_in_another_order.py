import math


def _jumps(losses):
    total = 0.0
    for k in range(1, len(losses)):
        if not losses[k] <= losses[k - 1]:
            total += losses[k] - losses[k - 1]
    return not total < 0.6


def diagnose(curves):
    losses, others = curves["loss/train"], curves["loss/validation"]
    if any(map(math.isnan, losses)) or _jumps(losses):
        return "rate too high"
    gap = math.log10(min(others[-2:])) - math.log10(max(losses[-2:]))
    if losses[-1] < losses[0] / 4:
        return "overfitting" if gap > 1 else "leak"
    return "label noise"
