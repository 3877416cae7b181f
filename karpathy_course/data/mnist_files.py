"""MNIST, for whoever has its four files: 70 000 handwritten digits of 28 × 28 pixels (LeCun et al. 1998).

No lecture needs them: scikit-learn's digits run everywhere. `download_mnist` fetches them, where there is a network.
"""

from pathlib import Path

from karpathy_course.data.idx_files import idx_images, idx_labels

PARTS = {True: "train", False: "t10k"}


def mnist(folder, train=True):
    """(images, labels): float32 (n, 1, 28, 28), 0 to 1, ink is 1; int64 (n,), 0 to 9. n: 60 000, or 10 000 to judge by.

    folder: where train-images-idx3-ubyte and its three companions are, gzipped or plain. Raises FileNotFoundError that
    names what is missing, ValueError for files that are damaged or do not belong together.
    """
    images_at, labels_at = (
        _found(Path(folder), f"{PARTS[bool(train)]}-{what}") for what in ("images-idx3", "labels-idx1")
    )
    images, labels = idx_images(images_at), idx_labels(labels_at)
    if len(images) != len(labels):
        both = f"{images_at} has {len(images)} images, {labels_at} {len(labels)} labels"
        raise ValueError(f"mnist: {both}: they do not belong together: fetch both again")
    return images, labels


def _found(folder, name):
    for ending in ("-ubyte", "-ubyte.gz"):
        if (path := folder / f"{name}{ending}").is_file():
            return path
        if (path := folder / f"{name}{ending}".replace("-idx", ".idx")).is_file():  # as some archives name them
            return path
    raise FileNotFoundError(
        f"mnist: {folder} has no {name}-ubyte and no {name}-ubyte.gz: put the four files of MNIST there, or let "
        f"karpathy_course.data.download_mnist({str(folder)!r}) fetch them"
    )
