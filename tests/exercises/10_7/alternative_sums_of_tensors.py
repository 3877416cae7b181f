@torch.no_grad()
def error_of(model, x, y):
    return nn.functional.l1_loss(model(x), y)


def train_and_report(model, batches, validation, optimizer):
    losses, first = [], []
    for x, y in batches:
        scores = model(x)
        loss = nn.functional.mse_loss(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        first.append(scores.data[0] + 0.0)
        del scores, loss
    history = [loss.tolist() for loss in losses]
    average = 0.0
    for loss in history:
        average = 0.9 * average + 0.1 * loss
    errors = [error_of(model, x, y) for x, y in validation]
    report = {"history": history, "average": average, "largest": None, "first": first}
    if history:
        report["largest"] = sorted(history)[-1]
    report["validation"] = torch.stack(errors).mean().item()
    return report
