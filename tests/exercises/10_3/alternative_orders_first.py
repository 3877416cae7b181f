def seeded_run(make_model, update, n, epochs, batch_size, seed):
    import random
    before_torch, before_numpy, before_python = torch.random.get_rng_state(), np.random.get_state(), random.getstate()
    error = None
    torch.manual_seed(seed)
    batches = [rows for _ in range(epochs) for rows in torch.randperm(n).split(batch_size)]
    torch.manual_seed(seed)
    np.random.seed(seed), random.seed(seed)
    model = make_model()
    losses = []
    try:
        for rows in batches:
            losses.append(update(model, rows))
    except BaseException as problem:
        error = problem
    torch.random.set_rng_state(before_torch)
    np.random.set_state(before_numpy)
    random.setstate(before_python)
    if error is not None:
        raise error
    return [model, losses]
