def train_on_device(model, batches, optimizer, epochs, mean, deviation, limit):
    parameters = list(model.parameters())
    where = dict(device=parameters[0].device, dtype=torch.float32)
    losses, shares = [], []
    model.train(True)
    for _ in range(epochs):
        loss_sum, hits, n = torch.zeros((), **where), torch.zeros((), **where), 0
        for x, y in batches:
            x = x.to(**where).sub(torch.tensor(mean, **where)).div_(torch.as_tensor(deviation, **where))
            y = y.to(where["device"], non_blocking=True)
            logits = model(x)
            log_p = logits.log_softmax(dim=1)
            loss = -log_p.gather(1, y[:, None]).mean()
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                norm = sum((p.grad**2).sum() for p in parameters).sqrt()
                factor = torch.where(norm > limit, limit / norm, torch.ones_like(norm))
                for p in parameters:
                    p.grad.mul_(factor)
                hits = hits + logits.max(dim=1).indices.eq(y).sum()
                loss_sum += loss * y.shape[0]
            optimizer.step()
            n += y.shape[0]
        losses.append(loss_sum / n)
        shares.append(hits / n)
    if not losses:
        return torch.empty(0, **where), torch.empty(0, **where)
    return torch.stack(losses), torch.stack(shares)
