class Adam:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.parameters = tuple(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.kept = [{"products": [1.0, 1.0], "first": 0.0, "second": 0.0} for _ in self.parameters]

    def step(self):
        b1, b2 = self.betas
        for p, s in zip(self.parameters, self.kept):
            if p.grad is None:
                continue
            s["first"] = b1 * s["first"] + (1 - b1) * np.float64(p.grad)
            s["second"] = b2 * s["second"] + (1 - b2) * np.square(p.grad, dtype=np.float64)
            s["products"] = [s["products"][0] * b1, s["products"][1] * b2]
            mean, square = s["first"] / (1 - s["products"][0]), s["second"] / (1 - s["products"][1])
            np.subtract(p.data, self.lr * mean / (square**0.5 + self.eps), out=p.data, casting="same_kind")

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
