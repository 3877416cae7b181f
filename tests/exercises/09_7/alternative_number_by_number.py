import math


def sobel_kernel(right, down):
    kernel = np.zeros((3, 3))
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            kernel[i + 1, j + 1] = right * j * (2 - abs(i)) / 8 + down * i * (2 - abs(j)) / 8
    return kernel


def blur_kernel(size):
    n = size - 1
    weight = lambda k: math.factorial(n) / math.factorial(k) / math.factorial(n - k)
    table = np.array([[weight(i) * weight(j) for j in range(size)] for i in range(size)], dtype=float)
    return table / table.sum()


def sharpen_kernel(size, amount):
    picture = np.pad(np.ones((1, 1)), size // 2)
    return picture * (1 + amount) - amount * blur_kernel(size)
