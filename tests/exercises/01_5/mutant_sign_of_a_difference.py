# mistake: sign
def predictions():
    return [2, 6, -2, -1, 1, -1, 27, -2, 0, 16]
