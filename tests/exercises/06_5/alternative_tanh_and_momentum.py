import karpathy_course.nn.functional as F
from karpathy_course.nn import Linear, Sequential, Tanh
from karpathy_course.optim import SGD


def _loss(network, x, y):
    return F.cross_entropy(network(x), y)


def overfit(x, y):
    inputs = np.asarray(x, dtype="float32")
    network = Sequential(Linear(inputs.shape[1], 200), Tanh(), Linear(200, int(max(y)) + 2))
    steps = SGD(network.parameters(), lr=0.2, momentum=0.95)
    for k in range(499):
        loss = _loss(network, inputs, y)
        if float(loss.data) <= 2e-4:
            return network
        steps.zero_grad()
        loss.backward()
        steps.step()
    return network
