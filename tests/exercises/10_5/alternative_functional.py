def mixed_step(model, loss_function, optimizer, x, y):
    parameters = [p for p in model.parameters()]
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16, cache_enabled=False):
        scores = model(x)
    loss = loss_function(scores.type(torch.float32), y)
    for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = gradient
    optimizer.step()
    with torch.no_grad():
        return loss.clone()


class LossScaler:
    steps = 0

    def __init__(self, scale=65536.0, growth=2.0, backoff=0.5, interval=2000):
        vars(self).update(scale=scale, growth=growth, backoff=backoff, interval=interval)

    def scaled(self, loss):
        return self.scale * loss

    def step(self, optimizer):
        ps = [p for group in optimizer.param_groups for p in group["params"]]
        good = True
        for p in ps:
            if p.grad is not None:
                p.grad = p.grad * (1 / self.scale)
                good = good and torch.isfinite(p.grad).all().item()
        if good:
            optimizer.step()
            self.steps += 1
            if self.steps % self.interval == 0:
                self.scale *= self.growth
        else:
            self.scale *= self.backoff
            self.steps = 0
        return good
