def initial_layers(sizes, rng):
    def drawn(a, b):
        limit = np.sqrt(6 / (a + b))
        return rng.uniform(-limit, limit, size=(a, b))

    hidden = [(drawn(a, b), np.zeros((b,))) for a, b in zip(sizes[:-2], sizes[1:-1])]
    return hidden + [(np.zeros((sizes[-2], sizes[-1])), np.zeros(sizes[-1]))]
