# mistake: value
def predictions():
    return [2, 9, -2, -1, -1, -1, 27, -2, 0, 16]
