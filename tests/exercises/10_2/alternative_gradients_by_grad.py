from torch.nn import functional as F


def step(model, optimizer, x, y, limit):
    scores = model(x)
    loss = F.nll_loss(F.log_softmax(scores, -1), y)
    parameters = tuple(model.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    length = torch.linalg.vector_norm(torch.cat([g.flatten() for g in gradients]))
    for p, g in zip(parameters, gradients):
        p.grad = g * (limit / length).clamp(max=1.0)
    optimizer.step()
    return torch.stack([loss.detach() * len(x), (scores.detach().argmax(-1) == y).sum().to(loss.dtype)])


def train_on_device(model, batches, optimizer, epochs, mean, deviation, limit):
    device = next(iter(model.state_dict().values())).device
    m, d = torch.tensor([mean, deviation], device=device)
    results = torch.zeros(epochs, 2, device=device)
    for k in range(epochs):
        model.train()
        seen = 0
        for x, y in batches:
            results[k] += step(model, optimizer, (x.to(device) - m) / d, y.to(device), limit)
            seen += x.size(0)
        results[k] /= max(seen, 1)
    return tuple(results.unbind(1))
