# Sizes with a fraction are rounded down at the end: borders and windows are whole, so it makes no difference when.
def output_size(size, layers):
    for kernel, stride, padding, dilation in layers:
        longer = size + 2 * padding - dilation * (kernel - 1) - 1
        if longer < 0:
            raise ValueError("no window fits")
        size = longer / stride + 1
    return int(size)


def receptive_field(layers):
    table = np.array(layers, dtype=int).reshape(-1, 4)
    jumps = np.cumprod(np.concatenate([[1], table[:, 1]]))
    kernel, _, padding, dilation = table.T
    return int(1 + (dilation * (kernel - 1) * jumps[:-1]).sum()), int(jumps[-1]), int(-(padding * jumps[:-1]).sum())
