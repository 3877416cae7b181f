def output_size(size, layers):
    if not layers:
        return size
    (k, s, p, d), *rest = layers
    window = d * (k - 1) + 1
    if size + 2 * p < window:
        raise ValueError(layers[0])
    return output_size((size + 2 * p - window + s) // s, rest)


def receptive_field(layers):
    seen = [{k} for k in range(2)]
    for kernel, stride, padding, dilation in layers[::-1]:
        seen = [{m * stride - padding + j * dilation for m in one for j in range(kernel)} for one in seen]
    return max(seen[0]) - min(seen[0]) + 1, min(seen[1]) - min(seen[0]), min(seen[0])
