# mistake: nothing-repeated
def checkpoint(graph):
    return list(graph)
