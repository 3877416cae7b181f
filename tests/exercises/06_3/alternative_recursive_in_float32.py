def initial_layers(sizes, rng):
    inputs, neurons, *rest = sizes
    scale = inputs**-0.5 * (2**0.5 if rest else 0.02)
    W = (rng.standard_normal((inputs, neurons)) * scale).astype(np.float32)
    layer = (W, rng.uniform(-0.01, 0.01, neurons).astype(np.float32))
    return (layer, *initial_layers([neurons, *rest], rng)) if rest else (layer,)
