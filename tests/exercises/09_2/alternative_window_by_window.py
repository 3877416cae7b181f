def conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1):
    def pair(v):
        return [v, v] if isinstance(v, int) else list(v)

    (sh, sw), (ph, pw), (dh, dw) = map(pair, (stride, padding, dilation))
    n, channels, h, w = x.shape
    outputs, c, kh, kw = weight.shape
    o = outputs // groups
    padded = np.zeros((n, channels, h + 2 * ph, w + 2 * pw))
    padded[:, :, ph : ph + h, pw : pw + w] = x
    for_padded, for_weight, for_bias = np.zeros(padded.shape), np.zeros(weight.shape), np.zeros(outputs)
    for r in range(gradient.shape[2]):
        for q in range(gradient.shape[3]):
            rows = slice(r * sh, r * sh + (kh - 1) * dh + 1, dh)
            columns = slice(q * sw, q * sw + (kw - 1) * dw + 1, dw)
            for k in range(groups):
                ins, outs = slice(k * c, k * c + c), slice(k * o, k * o + o)
                g = gradient[:, outs, r, q].astype(float)
                for_weight[outs] += np.tensordot(g.T, padded[:, ins, rows, columns], 1)
                for_padded[:, ins, rows, columns] += np.tensordot(g, weight[outs], 1)
            for_bias += gradient[:, :, r, q].sum(0)
    return [a.astype(x.dtype) for a in (for_padded[:, :, ph : ph + h, pw : pw + w], for_weight, for_bias)]
