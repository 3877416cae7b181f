def predict_in_batches(model, x, batch_size=32):
    layers = list(model.modules())
    modes = [layer.training for layer in layers]
    try:
        model.train(False)
        return np.concatenate([model(x[start : start + batch_size]) for start in range(0, len(x), batch_size)])
    except BaseException:
        raise
    finally:
        for layer, mode in zip(layers, modes):
            layer.training = mode


def fit_and_validate(model, batches, x, y, epochs, update):
    accuracies = []
    for epoch in range(epochs):
        for module in model.modules():
            module.training = True
        for batch in batches:
            update(model, *batch)
        model.eval()
        right = 0
        for row, label in zip(x, y):
            right += int(predict_in_batches(model, row[None])[0].argmax() == label)
        accuracies.append(right / len(y))
    model.train()
    return accuracies
