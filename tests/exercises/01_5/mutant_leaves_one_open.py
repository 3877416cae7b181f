# mistake: not-a-number
gradients = [1, 2, -3, 8, None, 48, 5, 0, -3, 10]
