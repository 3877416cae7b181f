class Adam:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.parameters = tuple(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        for p in self.parameters:
            p.products, p.first, p.second = [1.0, 1.0], 0.0, 0.0

    def step(self):
        b1, b2 = self.betas
        for p in (p for p in self.parameters if p.grad is not None):
            p.first = b1 * p.first + (1 - b1) * np.float64(p.grad)
            p.second = b2 * p.second + (1 - b2) * np.square(p.grad, dtype=np.float64)
            p.products = [p.products[0] * b1, p.products[1] * b2]
            mean, square = p.first / (1 - p.products[0]), p.second / (1 - p.products[1])
            np.subtract(p.data, self.lr * mean / (square**0.5 + self.eps), out=p.data, casting="same_kind")

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
