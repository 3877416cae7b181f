def dead_share(batches):
    units, alive = 0, set()
    for batch in batches:
        for sample in batch:
            units = len(sample)
            for unit, numbers in enumerate(sample):
                if unit not in alive and not np.all(np.less_equal(numbers, 0)):
                    alive.add(unit)
    if not units:
        raise ValueError("dead_share was given no samples")
    return 1 - len(alive) / units
