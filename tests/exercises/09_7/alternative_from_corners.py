def sobel_kernel(right, down):
    r, d = right / 8, down / 8
    return np.array([[-r - d, -2 * d, r - d], [-2 * r, 0.0, 2 * r], [d - r, 2 * d, r + d]])


def blur_kernel(size):
    row = np.ones(1)
    for _ in range(size - 1):
        row = np.convolve(row, [0.5, 0.5])
    return row[:, None] * row[None, :]


def sharpen_kernel(size, amount):
    out = -amount * blur_kernel(size)
    out[size // 2, size // 2] += 1 + amount
    return out
