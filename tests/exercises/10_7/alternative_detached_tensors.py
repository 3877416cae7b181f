def one_step(model, x, y, optimizer):
    scores = model(x)
    loss = (scores - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item(), torch.tensor(scores[0].tolist())


def train_and_report(model, batches, validation, optimizer):
    steps = [one_step(model, x, y, optimizer) for x, y in batches]
    history = [loss for loss, _ in steps]
    average = 0.0
    for loss in history:
        average += 0.1 * (loss - average)
    errors = []
    for x, y in validation:
        with torch.inference_mode():
            errors.append((model(x) - y).abs().mean().item())
    return dict(history=history, average=average, largest=max(history) if history else None,
                first=[scores for _, scores in steps], validation=float(np.mean(errors)))
