class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.entries = [{"p": p, "t": 0, "m": p.data * 0, "v": p.data * 0} for p in params]

    def step(self):
        (b1, b2), lr = self.betas, self.lr
        for e in self.entries:
            g = e["p"].grad
            if g is None:
                continue
            e["t"] += 1
            e["m"] *= b1
            e["m"] += (1 - b1) * g
            e["v"] *= b2
            e["v"] += (1 - b2) * g**2
            shorter = np.sqrt(1 - b2 ** e["t"]).item()
            step = shorter / (1 - b1 ** e["t"]) * e["m"] / (np.sqrt(e["v"]) + self.eps * shorter)
            e["p"].data[...] -= lr * (step + self.weight_decay * e["p"].data)

    def zero_grad(self):
        for e in self.entries:
            e["p"].grad = None
