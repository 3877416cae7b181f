# mistake: wrong-prediction
def predictions():
    return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
