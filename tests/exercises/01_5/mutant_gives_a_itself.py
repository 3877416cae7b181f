# mistake: wrong-gradient
gradients = [1, 2, -3, 8, 4, 48, 5, 0, -3, 10]
