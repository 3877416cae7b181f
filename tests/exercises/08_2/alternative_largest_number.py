def dead_share(batches):
    largest = None
    for h in batches:
        flat = h.swapaxes(0, 1).reshape(h.shape[1], h.size // h.shape[1])
        if flat.size:
            now = flat.max(axis=1).tolist()
            largest = now if largest is None else [a if a != a else (b if b != b else max(a, b)) for a, b in zip(largest, now)]
    if largest is None:
        raise ValueError("no samples")
    return sum(number <= 0 for number in largest) / len(largest)
