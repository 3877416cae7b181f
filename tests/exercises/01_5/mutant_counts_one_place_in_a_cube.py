# mistake: one-path
gradients = [1, 2, -3, 8, -1, 16, 5, 0, -3, 10]
