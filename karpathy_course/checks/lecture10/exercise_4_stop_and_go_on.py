"""Exercise 10.4: a checkpoint in the middle of an epoch, from which the run goes on as if nothing had happened.

The probe trains twice: without a stop, and with one, after which a new run takes up the file. What comes over is compared
to the bit: the state at once, part by part, so that what is missing has a name, and the steps that follow. The file is
looked at as well: whether it can be loaded without running code, and whether it was replaced whole.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import drawn
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first

EQUAL, WHOLE, SAFE = "equal to the bit", "replaced whole", "no code in the file"


class StopAndGoOn(Exercise):
    id = "10.4"
    title = "Stop and go on"
    section = "Stop and go on"
    why = "Long trainings are stopped, by a full disk or a shared machine, and only a complete checkpoint makes that harmless."
    difficulty, importance, minutes, points = 3, 5, 35, 5
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("save_run", "resume_run")
    acts = needs
    libraries = ("numpy", "torch")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("torch_tensors", "resumable_runs"))
    properties = {EQUAL: 0.5, WHOLE: 0.3, SAFE: 0.2}
    task = """\
A training is stopped in the middle of an epoch, and has to go on as if that had not happened: **equal to the last bit**. Its
state is the object `run`:

```python
run.model                  # an nn.Module, with Dropout, maybe with BatchNorm
run.optimizer              # torch.optim.SGD with momentum, or torch.optim.Adam
run.schedule               # one of torch.optim.lr_scheduler
run.generator              # a torch.Generator, which shuffles
run.order                  # the order of the samples in this epoch: int64, (samples,); empty before the first step
run.place                  # int: how many of them this epoch has used
run.epoch                  # int
run.losses                 # list of floats: one of each step so far

def advance(run, x, y, steps, batch_size):
    run.model.train()
    for _ in range(steps):
        if run.place >= len(run.order):
            run.epoch, run.place = run.epoch + 1, 0
            run.order = torch.randperm(len(x), generator=run.generator)
        rows = run.order[run.place : run.place + batch_size]
        run.place += batch_size
        loss = nn.functional.cross_entropy(run.model(x[rows]), y[rows])
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        run.schedule.step()
        run.losses.append(loss.item())
```

Write `save_run(path, run)`, which writes all that is needed into one file, and `resume_run(path, run)`, which gets a run that was
made anew in another process, with the same layers and settings and other numbers, and puts everything into it. It
changes the objects that are there: the optimizer goes on holding the model's parameters. One thing that decides how
the run goes on is no part of `run`: what does Dropout draw from?

* Saving changes nothing in the run, nor in any random numbers.
* **The file holds data and no code**: `torch.load(path, weights_only=True)` can read it, so it consists of tensors, numbers,
  texts, lists and dicts. `resume_run` raises an exception, and runs nothing, if a file holds something else.
* **The file is replaced whole.** If there is a file at `path`, it stays complete until the new one is: also if the disk is full in
  the middle of saving (the exception goes on to the caller). Afterwards there is no other file in the folder.

