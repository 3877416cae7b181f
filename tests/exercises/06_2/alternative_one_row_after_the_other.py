def cross_entropy_gradient(logits, targets):
    gradient = np.zeros_like(logits)
    labelled = [k for k, t in enumerate(targets) if t != -1]
    for k in labelled:
        e = np.exp(logits[k] - max(logits[k]))
        gradient[k] = e / sum(e)
        gradient[k, targets[k]] -= 1
        gradient[k] /= len(labelled)
    return gradient
