# mistake: one-edge
def predictions():
    return [1, 6, -2, -1, -1, -1, 27, -2, 0, 16]
