inside = ["A", "B", "F"]
nowhere = ["E", "G", "I"]
predictions = {k: "inside" if k in inside else "nowhere" if k in nowhere else "everywhere" for k in "ABCDEFGHIJ"}


def same_after_moving(f, x, rows, columns, stride=1):
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    if (rows / sh, columns / sw) != (int(rows / sh), int(columns / sw)):
        raise ValueError(f"{rows}, {columns}: {stride}")
    result, moved = f(x.copy()), f(np.roll(np.roll(x, rows, 2), columns, 3))
    h, w = result.shape[2:]
    out = np.zeros((h, w), dtype=bool)
    for r in range(h):
        for q in range(w):
            was = result[:, :, (r - int(rows / sh)) % h, (q - int(columns / sw)) % w]
            out[r, q] = np.isclose(moved[:, :, r, q], was, rtol=0, atol=1e-9).all()
    return out
