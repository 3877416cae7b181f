# mistake: overwritten
def _pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    dh, dw = _pair(dilation)
    n, c, h, w = x.shape
    o, cg, kh, kw = weight.shape
    rows, cols = gradient.shape[2:]
    r = sh * np.arange(rows)[:, None] + dh * np.arange(kh)
    q = sw * np.arange(cols)[:, None] + dw * np.arange(kw)
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = p[:, :, r[:, None, :, None], q[None, :, None, :]].reshape(n, groups, cg, rows, cols, kh, kw)
    gg = gradient.reshape(n, groups, o // groups, rows, cols)
    ww = weight.reshape(groups, o // groups, cg, kh, kw)
    gw = np.einsum("ngcrqij,ngorq->gocij", win, gg).reshape(weight.shape)
    gwin = np.einsum("ngorq,gocij->ngcrqij", gg, ww).reshape(n, c, rows, cols, kh, kw)
    gp = np.zeros(p.shape, x.dtype)
    gp[:, :, r[:, None, :, None], q[None, :, None, :]] += gwin
    return gp[:, :, ph : ph + h, pw : pw + w].copy(), gw.astype(x.dtype), gradient.sum((0, 2, 3)).astype(x.dtype)
