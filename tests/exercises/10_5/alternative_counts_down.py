import math


def mixed_step(model, loss_function, optimizer, x, y):
    @torch.amp.autocast("cpu", torch.bfloat16)
    def forward():
        return model(x)

    scores = forward().to(torch.float32)
    optimizer.zero_grad()
    loss = loss_function(scores, y)
    loss.backward()
    optimizer.step()
    return torch.tensor(loss.item())


class LossScaler:
    def __init__(self, scale=2.0**16, growth=2.0, backoff=0.5, interval=2000):
        self.scale = float(scale)
        self.settings = growth, backoff, interval
        self.left = interval

    def scaled(self, loss):
        return torch.mul(loss, self.scale)

    @torch.no_grad()
    def step(self, optimizer):
        growth, backoff, interval = self.settings
        largest = 0.0
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.grad.div_(self.scale)
                here = p.grad.abs().max().item()
                largest = max(largest, here if math.isfinite(here) else math.inf)
        if not math.isfinite(largest):
            self.scale *= backoff
            self.left = interval
            return False
        optimizer.step()
        self.left -= 1
        if self.left == 0:
            self.scale *= growth
            self.left = interval
        return True
