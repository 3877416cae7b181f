# mistake: other-variable
gradients = [1, 2, 4, 8, -1, 48, 5, 0, -3, 10]
