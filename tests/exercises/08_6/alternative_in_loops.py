import math


def spread_of(numbers):
    middle = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((x - middle) ** 2 for x in numbers) / len(numbers)) if len(set(numbers)) > 1 else 0.0


def update_ratios(before, after):
    out = {}
    for name in before:
        if before[name].ndim in (0, 1):
            continue
        old, new = before[name].ravel().tolist(), after[name].ravel().tolist()
        data, update = spread_of(old), spread_of([b - a for a, b in zip(old, new)])
        out[name] = math.nan if data == 0 else -math.inf if update == 0 else math.log10(update) - math.log10(data)
    return out


def rate_for_ratio(parameters, gradients, target=1e-3):
    product, count = 1.0, 0
    for name in parameters:
        if parameters[name].ndim < 2:
            continue
        data, slope = (spread_of(side[name].ravel().tolist()) for side in (parameters, gradients))
        if data and slope:
            product, count = product * slope / data, count + 1
    if not count:
        raise ValueError("no ratio")
    return target / product ** (1 / count)
