# mistake: nothing-arrived
def accumulate(node):
    pass
