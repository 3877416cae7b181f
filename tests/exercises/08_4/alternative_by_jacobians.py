def backprop_by_hand(values):
    v = dict(values)
    n = len(v["y"])
    g = {}

    def through(shape, gradient):
        while gradient.ndim > len(shape):
            gradient = gradient.sum(axis=0)
        for axis, size in enumerate(shape):
            if size == 1 and gradient.shape[axis] > 1:
                gradient = gradient.sum(axis=axis, keepdims=True)
        return gradient

    def add(name, gradient):
        part = through(v[name].shape, gradient)
        g[name] = g[name] + part if name in g else part

    add("picked", np.full(n, -1.0) / n)
    scattered = np.zeros(v["logprobs"].shape)
    for row in range(n):
        scattered[row, v["y"][row]] = g["picked"][row]
    add("logprobs", scattered)
    add("probs", g["logprobs"] * np.exp(-v["logprobs"]))
    add("counts", g["probs"] * v["share"])
    add("share", g["probs"] * v["counts"])
    add("total", -g["share"] * v["share"] * v["share"])
    add("counts", np.broadcast_to(g["total"], v["counts"].shape))
    add("lower", g["counts"] * np.exp(v["lower"]))
    add("logits", g["lower"])
    add("largest", -g["lower"])
    add("logits", (v["logits"] == v["largest"]) * g["largest"])
    for left, right, bias, out in (("h", "W2", "b2", "logits"), ("x", "W1", "b1", "z")):
        if out == "z":
            add("pre", g["h"] * (1 + v["h"]) * (1 - v["h"]))
            add("scaled", g["pre"])
            add("bias", g["pre"])
            add("normal", g["scaled"] * v["gain"])
            add("gain", g["scaled"] * v["normal"])
            add("diff", g["normal"] * v["inv"])
            add("inv", g["normal"] * v["diff"])
            add("std", -g["inv"] / v["std"] / v["std"])
            add("shifted", g["std"] / (2 * v["shifted"] ** 0.5))
            add("var", g["shifted"])
            add("diff2", np.repeat((g["var"] / n)[None, :], n, axis=0))
            add("diff", 2 * g["diff2"] * v["diff"])
            add("mean", -g["diff"])
            add("z", g["diff"])
            add("z", np.repeat((g["mean"] / n)[None, :], n, axis=0))
        add(left, g[out] @ v[right].T)
        add(right, v[left].T @ g[out])
        add(bias, g[out])
    return g


def batchnorm_gradients(x, weight, gradient, eps=1e-5):
    n, features = x.shape
    out = np.zeros_like(x)
    scale, shift = np.zeros_like(weight), np.zeros_like(weight)
    for k in range(features):
        column, g = x[:, k], gradient[:, k]
        root = np.sqrt(column.var() + x.dtype.type(eps))
        normal = (column - column.mean()) / root
        jacobian = np.eye(n, dtype=x.dtype) - 1 / n - np.outer(normal, normal) / n
        out[:, k] = weight[k] / root * (jacobian @ g)
        scale[k], shift[k] = normal @ g, g.sum()
    return out, scale, shift
