import random


def batches(n, batch_size, seed, epoch):
    if batch_size <= 0:
        raise ValueError(batch_size)
    generator = random.Random(f"{seed}/{epoch}")
    left = list(range(n))
    generator.shuffle(left)
    return iter([np.array(left[k : k + batch_size]) for k in range(0, n, batch_size)])
