# mistake: nudges-all
def numerical_grad(f, xs, i, h=1e-4):
    return (f([x + h for x in xs]) - f([x - h for x in xs])) / (2 * h)
