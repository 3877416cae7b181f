def loss_and_gradients(weights, x, y):
    n, label = y.shape[0], y.reshape(1, -1)
    columns = [x.T]
    for W, b in weights[:-1]:
        columns.append(np.tanh(W.T @ columns[-1] + b[:, None]))
    W, b = weights[-1]
    s = W.T @ columns[-1] + b[:, None]
    loss = np.mean(np.maximum(s, 0) - s * label + np.log1p(np.exp(-abs(s))))
    e = np.exp(-abs(s))
    p = np.where(s >= 0, 1, e) / (1 + e)
    back, found = (p - label) / n, []
    for k in range(len(weights) - 1, -1, -1):
        found.insert(0, [columns[k] @ back.T, np.sum(back, axis=1)])
        if k:
            back = (weights[k][0] @ back) * (1 - columns[k] ** 2)
    return [float(loss), found]
