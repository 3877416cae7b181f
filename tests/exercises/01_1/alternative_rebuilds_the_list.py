def numerical_grad(f, xs, i, h=1e-5):
    moved = lambda by: f([x + by if j == i else x for j, x in enumerate(xs)])
    return (moved(h) - moved(-h)) / h / 2
