READS = {"add": "", "sub": "", "neg": "", "mul": "01", "div": "1y", "sin": "0", "cos": "0",
         "exp": "y", "tanh": "y", "sigmoid": "y", "relu": "y", "lt": "", "le": "", "gt": "", "ge": ""}


def touched_at(entries, backward, moment):
    n = len(entries)
    if moment < n:
        name, op, operands, _ = entries[moment]
        return {name, *operands}
    name, op, operands, _ = entries[2 * n - 1 - moment]
    found = {name if c == "y" else operands[int(c)] for c in READS.get(op, "")}
    return found | set(entries[-1][2]) if moment == 2 * n - 1 else found


def lifetimes(entries, backward=False):
    moments = range(len(entries) * (2 if backward else 1))
    touched = [touched_at(entries, backward, moment) for moment in moments]
    lives = {}
    for name, op, _, _ in entries:
        if op in READS:
            found = [moment for moment in moments if name in touched[moment]]
            lives[name] = [found[0], found[-1]]
    return lives


def peak(entries, backward=False):
    lives = lifetimes(entries, backward)
    end = max((last for _, last in lives.values()), default=0)
    return max(len([1 for a, b in lives.values() if a <= t and b >= t]) for t in range(end + 1))
