# mistake: counts-inputs
NOT_COUNTED = ("guard", "output")
READS = {  # what the backward of an operation reads again: operands by their place, "y" for its own result
    "add": (), "sub": (), "neg": (), "mul": (0, 1), "div": (1, "y"), "sin": (0,), "cos": (0,),
    "exp": ("y",), "tanh": ("y",), "sigmoid": ("y",), "relu": ("y",),
}


def lifetimes(entries, backward=False) -> dict:
    n, first, last = len(entries), {}, {}
    for k, (name, op, operands, _) in enumerate(entries):
        if op not in NOT_COUNTED:
            first[name] = last[name] = k
        for x in operands:
            last[x] = k
    if backward:
        for k, (name, op, operands, _) in reversed(list(enumerate(entries))):
            for place in READS.get(op, ()):
                last[name if place == "y" else operands[place]] = 2 * n - 1 - k
        for x in entries[-1][2]:
            last[x] = 2 * n - 1
    return {name: (first[name], last[name]) for name in first}


def peak(entries, backward=False) -> int:
    lives = lifetimes(entries, backward).values()
    return max(sum(first <= now <= last for first, last in lives) for now, _ in lives)
