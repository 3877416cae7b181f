from math import sqrt


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.lr, self.eps = lr, eps
        self.b1, self.b2 = betas
        self.params = [*params]
        self.m, self.v, self.steps = {}, {}, {}

    def step(self):
        for p in self.params:
            if p.grad is not None:
                self.update(p, p.grad)

    def update(self, p, g):
        key = id(p)
        if key not in self.m:
            self.m[key] = np.zeros(p.data.shape, p.data.dtype)
            self.v[key] = np.zeros(p.data.shape, p.data.dtype)
            self.steps[key] = 0
        self.steps[key] += 1
        self.m[key] += (1 - self.b1) * (g - self.m[key])
        self.v[key] *= self.b2
        self.v[key] += (1 - self.b2) * g * g
        c1, c2 = 1 - self.b1 ** self.steps[key], 1 - self.b2 ** self.steps[key]
        denominator = np.sqrt(self.v[key]) / sqrt(c2) + self.eps
        p.data -= self.lr / c1 * self.m[key] / denominator

    def zero_grad(self):
        for p in self.params:
            p.grad = None
