def diagnose(curves):
    table = {tag: np.array(numbers) for tag, numbers in curves.items()}
    steps = np.diff(table["loss/train"])
    if not np.isfinite(steps).all() or steps[steps > 0].sum() > 0.45:
        return "rate too high"
    learnt, held = table["accuracy/train"][-3:].mean(), table["accuracy/validation"][-3:].mean()
    if learnt < 0.9:
        return "label noise"
    return "leak" if held > 0.96 else "overfitting"
