def residual_gradient(x, blocks, gradient):
    inputs = {0: x.copy()}
    for k in range(len(blocks) - 1):  # what comes out of the last block is not needed
        out = blocks[k][0](inputs[k])
        if blocks[k][2] is None:
            inputs[k + 1] = inputs[k] + out
        else:
            inputs[k + 1] = inputs[k].dot(blocks[k][2]) + out
    g = gradient
    for k in range(len(blocks) - 1, -1, -1):
        through = blocks[k][1](inputs[k], g)
        g = through + (g if blocks[k][2] is None else np.einsum("no,io->ni", g, blocks[k][2]))
    return g.astype(x.dtype)
