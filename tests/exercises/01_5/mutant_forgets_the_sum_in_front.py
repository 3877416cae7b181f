# mistake: one-path
gradients = [1, 2, -3, 8, -1, 48, 5, 0, -3, 8]
