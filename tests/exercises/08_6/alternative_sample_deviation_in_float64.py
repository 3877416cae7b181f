def update_ratios(before, after):
    def one(old, new):
        old, new = np.asarray(old, float).ravel(), np.asarray(new, float).ravel()
        if old.min() == old.max():
            return float("nan")
        with np.errstate(divide="ignore"):
            return float(np.log10(np.std(new - old, ddof=1)) - np.log10(np.std(old, ddof=1)))

    return {name: one(before[name], after[name]) for name in sorted(before) if len(before[name].shape) >= 2}


def rate_for_ratio(parameters, gradients, target=1e-3):
    exponents = []
    for name, w in parameters.items():
        g = gradients[name]
        if w.ndim > 1 and w.max() > w.min() and g.max() > g.min():
            exponents.append(np.log(g.std(dtype=float)) - np.log(w.std(dtype=float)))
    if len(exponents) == 0:
        raise ValueError("nothing to go by")
    return np.exp(np.log(target) - np.mean(exponents))
