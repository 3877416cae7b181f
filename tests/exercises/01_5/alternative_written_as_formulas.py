a, b = 4, -3
gradients = [1]
gradients += [1 + 1]
gradients += [b, 2 * a, -1, 3 * a * a, a + (a + b), 0 * b, 1 * b]
gradients += [2 * (a + b) + (a + a)]
