class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = list(params), lr, tuple(betas), eps
        self.m = [0.0] * len(self.params)
        self.v = [0.0] * len(self.params)
        self.t = [0] * len(self.params)

    def step(self):
        b1, b2 = self.betas
        for k, p in enumerate(self.params):
            if p.grad is not None:
                self.t[k] += 1
                self.m[k] = self.m[k] + (1 - b1) * (p.grad - self.m[k])
                self.v[k] = self.v[k] + (1 - b2) * (p.grad * p.grad - self.v[k])
                m = self.m[k] / (1 - b1 ** self.t[k])
                root = (self.v[k] / (1 - b2 ** self.t[k])) ** 0.5
                p.data[...] = p.data - self.lr * m / (root + self.eps)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


class AdamW(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * self.weight_decay * p.data
        super().step()
