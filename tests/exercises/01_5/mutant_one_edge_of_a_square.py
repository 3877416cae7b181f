# mistake: one-edge
def predictions():
    return [2, 3, -2, -1, -1, -1, 27, -2, 0, 16]
