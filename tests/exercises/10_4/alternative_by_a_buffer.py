import io
import os
import pathlib


def save_run(path, run):
    path = pathlib.Path(path)
    new = path.parent / f".{path.name}.{os.getpid()}"
    buffer = io.BytesIO()
    state = [
        [thing.state_dict() for thing in (run.model, run.optimizer, run.schedule)],
        [run.generator.get_state(), torch.random.get_rng_state()],
        {"order": run.order.tolist(), "place": run.place, "epoch": run.epoch, "losses": list(run.losses)},
    ]
    torch.save(state, buffer)
    with open(new, "wb") as file:
        file.write(buffer.getvalue())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def resume_run(path, run):
    with open(path, "rb") as file:
        dicts, generators, rest = torch.load(file, map_location="cpu", weights_only=True)
    run.order = torch.tensor(rest.pop("order"), dtype=torch.int64)
    for name, value in rest.items():
        setattr(run, name, value)
    run.model.load_state_dict(dicts[0])
    run.optimizer.load_state_dict(dicts[1])
    run.schedule.load_state_dict(dicts[2])
    run.generator.set_state(generators[0])
    torch.random.set_rng_state(generators[1])
