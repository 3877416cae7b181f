from string import ascii_letters


def unbroadcast(gradient, shape):
    axes = ascii_letters[: gradient.ndim]
    own = axes[gradient.ndim - len(shape) :]
    kept = "".join(letter for letter, size in zip(own, shape) if size != 1)
    return np.array(np.einsum(f"{axes}->{kept}", gradient)).reshape(shape)
