"""1 797 handwritten digits of 8 by 8 pixels, which scikit-learn brings along (Alpaydin and Kaynak 1998)."""


def digits():
    """(images, labels): float32 (1797, 64), each row a picture's rows, 0 white to 1 black; int64 (1797,), 0 to 9."""
    from sklearn.datasets import load_digits  # only here: it takes a second to import

    found = load_digits()
    return (found.data / 16).astype("float32"), found.target.astype("int64")
