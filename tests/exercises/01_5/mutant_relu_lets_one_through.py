# mistake: relu-open
gradients = [1, 2, -3, 8, -1, 48, 5, 1, -3, 10]
