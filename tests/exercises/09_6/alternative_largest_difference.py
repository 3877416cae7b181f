I, E, N = "inside", "everywhere", "nowhere"
predictions = dict(A=I, B=I, C=E, D=E, E=N, F=I, G=N, H=E, I=N, J=E)


def roll(array, down, right):
    array = np.concatenate([array[:, :, array.shape[2] - down % array.shape[2] :], array], axis=2)[:, :, : array.shape[2]]
    cut = array.shape[3] - right % array.shape[3]
    return np.concatenate([array[:, :, :, cut:], array[:, :, :, :cut]], axis=3)


def same_after_moving(f, x, rows, columns, stride=1):
    steps = (stride, stride) if np.ndim(stride) == 0 else stride
    down, left_down = divmod(rows, steps[0])
    right, left_right = divmod(columns, steps[1])
    if left_down != 0 or left_right != 0:
        raise ValueError("no whole number of steps")
    gap = np.abs(f(roll(x, rows, columns)) - roll(f(x), down, right)).max(axis=(0, 1))
    return gap <= 1e-9
