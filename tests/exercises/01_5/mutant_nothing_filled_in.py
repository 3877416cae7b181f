# mistake: unanswered
def predictions():
    return [None] * 10
