# mistake: own-factor
def predictions():
    return [2, 6, 3, -1, -1, -1, 27, -2, 0, 16]
