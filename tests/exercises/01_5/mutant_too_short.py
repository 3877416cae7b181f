# mistake: wrong-length
def predictions():
    return [2, 6, -2]