`path` is a text or a `pathlib.Path`."""
    hints = (
        "model, optimizer and schedule have state_dict() and load_state_dict(…); a generator has get_state() and set_state(…). "
        "The global random numbers of PyTorch: torch.get_rng_state() and torch.set_rng_state(…).",
        "A whole file: torch.save(parts, f\"{path}.part\"), then os.replace(f\"{path}.part\", path). The system replaces a name in one go, "
        "so whoever reads sees the old file or the new one.",
        "parts = {\"model\": run.model.state_dict(), …, \"generator\": run.generator.get_state(), \"order\": run.order, \"place\": "
        "run.place, …}. And back: parts = torch.load(path, weights_only=True), run.order = parts[\"order\"], and so on.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, optimizer, norm, steps, more, used=0, **options):
            f, h, c = rng.sample((2, 3, 4, 5), 3)
            n = 8
            case = {"property": property, "optimizer": optimizer, "norm": norm, "sizes": [f, h, c], "batch_size": 3}
            case |= {"steps": steps, "more": more, "used": used, "rate": rng.uniform(0.1, 0.3)} | options
            case |= {"seed": rng.randrange(10**6), "_x": drawn(rng, [n, f], "float32")}
            case["_y"] = {"shape": [n], "dtype": "int64", "numbers": [rng.randrange(c) for _ in range(n)]}
            cases.append(case)

        inside = rng.choice((1, 2, 4, 5, 7, 8))  # of epochs of three steps
        add(EQUAL, "sgd", True, inside, 6, as_path=True)
        add(EQUAL, "adam", False, rng.choice((4, 5)), 5, used=rng.choice((1, 2, 4)))
        add(EQUAL, "adam", True, 3 * rng.randrange(1, 3), 2)
        add(EQUAL, "sgd", False, 0, 2, used=2)
        add(WHOLE, rng.choice(("sgd", "adam")), False, rng.randrange(1, 5), 1)
        add(WHOLE, "sgd", True, 1, 1, as_path=True)
        add(SAFE, "sgd", False, rng.randrange(1, 5), 1)
        add(SAFE, "adam", True, 1, 1)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import os
        import pathlib
        import shutil
        import tempfile

        import torch

        from karpathy_course.checks.shared.resumable_runs import Makes, Unsaveable, advance, new_run, state_of
        from karpathy_course.checks.shared.torch_tensors import kept_states, stirred, tensor_of

        x, y, size = tensor_of(case["_x"]), tensor_of(case["_y"]), case["batch_size"]
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "run.pt")
        given = pathlib.Path(path) if case.get("as_path") else path

        def content():
            with open(path, "rb") as file:
                return file.read()

        with kept_states():
            try:
                whole = new_run(case, case["seed"])
                advance(whole, x, y, case["steps"] + case["more"], size)
                found = {"whole": [whole.losses, state_of(whole)]}
                run = new_run(case, case["seed"])
                advance(run, x, y, case["steps"], size)
                before = state_of(run)
                namespace["save_run"](given, run)
                found |= {"before": before, "after": state_of(run), "exists": os.path.isfile(path)}
                found |= {"files": sorted(os.listdir(folder))[:9], "safe": None}
                if not found["exists"]:
                    return found
                try:
                    torch.load(path, weights_only=True)
                except Exception as error:
                    found["safe"] = type(error).__name__
                advance(run, x, y, case["more"], size)
                found["went_on"] = [run.losses, state_of(run)]
                if case["property"] != "replaced whole":
                    other = new_run(case, case["seed"] + 1)
                    advance(other, x, y, case["used"], size)
                    held = [id(p) for group in other.optimizer.param_groups for p in group["params"]]
                    stirred(case["seed"] + 2)
                    namespace["resume_run"](given, other)
                    found["resumed"] = state_of(other)
                    found["same"] = [id(p) for p in other.model.parameters()] == held
                    found["kinds"] = [
                        type(other.losses).__name__,
                        type(other.place).__name__,
                        type(other.epoch).__name__,
                    ]
                    advance(other, x, y, case["more"], size)
                    found["taken_up"] = [list(other.losses), state_of(other)]
                if case["property"] == "replaced whole":
                    first, inode = content(), os.stat(path).st_ino
                    whole_optimizer = run.optimizer
                    run.optimizer, found["failed"] = Unsaveable(whole_optimizer), "no"
                    try:
                        namespace["save_run"](given, run)
                    except Exception as error:
                        found["failed"] = type(error).__name__
                    found["kept"] = os.path.isfile(path) and content() == first
                    run.optimizer = whole_optimizer
                    namespace["save_run"](given, run)
                    found["files"] = sorted(os.listdir(folder))[:9]
                    found["renewed"] = os.path.isfile(path) and content() != first
                    found["another"] = os.path.isfile(path) and os.stat(path).st_ino != inode
                if case["property"] == "no code in the file":
                    canary = os.path.join(folder, "canary")
                    torch.save({"model": Makes(canary), **{name: Makes(canary) for name in before}}, path)
                    found["raised"] = "no"
                    try:
                        namespace["resume_run"](given, new_run(case, 1))
                    except Exception as error:
                        found["raised"] = type(error).__name__
                    found["ran"] = os.path.exists(canary)
                return found
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("whole", "before", "after", "exists", "files", "safe"))
        where = f"({case['optimizer']}, stopped after {case['steps']} steps, in epochs of 3.)"
        if answer["exists"] is not True:
            raise Mistake(
                "no-file", f"After `save_run` there is no file at `path`. {where}", answer["files"], ["run.pt"], 2
            )
        if answer["after"] != answer["before"]:
            named = differing(answer["before"], answer["after"])
            message = f"`save_run` has changed the run, or the random numbers: {named} is another than before."
            raise Mistake("saving-changes-the-run", f"{message} {where}", hint=1)
        if answer["safe"] is not None:
            message = "torch.load(path, weights_only=True) cannot read the file: it holds objects of Python. Save state_dicts, tensors "
            message += f"and numbers. ({answer['safe']!s:.40}.)"
            raise Mistake("not-weights-only", f"{message} {where}", hint=3)
        if answer["files"] != ["run.pt"]:
            message = (
                "In the folder there are other files than the one at `path`: they have to be gone when it is complete."
            )
            raise Mistake("leaves-files", f"{message} {where}", answer["files"], ["run.pt"], 2)
        if expect_dict(answer, ("went_on",))["went_on"] != answer["whole"]:
            message = "After it was saved the run went on in another way than without."
            raise Mistake("saving-changes-the-run", f"{message} {where}", hint=1)
        if case["property"] != WHOLE:
            judge_resumed(case, answer, where)
        if case["property"] == WHOLE:
            judge_replaced(answer, where)
        if case["property"] == SAFE:
            judge_safe(answer, where)


MISSING = {
    "model": ("model-not-resumed", "the model: its parameters or its buffers", 1),
    "optimizer": ("optimizer-not-resumed", "the optimizer: momentum, Adam's averages and its rate are part of it", 1),
    "schedule": ("schedule-not-resumed", "the schedule: it counts steps", 1),
    "generator": ("generator-not-resumed", "the generator: the next epoch is shuffled in another way", 1),
    "order": ("order-not-resumed", "the order of this epoch's samples", 3),
    "place": ("place-not-resumed", "the place in the epoch", 3),
    "epoch": ("epoch-not-resumed", "the number of the epoch", 3),
    "losses": ("losses-not-resumed", "the list of losses", 3),
    "global": ("dropout-not-resumed", "PyTorch's global random numbers, which Dropout draws from", 1),
}


def differing(one, other):
    if type(one) is not dict or type(other) is not dict:
        return "its state"
    return ", ".join(name for name in MISSING if one.get(name) != other.get(name)) or "its state"


def judge_resumed(case, answer, where):
    expect_dict(answer, ("resumed", "same", "kinds", "taken_up"))
    resumed, before = answer["resumed"], answer["before"]
    if answer["same"] is not True:
        message = "After `resume_run` the optimizer holds other parameters than the model has: it trains nothing. Use load_state_dict."
        raise Mistake("other-parameters", f"{message} {where}", hint=1)
    if answer["kinds"] != ["list", "int", "int"]:
        message = "run.losses has to be a list, run.place and run.epoch whole numbers, as they were."
        raise Mistake("wrong-type", f"{message} {where}", answer["kinds"], ["list", "int", "int"], 3)
    if type(resumed) is dict and type(before) is dict:
        for name, (id, what, hint) in MISSING.items():
            if resumed.get(name) != before.get(name):
                message = f"What is not as it was when the run was saved: {what}."
                raise Mistake(id, f"{message} {where}", hint=hint)
    if answer["taken_up"] != answer["whole"]:
        message = "The run that took up the file went on in another way than the one that was never stopped."
        pair = expect_list(answer["taken_up"], 2, "what came after it")
        raise Mistake("goes-on-in-another-way", f"{message} {where}", pair[0], answer["whole"][0], 1)


def judge_replaced(answer, where):
    expect_dict(answer, ("failed", "kept", "renewed", "another"))
    if answer["failed"] == "no":
        message = (
            "The disk was full in the middle of saving, and the caller never heard of it: let the exception go on."
        )
        raise Mistake("swallows-the-exception", f"{message} {where}", hint=2)
    if answer["kept"] is not True:
        message = "The disk was full in the middle of saving, and the old file is gone or broken. Write beside it, and replace it "
        raise Mistake("not-whole", f"{message}when the new one is complete. {where}", hint=2)
    if answer["renewed"] is not True:
        raise Mistake(
            "not-saved-again", f"A second `save_run` to the same path did not write the new state. {where}", hint=2
        )
    if answer["another"] is not True:
        message = "The old file was written over, byte by byte: if that is interrupted, neither is left. Write a new file and os.replace it."
        raise Mistake("not-whole", f"{message} {where}", hint=2)


def judge_safe(answer, where):
    expect_dict(answer, ("raised", "ran"))
    if answer["ran"] is not False:
        message = "A file with a call in it was loaded, and the call was run: whoever sends a checkpoint can run code. weights_only=True."
        raise Mistake("runs-code", f"{message} {where}", hint=3)
    if answer["raised"] == "no":
        message = "A file that holds other objects was taken up without an exception. torch.load(path, weights_only=True) raises one."
        raise Mistake("accepts-anything", f"{message} {where}", hint=3)
