"""How well the learner's engine reads handwritten digits as pictures: Conv → Pool → FC, over 24 seeds.

The parts are those that fill gaps, the course's own; a test trains the solutions in the same way and asserts 0.90.
The first 898 pictures are learnt from and the last 899 are judged by, unshuffled: other people wrote those. A seed
makes the weights and the order of the batches. These rows have no peer: what a row measures stands in its name.
"""

import numpy as np

from benchmarks.digits import halves, spread
from karpathy_course.app.engine.course_parts.frame import ConvNetwork

SEEDS = range(24)
EPOCHS, BATCH = 3, 32


def score(seed, train, test):
    pictures, labels = train
    network = ConvNetwork(seed=seed)
    network.fit(pictures.reshape(-1, 1, 8, 8), labels, epochs=EPOCHS, batch_size=BATCH, seed=seed)
    pictures, labels = test
    return float(np.mean(network.predict(pictures.reshape(-1, 1, 8, 8)) == labels))


def rows():
    train, test = halves()
    scores = [score(seed, train, test) for seed in SEEDS]
    return spread(f"the learner's engine, Conv → Pool → FC, {EPOCHS} epochs", scores, "≥ 0.94")
