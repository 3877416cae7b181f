from karpathy_course import nn, optim


def overfit(x, y):
    x = x.astype(float)
    wide = 64
    hidden = nn.Sequential(
        nn.Linear(x.shape[1], wide, dtype="float64"), nn.LeakyReLU(0.1), nn.Linear(wide, wide, dtype="float64"), nn.ReLU()
    )
    net = nn.Sequential(hidden, nn.Linear(wide, 12, bias=False, dtype="float64"), nn.LogSoftmax(-1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    for step in range(150):
        opt.zero_grad()
        scores = net(x)
        loss = -(scores[np.arange(len(y)), y.astype(int)].mean())
        if loss.item() < 2e-4:
            break
        loss.backward()
        opt.step()
    return net.eval()
