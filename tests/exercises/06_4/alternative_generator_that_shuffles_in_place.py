def batches(n, batch_size, seed, epoch):
    if not batch_size >= 1:
        raise ValueError("batch_size must be positive")
    numbers = np.arange(n)
    np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, epoch)))).shuffle(numbers)
    while len(numbers):
        yield numbers[:batch_size]
        numbers = numbers[batch_size:]
