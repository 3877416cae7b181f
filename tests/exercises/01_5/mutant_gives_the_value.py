# mistake: value
gradients = [1, 8, -3, 8, -1, 48, 5, 0, -3, 10]
