def predictions():
    h = 1e-3
    relu = lambda x: max(x, 0.0)
    by_a = lambda f: round((f(3 + h, -2.0) - f(3 - h, -2.0)) / (2 * h), 2)
    by_b = lambda f: round((f(3.0, -2 + h) - f(3.0, -2 - h)) / (2 * h), 2)
    return [
        by_a(lambda a, b: a + a),
        by_a(lambda a, b: a * a),
        by_a(lambda a, b: a * b),
        by_a(lambda a, b: a * b + a),
        by_b(lambda a, b: a - b),
        by_b(lambda a, b: (a + b) * b),
        by_a(lambda a, b: a * a * a),
        by_a(lambda a, b: relu(a) * b),
        by_b(lambda a, b: relu(a * b)),
        by_a(lambda a, b: (2 * a + b) ** 2),
    ]
