import os
import tempfile

WITH_STATE = ["model", "optimizer", "schedule"]


def save_run(path, run):
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    os.close(handle)
    parts = {}
    for name, thing in vars(run).items():
        if name in WITH_STATE:
            thing = thing.state_dict()
        elif name == "generator":
            thing = thing.get_state()
        parts[name] = thing
    try:
        torch.save({"run": parts, "dropout": torch.get_rng_state()}, beside)
    except BaseException:
        os.unlink(beside)
        raise
    os.rename(beside, path)


def resume_run(path, run):
    saved = torch.load(path)  # weights_only=True is what it does by itself
    for name, part in saved["run"].items():
        if name in WITH_STATE:
            vars(run)[name].load_state_dict(part)
        elif name == "generator":
            run.generator.set_state(part)
        elif name == "losses":
            run.losses[:] = part
        else:
            vars(run)[name] = part
    torch.set_rng_state(saved["dropout"])
