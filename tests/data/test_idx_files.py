"""MNIST's files as the tests write them themselves: read, plain or gzipped, and every damaged one named."""

import gzip
import struct

import numpy as np
import pytest

from karpathy_course.data import idx_images, idx_labels, mnist

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
LABELS = np.array([3, 0, 9, 1, 1], np.uint8)


def idx(array):
    """The bytes of an IDX file of this array."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def written(folder, data, name="file"):
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", ["images-idx3-ubyte", "images-idx3-ubyte.gz"])
def test_images_and_labels_are_read_gzipped_or_plain_whatever_the_name_ends_with(tmp_path, pack, name):
    images, labels = (
        idx_images(written(tmp_path, pack(idx(IMAGES)), name)),
        idx_labels(written(tmp_path, pack(idx(LABELS)))),
    )
    assert images.shape == (5, 1, 4, 3) and images.dtype == np.float32
    np.testing.assert_allclose(images[:, 0] * 255, IMAGES, rtol=1e-6)
    assert images.min() >= 0 and images.max() <= 1
    assert labels.dtype == np.int64 and labels.tolist() == LABELS.tolist()


def test_files_larger_than_one_piece_are_read_whole(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (700, 40, 41), dtype=np.uint8)
    found = idx_images(written(tmp_path, gzip.compress(idx(images), 1)))
    assert np.array_equal(np.round(found[:, 0] * 255), images)


PAGE = b"<!DOCTYPE html><html>404</html>"
DAMAGED = {
    "cut short": (idx(IMAGES)[:-7], "5 images × 4 rows × 3 columns = 60 bytes, 53 are there: it is cut short"),
    "too long": (idx(IMAGES) + b"\0", "= 60 bytes, that is not its end: more follows"),
    "inside its header": (idx(IMAGES)[:9], "ends inside its header"),
    "inside its magic number": (b"\0\0", "begins with 0x0000, expected 0x00000803"),
    "empty": (b"", "begins with nothing, expected 0x00000803, the magic number of IDX images: the file is cut short"),
    "labels": (idx(LABELS), "begins with 0x00000801, expected 0x00000803.*these are labels: read them with idx_labels"),
    "floats": (b"\0\0\x0d\x03" + idx(IMAGES)[4:], "begins with 0x00000d03.*an IDX file of another kind"),
    "a server's page": (PAGE, "a server's page was saved in the place of the file"),
    "a picture": (b"\x89PNG....", "it is no IDX file, nor a gzipped one"),
    "a header that promises the moon": (b"\0\0\x08\x03" + b"\xff" * 12 + b"abc", "3 are there: it is cut short"),
    "gzipped and cut short": (gzip.compress(idx(IMAGES))[:-12], "the gzip file is cut short or damaged"),
    "gzipped and damaged": (gzip.compress(idx(IMAGES))[:20] + b"????" + gzip.compress(idx(IMAGES))[24:], "damaged"),
    "gzipped and cut short inside": (gzip.compress(idx(IMAGES)[:-7]), "53 are there"),
    "gzip's magic number alone": (b"\x1f\x8b", "the gzip file is cut short or damaged"),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_file_is_one_error_that_names_it(tmp_path, how):
    data, message = DAMAGED[how]
    path = written(tmp_path, data)
    with pytest.raises(ValueError, match=message) as caught:
        idx_images(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_images_handed_in_as_labels_are_named_so(tmp_path):
    with pytest.raises(ValueError, match="these are images: read them with idx_images"):
        idx_labels(written(tmp_path, idx(IMAGES)))


def test_a_file_of_no_images_has_none(tmp_path):
    assert idx_images(written(tmp_path, idx(IMAGES[:0]))).shape == (0, 1, 4, 3)


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        idx_images(tmp_path / "nowhere")


def fill(folder, images=IMAGES, labels=LABELS):
    written(folder, idx(images), "train-images-idx3-ubyte")
    written(folder, gzip.compress(idx(labels)), "train-labels-idx1-ubyte.gz")
    written(folder, gzip.compress(idx(images[:2])), "t10k-images.idx3-ubyte.gz")  # as some archives name them
    written(folder, idx(labels[:2]), "t10k-labels.idx1-ubyte")
    return folder


def test_mnist_reads_both_parts_of_a_folder_by_their_names(tmp_path):
    images, labels = mnist(fill(tmp_path))
    assert images.shape == (5, 1, 4, 3) and labels.tolist() == LABELS.tolist()
    images, labels = mnist(str(tmp_path), train=False)
    assert images.shape == (2, 1, 4, 3) and labels.tolist() == LABELS[:2].tolist()


def test_images_and_labels_of_different_numbers_do_not_belong_together(tmp_path):
    with pytest.raises(ValueError, match=r"has 5 images, .* 4 labels: they do not belong together"):
        mnist(fill(tmp_path, labels=LABELS[:4]))


def test_a_folder_without_the_files_says_which_and_how_to_get_them(tmp_path):
    fill(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no train-labels-idx1-ubyte and no .*\.gz: .*download_mnist\('"):
        mnist(tmp_path)
