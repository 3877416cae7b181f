# mistake: one-path
gradients = [1, 2, -3, 8, -1, 32, 5, 0, -3, 10]
