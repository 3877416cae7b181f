"""How far the network of exercise 02.5 gets, over many seeds, and how long a slow engine needs for it.

The exercise asks for 0.95 on unseen points. That figure is only fair when every seed of the cases reaches it with a
margin, and when an engine of micrograd's speed is done within the probe's deadline. Run it after any change to the
network, the steps or the rate: ``python benchmarks/calibrate_moons.py``.
"""

import gc
import random
import statistics
import time

from karpathy_course.checks.lecture02.exercise_5_training import (
    NEEDED,
    RATE,
    SAMPLES,
    STEPS,
    accuracy,
    descend,
    draw_moons,
    first_weights,
    unseen,
)
from karpathy_course.data import moons

SEEDS = 400  # at 200 steps 1 start in 100 fell short, which 40 seeds had not shown


def reached(seed):
    """Accuracy on unseen points after the exercise's training from this seed, by plain Python descent."""
    case = draw_moons(random.Random(seed))
    weights = descend(case["weights"], case["points"], case["labels"], STEPS, RATE)
    return accuracy(weights, *unseen(*case["judge"]["laid"]))


def micrograd_seconds(steps=10):
    """CPU seconds that micrograd, collector off, needs for all the steps; extrapolated from a few."""
    from micrograd.engine import Value

    rng = random.Random(0)
    points, labels = moons(SAMPLES, 0.05, 0)
    parameters = [Value(w) for w in first_weights(rng)]
    gc.collect()
    gc.disable()
    start = time.process_time()
    for _ in range(steps):
        total = Value(0.0)
        for (x, y), label in zip(points, labels):
            hidden = [
                (parameters[i] * x + parameters[i + 1] * y + parameters[i + 2]).relu() for i in range(0, 24, 3)
            ]  # micrograd has no tanh and no exp; a relu and a square cost as much
            score = sum((w * h for w, h in zip(parameters[24:32], hidden)), parameters[32])
            total += (score - label) ** 2
        loss = total * (1 / len(points))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
    seconds = time.process_time() - start
    gc.enable()
    return seconds * STEPS / steps


def main():
    results = sorted(reached(seed) for seed in range(SEEDS))
    print(f"2-8-1, {SAMPLES} points, {STEPS} steps of {RATE}, {SEEDS} seeds; {NEEDED:.2f} is asked for")
    short = sum(r < NEEDED for r in results)
    print(f"unseen accuracy: worst {results[0]:.3f}, mean {statistics.mean(results):.4f}; {short} fall short")
    print(f"micrograd, collector off: {micrograd_seconds():.1f} s of CPU for all steps")


if __name__ == "__main__":
    main()
