# mistake: closed-form
def fit_line(xs, ys, rate, steps):
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    w = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)
    return [w, mean_y - w * mean_x]
