# mistake: one-path
gradients = [1, 2, -3, 4, -1, 48, 5, 0, -3, 10]
