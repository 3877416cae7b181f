"""An exercise of lecture 09 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import numpy as np

from karpathy_course.checks import check
from tests.browser.conftest import lecture


def defined_in(cell_id, *names):
    """Functions of the lecture, as its cell defines them."""
    (source,) = [cell.source for cell in lecture("09").cells if cell.id == cell_id]
    found = {"np": np}
    if cell_id == "backwards":
        found["correlate"] = defined_in("correlate", "correlate")[0]
    exec("\n\n".join(part for part in source.split("\n\n\n") if "def " in part), found)
    return [found[name] for name in names]


def passed(exercise, **answer):
    with np.errstate(all="ignore"):
        return check(exercise, namespace=answer, seed=5, record=False).passed


def test_the_lectures_kernel_rows_do_not_pass_09_1():
    (by_kernel_rows,) = defined_in("ways-five", "by_kernel_rows")

    def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        y = by_kernel_rows(x, weight)
        return y if bias is None else y + bias[:, None, None]

    assert np.array_equal(conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), np.ones(1)), [[[[5]]]])
    assert not passed("09.1", conv2d=conv2d)


def test_the_lectures_two_gradients_of_one_channel_do_not_pass_09_2():
    of_image, of_kernel = defined_in("backwards", "gradient_of_image", "gradient_of_kernel")

    def conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1):
        dx, dw = np.zeros_like(x), np.zeros_like(weight)
        for n, o, c in np.ndindex(len(x), len(weight), weight.shape[1]):
            dx[n, c] += of_image(gradient[n, o], weight[o, c])
            dw[o, c] += of_kernel(x[n, c], gradient[n, o])
        return dx, dw, gradient.sum(axis=(0, 2, 3))

    one = np.ones((1, 1, 2, 2))
    assert np.array_equal(conv2d_gradients(one, 3 * one, np.ones((1, 1, 1, 1)))[0], 3 * one)
    assert not passed("09.2", conv2d_gradients=conv2d_gradients)


def test_the_lectures_table_of_columns_does_not_pass_09_3():
    def im2col(x, kernel, stride=1, padding=0, dilation=1):
        (n, channels, h, w), (kh, kw) = x.shape, np.broadcast_to(kernel, 2)
        ho, wo = h - kh + 1, w - kw + 1
        parts = [x[:, :, i : i + ho, j : j + wo] for i, j in np.ndindex(kh, kw)]
        return np.stack(parts, axis=2).reshape(n, channels * kh * kw, ho * wo)

    def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
        (h, w), (kh, kw) = size, np.broadcast_to(kernel, 2)
        ho, wo = h - kh + 1, w - kw + 1
        parts = columns.reshape(len(columns), -1, kh, kw, ho, wo)
        x = np.zeros((*parts.shape[:2], h, w), columns.dtype)
        for i, j in np.ndindex(kh, kw):
            x[:, :, i : i + ho, j : j + wo] += parts[:, :, i, j]
        return x

    assert im2col(np.ones((1, 1, 3, 3)), 2).shape == (1, 4, 4)
    assert not passed("09.3", im2col=im2col, col2im=col2im)


def test_the_lectures_pool_of_side_by_side_windows_does_not_pass_09_4():
    def parts_of(x):
        return [x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]

    def max_pool2d(x, kernel, stride=None, padding=0):
        return np.max(parts_of(x), axis=0)

    def max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0):
        largest, out = max_pool2d(x, 2), np.zeros_like(x)
        for part, into in zip(parts_of(x), parts_of(out)):
            into[...] = gradient * (part == largest)
        return out

    assert max_pool2d(np.arange(4.0).reshape(1, 1, 2, 2), 2) == 3
    assert not passed("09.4", max_pool2d=max_pool2d, max_pool2d_gradient=max_pool2d_gradient)


def test_the_lectures_formula_and_a_field_without_strides_do_not_pass_09_5():
    def output_size(size, layers):
        for k, s, p, d in layers:
            size = (size + 2 * p - d * (k - 1) - 1) // s + 1
        return size

    def receptive_field(layers):
        field = 1 + sum(d * (k - 1) for k, _, _, d in layers)
        return field, int(np.prod([s for _, s, _, _ in layers])), -sum(p for _, _, p, _ in layers)

    assert output_size(8, [(3, 1, 1, 1)]) == 8 and receptive_field([(3, 1, 0, 1)] * 2)[0] == 5
    assert not passed("09.5", output_size=output_size, receptive_field=receptive_field)


def test_the_lectures_comparison_of_moved_maps_does_not_pass_09_6():
    (move_right,) = defined_in("shift", "move_right")

    def same_after_moving(f, x, rows, columns, stride=1):
        return (f(move_right(x, columns)) == move_right(f(x), columns)).all(axis=(0, 1))

    predictions = dict(zip("ABCDEFGHIJ", ("inside", "inside", "everywhere", "everywhere", "nowhere", *5 * ["inside"])))
    assert same_after_moving(np.abs, np.ones((1, 1, 4, 4)), 0, 1).all()
    assert not passed("09.6", predictions=predictions, same_after_moving=same_after_moving)


def test_the_lectures_three_kernels_do_not_pass_09_7():
    right_minus_left = np.array([[-1.0, 0, 1]] * 3)

    def sobel_kernel(right, down):
        return right * right_minus_left + down * right_minus_left.T

    def blur_kernel(size):
        return np.full((size, size), 1 / size**2)

    def sharpen_kernel(size, amount):
        one = np.zeros((size, size))
        one[size // 2, size // 2] = 1
        return one + amount * (one - blur_kernel(size))

    assert np.isclose(blur_kernel(3).sum(), 1)
    assert not passed("09.7", sobel_kernel=sobel_kernel, blur_kernel=blur_kernel, sharpen_kernel=sharpen_kernel)
