from math import pi, sin


def schedule(step, steps, warmup, peak, last=0.0, cycles=1):
    if min(step, warmup) == step != warmup and step < steps:
        return (1 + step) * (peak / (1 + warmup))
    done, length = step - warmup, (steps - warmup) / cycles
    if step >= steps:
        return 1.0 * last
    while done >= length:
        done -= length
    return peak - (peak - last) * sin(pi / 2 * done / length) ** 2
