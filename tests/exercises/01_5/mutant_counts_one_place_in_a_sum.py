# mistake: one-path
gradients = [1, 1, -3, 8, -1, 48, 5, 0, -3, 10]
