import contextlib
import random as python_random


@contextlib.contextmanager
def seeded(seed):
    of_numpy, of_python = np.random.get_state(), python_random.getstate()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.manual_seed(seed + 3)
            np.random.seed(seed)
            python_random.seed(f"run {seed}")
            yield
        finally:
            np.random.set_state(of_numpy)
            python_random.setstate(of_python)


def seeded_run(make_model, update, n, epochs, batch_size, seed):
    shuffler, losses = np.random.default_rng([seed, 1]), []
    with seeded(seed):
        model = make_model()
        for _ in range(epochs):
            rows = torch.from_numpy(shuffler.permutation(n))
            for start in range(0, n, batch_size):
                losses += [update(model, rows[start : start + batch_size])]
    return model, losses
