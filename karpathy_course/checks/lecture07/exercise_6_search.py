"""Exercise 07.6: a search with Optuna that is seeded, pruned, and goes on where it stopped.

The probe reads back from the storage what a search has left there; the judge trains every trial again and applies the
pruner's rule itself. Most studies lie in memory; SQLite, which takes twenty times as long, is asked for where a file has to
be taken up again.
"""

import functools
from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_list
from karpathy_course.checks.lecture05.numpy_when_used import np

STUDY, SEEDED, GOES_ON = "a study of digits", "the seed decides", "it goes on"
SPACE = {
    "rate": ["FloatDistribution", 0.01, 10.0, True, None],
    "momentum": ["FloatDistribution", 0.0, 0.9, False, None],
    "neurons": ["IntDistribution", 4, 32, False, 1],
}
STARTUP, WARMUP = 4, 2  # of the pruner
SAMPLES = 150
BY_CHANCE = 10  # trials that TPESampler draws before it looks at those there are


class Search(Exercise):
    id = "07.6"
    title = "A search that can be trusted"
    section = "Search with Optuna"
    why = "A search that repeats itself exactly can be stopped, resumed and checked by somebody else."
    difficulty, importance, minutes, points = 4, 4, 45, 5
    seconds = 30.0
    needs = ("search",)
    libraries = ("numpy", "optuna")
    shared = ("karpathy_course.checks.shared.digit_training",)
    properties = {STUDY: 0.4, SEEDED: 0.25, GOES_ON: 0.35}
    leaves_out = dict.fromkeys(
        ("minus one", "negative", "fraction", "two equal numbers"), "a seed and a number of trials are whole numbers"
    )
    allows = {"makes whole numbers floats": "its result is a dict of settings, in which 8.0 neurons are 8"}
    task = """\
Write `search(train, storage, trials, seed)`: look with Optuna for the settings with which a small network reads handwritten
digits best, and return them, as `study.best_params` has them.

* `train(rate, momentum, neurons)` trains such a network. It returns an iterator: each item is the validation loss after
  one more of its 8 epochs. An epoch is only computed when its loss is asked for.
* **The study** lies in `storage`, which is what `optuna.create_study` takes: a URL such as `"sqlite:///digits.db"`, or a
  storage object. Its name is `"digits"`, and its values are minimised.
* **A trial** suggests `"rate"` from 0.01 to 10, on a logarithmic scale; `"momentum"` from 0 to 0.9; `"neurons"`, a whole
  number from 4 to 32. Its value is the loss after the last epoch.
* **Pruning**: each loss is reported as soon as it is known, the first one as step 0. Optuna's
  `MedianPruner(n_startup_trials=4, n_warmup_steps=2)` is asked after every report. A trial that it prunes asks for no
  further epoch.
* **Going on**: `trials` is how many trials the study holds in the end that are complete or pruned, all calls together. A
  second call with the same storage keeps what is there and makes what is missing, maybe nothing. If `train` raises an
  exception, `search` lets it through, and that trial does not count. Neither does a trial that the study still calls
  running because its process ended in the middle of it.
* **The seed**: the same seed gives the same trials, however often the search was interrupted: 5 trials and then 12 are the
  same as 12 in one go. Another seed gives other trials: two seeds share no trial, not even at different places.
  NumPy's and Python's own random numbers stay untouched.

Use any of Optuna's samplers that looks at nothing but its seed and the trials that count: `TPESampler` looks at running ones
too, unless it is told `constant_liar=False`. A sampler that is made anew draws the same
numbers again: so give each trial a sampler of its own, seeded by two numbers, `seed` and how many trials there are that
count. `optuna.logging.set_verbosity(optuna.logging.WARNING)` makes Optuna say less."""
    hints = (
        'optuna.create_study(storage=storage, study_name="digits", load_if_exists=True, pruner=…) makes or takes up the study. '
        "Count the trials that are complete or pruned, and as long as there are too few, call study.optimize(…, n_trials=1).",
        "The objective: suggest_float(…, log=True), suggest_float, suggest_int; then for epoch, loss in enumerate(train(…)): "
        "trial.report(loss, epoch), and raise optuna.TrialPruned() if trial.should_prune(). Return the last loss.",
        "Before each trial: study.sampler = optuna.samplers.TPESampler(seed=int(np.random.SeedSequence([seed, "
        "count]).generate_state(1)[0]), constant_liar=False). count is len(study.get_trials(deepcopy=False, states=(COMPLETE, PRUNED))), with the two "
        "from optuna.trial.TrialState.",
    )

    @staticmethod
    def cases(rng):
        from karpathy_course.data import digits

        x, y = digits()
        x = np.rint(16 * x.astype("float64") / x.max()).astype(int)

        def pictures():
            rows = rng.sample(range(len(y)), SAMPLES)
            text = "".join(chr(48 + pixel) for row in rows for pixel in x[row].ravel().tolist())
            return {"_pictures": text, "_labels": "".join(str(y[row]) for row in rows)}

        seed, other = rng.randrange(1, 500), rng.randrange(500, 10_000)
        cases = [
            {"property": STUDY, "calls": [[["memory", 20, seed]]]},
            {
                "property": SEEDED,
                "calls": [
                    [["memory", n, k]]
                    for n, k in ((11, seed), (11, seed), (5, seed + 1), (4, seed + 1000), (3, 0), (2, 0))
                ],
            },
            {
                "property": GOES_ON,
                "calls": [[["memory", 17, other]], [["memory", n, other] for n in (2, 8, 17, 17, 5)]],
            },
            {"property": GOES_ON, "calls": [[["memory", 2, seed]], [["file", n, seed] for n in (1, 2)]]},
        ]
        cases[2] |= {"stops": [0, rng.randrange(2, 4), 0, 0, 0], "running": True}
        return [case | pictures() for case in cases]

    @staticmethod
    def probe(namespace, case):
        import builtins
        import os
        import random
        import shutil
        import tempfile
        from inspect import unwrap

        import numpy as np
        import optuna

        from karpathy_course.checks.shared.digit_training import losses_of

        class SwitchedOff(Exception):
            pass

        folder, asked, stop = tempfile.mkdtemp(), [], [0]

        def train(rate, momentum, neurons):
            if len(asked) > 60:
                raise RuntimeError("train was called more than 60 times")
            entry = [float(rate), float(momentum), int(neurons), 0]
            asked.append(entry)
            for k, loss in enumerate(losses_of(case, *entry[:3])):
                if stop[0] and len(asked) == stop[0] and k == 2:
                    raise SwitchedOff("the machine was switched off")
                entry[3] += 1
                yield loss

        def shared_numbers():
            _, numbers, *more = np.random.get_state()
            return numbers.tobytes(), more, random.getstate()

        def hash_of_process(k):
            """hash, as it is in Python process number k: of a text it is another number in each."""

            def hash_of(thing):
                parts = thing if isinstance(thing, tuple) else (thing,)
                if any(isinstance(part, (str, bytes)) for part in parts):
                    hashed.append(k)
                    return builtins.hash((k, thing))
                return builtins.hash(thing)

            return hash_of

        def leave_running(storage, many):
            """Trials with the best settings so far, whose processes were ended in the middle."""
            study = optuna.load_study(study_name="digits", storage=storage)
            for _ in range(many):
                study.enqueue_trial(study.best_params)
                trial = study.ask()
                trial.suggest_float("rate", 0.01, 10, log=True)
                trial.suggest_float("momentum", 0, 0.9)
                trial.suggest_int("neurons", 4, 32)

        def trials_in(storage):
            if isinstance(storage, str) and not os.path.exists(storage.removeprefix("sqlite:///")):
                return None
            try:
                study = optuna.load_study(study_name="digits", storage=storage)
            except KeyError:
                return None
            rows = []
            for t in study.get_trials(deepcopy=False):
                space = {
                    name: [type(d).__name__, *(getattr(d, part, None) for part in ("low", "high", "log", "step"))]
                    for name, d in t.distributions.items()
                }
                steps = sorted(t.intermediate_values.items())
                row = {"state": t.state.name, "value": t.value, "params": t.params, "space": space}
                rows.append(row | {"steps": [list(pair) for pair in steps]})
            return {"trials": rows, "direction": study.direction.name}

        verbosity = optuna.logging.get_verbosity()
        found, hashed, known = [], [], getattr(unwrap(namespace["search"]), "__globals__", None)
        salted = isinstance(known, dict) and "hash" not in known
        try:
            optuna.logging.set_verbosity(optuna.logging.ERROR)
            for number, calls in enumerate(case["calls"]):
                storage, history = None, []
                for k, (kind, trials, seed) in enumerate(calls):
                    if storage is None:
                        path = os.path.join(folder, f"{number}.db")
                        storage = optuna.storages.InMemoryStorage() if kind == "memory" else f"sqlite:///{path}"
                    elif "running" in case and history[-1]["study"]:
                        leave_running(storage, 12 if k == 2 else 1)
                    asked, stop[0] = [], 0
                    if salted:
                        known["hash"] = hash_of_process(10 * number + k)
                    before, stopped, out = shared_numbers(), False, None
                    if "stops" in case and k < len(calls) and len(calls) > 1 and case["stops"][k]:
                        stop[0] = case["stops"][k]
                        try:
                            namespace["search"](train, storage, trials, seed)
                        except SwitchedOff:
                            stopped = True
                            asked.pop()  # the training that was stopped
                        except Exception as error:
                            if not isinstance(error.__cause__ or error.__context__, SwitchedOff):
                                raise
                            stopped = "another"
                        else:
                            stopped = "no"
                        stop[0] = 0
                    out = namespace["search"](train, storage, trials, seed)
                    call = {"out": out, "study": trials_in(storage), "asked": asked, "stopped": stopped}
                    history.append(call | {"untouched": shared_numbers() == before, "hashed": bool(hashed)})
                found.append(history)
        finally:
            if salted:
                known.pop("hash", None)
            optuna.logging.set_verbosity(verbosity)
            shutil.rmtree(folder, ignore_errors=True)
        return found

    @staticmethod
    def judge(case, answer):
        expect_list(answer, len(case["calls"]), "the list of studies")
        studies = []
        for calls, history in zip(case["calls"], answer):
            before = []
            for call, found in zip(calls, expect_list(history, len(calls), "the list of calls")):
                before = judge_call(case, call, found, before)
            studies.append(before)
        keys = [[tuple(trial["params"].values()) for trial in study] for study in studies]
        if any(found["hashed"] is True for history in answer for found in history):
            judge_hashed(case, keys)
        if case["property"] == SEEDED:
            judge_seeds([calls[-1][2] for calls in case["calls"]], keys)
        if case["property"] == GOES_ON:
            judge_going_on(case, keys)


def judge_call(case, call, found, before):
    """The trials of the study that count, after one call of search; raises the Mistake. before: those before it."""
    expect_dict(found, ("out", "study", "asked", "stopped", "untouched", "hashed"))
    kind, trials, seed = call
    where = f"(search(train, storage, {trials}, {seed}); the storage is {'SQLite' if kind == 'file' else 'in memory'}.)"
    if found["stopped"] == "no":
        message = "`train` raised an exception, and it did not come out of `search`. Do not catch it."
        raise Mistake("swallows-the-exception", f"{message} {where}", hint=1)
    if found["stopped"] == "another":
        message = (
            "`train` raised an exception, and another one came out of `search`. Do not catch it: let it pass as it is."
        )
        raise Mistake("another-exception", f"{message} {where}", hint=1)
    if found["study"] is None:
        raise Mistake("no-study", f'There is no study "digits" in `storage`. {where}', hint=1)
    study = expect_dict(found["study"], ("trials", "direction"), "the study")
    if study["direction"] != "MINIMIZE":
        raise Mistake("maximises", f"The study maximises. A loss is to be made small. {where}", hint=1)
    rows = [trial_in(row, where) for row in expect_list(study["trials"], what="the list of trials")]
    counted = [row for row in rows if row["state"] in ("COMPLETE", "PRUNED")]
    keys = [tuple(row["params"].values()) for row in counted]
    if keys[: len(before)] != [tuple(row["params"].values()) for row in before]:
        message = "The trials that were there before this call are gone: it began a new study. load_if_exists=True takes it up."
        raise Mistake("begins-anew", f"{message} {where}", len(counted), len(before), 1)
    wanted = max(trials, len(before))
    if len(counted) != wanted:
        judge_count(len(counted), wanted, trials, len(before), rows, where)
    for row in counted:
        judge_space(row, where)
    if any(len(row["steps"]) == 0 for row in counted):
        raise Mistake("reports-nothing", f"A trial has reported no loss: trial.report(loss, epoch). {where}", hint=2)
    made = counted[len(before) :]
    for number, row in enumerate(counted):
        if number >= len(before):
            judge_trial(case, row, counted[:number], f"(Trial {number} of {where[1:]}")
    judge_values(made, where)
    judge_asked(found["asked"], made, where)
    if found["untouched"] is not True:
        message = (
            "NumPy's or Python's own random numbers have changed: seed the sampler, and nothing that others use too."
        )
        raise Mistake("global-random-numbers", f"{message} {where}", hint=3)
    judge_best(found["out"], counted, where)
    return counted


def trial_in(row, where):
    """One row of the storage, with the types that the judge goes on with."""
    expect_dict(row, ("state", "value", "params", "space", "steps"), "a trial")
    params, space = expect_dict(row["params"], what="the parameters"), expect_dict(row["space"], what="the ranges")
    if not all(type(x) in (int, float) for x in params.values()) or set(space) != set(params):
        message = f"A trial has to suggest numbers: rate, momentum and neurons. {where}"
        raise Mistake("other-ranges", message, params, sorted(SPACE), 2)
    pairs = expect_list(row["steps"], what="the reported losses")
    if not all(type(p) is list and len(p) == 2 and type(p[0]) is int and type(p[1]) in (int, float) for p in pairs):
        raise Mistake("wrong-type", f"A reported loss is no number. {where}", hint=2)
    return row | {"params": dict(sorted(params.items()))}


def judge_count(got, wanted, trials, before, rows, where):
    shown = {"got": got, "expected": wanted}
    failed = sum(row["state"] in ("FAIL", "RUNNING") for row in rows)
    complete = sum(row["state"] == "COMPLETE" for row in rows)
    if before and got >= before + trials:
        message = (
            f"The call made {trials} more trials. `trials` is how many the study holds in the end, all calls together."
        )
        raise Mistake("adds-trials", f"{message} {where}", **shown, hint=1)
    if got < wanted <= got + failed:
        message = "Trials that failed, or that are still said to be running, were counted. They have no value."
        raise Mistake("counts-failed-trials", f"{message} {where}", **shown, hint=1)
    if got > wanted and complete == wanted:
        message = "Pruned trials were not counted. They count too: the time was spent, and they are known to be bad."
        raise Mistake("pruned-not-counted", f"{message} {where}", **shown, hint=1)
    message = f"The study holds {got} trials that are complete or pruned; {wanted} were expected."
    raise Mistake("wrong-count", f"{message} {where}", **shown, hint=1)


def judge_space(row, where):
    if set(row["params"]) != set(SPACE):
        names = ", ".join(sorted(map(str, row["params"])))[:80] or "nothing"
        message = f"A trial suggests {names}; rate, momentum and neurons were expected. {where}"
        raise Mistake("other-ranges", message, sorted(row["params"]), sorted(SPACE), 2)
    for name, right in SPACE.items():
        if row["space"][name] != right:
            kind, low, high, log, step = right
            got = row["space"][name]
            message = (
                f'"{name}" has to be from {low} to {high}, {"on a logarithmic scale" if log else "on a plain scale"}'
            )
            if type(got) is list and got[:-1] == right[:-1]:
                message += ", in no steps of its own" if step is None else f", in steps of {step}"
            if type(got) is list and got[:1] != [kind]:
                message += f", a {'whole number' if kind.startswith('Int') else 'fraction'}"
            raise Mistake("other-ranges", f"{message}. {where}", got, right, 2)


def judge_trial(case, row, earlier, where):
    """Return when a trial has reported the losses of its training, and was pruned where the median says so."""
    params = row["params"]
    key = (params["rate"], params["momentum"], params["neurons"])
    if not (0.01 <= key[0] <= 10 and 0 <= key[1] <= 0.9 and type(key[2]) is int and 4 <= key[2] <= 32):
        raise Mistake("other-ranges", f"A trial's settings lie outside of their ranges. {where}", params, hint=2)
    curve, steps = curve_of(case["_pictures"], case["_labels"], *key), [step for step, _ in row["steps"]]
    if steps == list(range(1, len(steps) + 1)):
        message = f"The losses were reported as steps 1, 2, …: the first one is step 0. {where}"
        raise Mistake("steps-from-one", message, steps, list(range(len(steps))), 2)
    if steps != list(range(len(steps))):
        message = f"Every loss has to be reported, the first one as step 0. {where}"
        raise Mistake("reports-missing", message, steps, list(range(len(curve))), 2)
    if len(steps) > len(curve) or not all(map(near, (loss for _, loss in row["steps"]), curve)):
        message = f"What was reported are not the losses of a training with this trial's settings. {where}"
        raise Mistake("other-losses", message, [loss for _, loss in row["steps"]], curve, 2)
    end = pruned_after(curve, earlier)
    if row["state"] == "PRUNED" and (end is None or len(steps) < end):
        message = f"The trial was pruned after {len(steps)} epochs; the MedianPruner of the task lets it go on"
        raise Mistake("prunes-too-early", f"{message}. {where}", len(steps), end or len(curve), 1)
    if end is not None and len(steps) > end:
        never = f" The trial went on after epoch {end}, though its losses were all above the median there."
        message = "Ask trial.should_prune() after every report, with the MedianPruner of the task." + never
        raise Mistake("does-not-prune", f"{message} {where}", len(steps), end, 2)
    if end is not None and row["state"] != "PRUNED":
        message = f"The trial ended early, and was not pruned: raise optuna.TrialPruned(). {where}"
        raise Mistake("not-called-pruned", message, row["state"], "PRUNED", 2)
    if end is None and len(steps) < len(curve):
        message = f"The training has {len(curve)} epochs, and {len(steps)} were asked for. {where}"
        raise Mistake("reports-missing", message, len(steps), len(curve), 2)


def judge_values(made, where):
    """Return when the value of each complete trial is its last loss."""
    complete = [(row["value"], [loss for _, loss in row["steps"]]) for row in made if row["state"] == "COMPLETE"]
    if all(near(value, curve[-1]) for value, curve in complete):
        return
    kinds = {"the least": min, "the mean": lambda c: sum(c) / len(c), "the first": lambda c: c[0]}
    said = next(
        (f": it is {k} of all losses" for k, of in kinds.items() if all(near(v, of(c)) for v, c in complete)), ""
    )
    value, curve = next((v, c) for v, c in complete if not near(v, c[-1]))
    message = f"A trial's value has to be the loss after the last epoch{said}. {where}"
    raise Mistake("other-value", message, value, curve[-1], 2)


@functools.lru_cache(maxsize=4096)
def curve_of(pictures, labels, *settings):
    """The losses of one training, kept: a search that is judged again has the same trials."""
    from karpathy_course.checks.shared.digit_training import losses_of

    with np.errstate(all="ignore"):
        return list(losses_of({"_pictures": pictures, "_labels": labels}, *settings))


def near(a, b):
    return type(a) in (int, float) and abs(a - b) <= 1e-4 * max(1.0, abs(b))


def pruned_after(curve, earlier):
    """After how many epochs the task's MedianPruner ends this trial; None where it does not. earlier: the trials before it."""
    complete = [[loss for _, loss in row["steps"]] for row in earlier if row["state"] == "COMPLETE"]
    if len(complete) < STARTUP:
        return None
    for step in range(WARMUP, len(curve)):
        if min(curve[: step + 1]) > np.percentile([losses[step] for losses in complete], 50):
            return step + 1
    return None


def judge_asked(asked, made, where):
    """Return when each trial that was made has asked for as many epochs as it has reported."""
    expect_list(asked, what="the list of trainings")
    if not asked and made:
        raise Mistake("does-not-train", f"`train` was not asked for a single loss. {where}", hint=2)
    if len(asked) > len(made):
        message = f"{len(asked)} trainings were begun for {len(made)} trials that count. Does each call begin the study anew? "
        message += f"load_if_exists=True takes it up. {where}"
        raise Mistake("trains-too-often", message, len(asked), len(made), 1)
    for entry, row in zip(asked, made):
        epochs = expect_integer(expect_list(entry, 4, "a training")[3], "the number of epochs")
        if epochs > len(row["steps"]):
            message = f"A trial was pruned after {len(row['steps'])} losses, but {epochs} were computed: report each loss before "
            raise Mistake("trains-in-vain", f"{message}you ask for the next. {where}", epochs, len(row["steps"]), 2)


def judge_best(out, counted, where):
    complete = [row for row in counted if row["state"] == "COMPLETE"]
    best = min(complete, key=lambda row: row["value"])
    if type(out) is not dict:
        what = "nothing" if out is None else "no dict"
        raise Mistake("not-the-settings", f"`search` returned {what}: return study.best_params. {where}", out, hint=1)
    if out != best["params"]:
        worst = max(complete, key=lambda row: row["value"])
        said = "of the worst trial" if out == worst["params"] else "not those of the best trial"
        raise Mistake("not-the-best", f"The settings that were returned are {said}. {where}", out, best["params"], 1)


def judge_seeds(seeds, keys):
    """Return when equal seeds have equal trials, and others share none."""
    for (seed, first), (other, second) in (
        (a, b) for k, b in enumerate(zip(seeds, keys)) for a in list(zip(seeds, keys))[:k]
    ):
        where = f"(Seeds {seed} and {other}.)"
        if seed == other and first[: len(second)] != second[: len(first)]:
            raise Mistake("not-seeded", f"The same seed gave other trials: the sampler needs a seed. {where}", hint=3)
        if seed != other and first[: len(second)] == second[: len(first)]:
            raise Mistake("seed-ignored", f"Two seeds gave the same trials: use `seed`. {where}", hint=3)
        if seed != other and set(first) & set(second):
            message = "Two seeds share trials. A sum of the seed and a number gives 3 + 4 and 4 + 3 the same: a SeedSequence of "
            raise Mistake("seeds-overlap", f"{message}both does not. {where}", hint=3)
    for seed, study in zip(seeds, keys):
        if len(set(study)) < len(study):
            raise Mistake("repeats-its-draws", f"A study has the same trial twice. {REPEATS} (Seed {seed}.)", hint=3)


REPEATS = "A sampler with the same seed that is made anew draws the same numbers again: seed one for each trial."


def judge_hashed(case, keys):
    """Return when texts that went through hash decided nothing: equal seeds have equal trials in another process too."""
    seeds = [calls[-1][2] for calls in case["calls"]]
    for (seed, first), (other, second) in pairwise(zip(seeds, keys)):
        size = min(len(first), len(second))
        if seed == other and first[:size] != second[:size]:
            message = "The seeds come from hash() of a text, which is another number each time Python starts: after a restart the "
            message += f"same seed gives other trials. (Seed {seed}.)"
            raise Mistake("other-after-a-restart", message, hint=3)


def judge_going_on(case, keys):
    """Return when the study that was interrupted holds the trials of the one that was not."""
    whole, parts = keys
    where = f"({' + '.join(str(b[1] - a[1]) for a, b in pairwise([[0, 0], *case['calls'][1]]) if b[1] > a[1])} trials.)"
    if whole == parts:
        return
    if len(set(parts)) < len(parts):
        raise Mistake(
            "repeats-its-draws", f"After the interruption trials came again that were there. {REPEATS} {where}", hint=3
        )
    early = next(k for k, (a, b) in enumerate(zip(whole, parts)) if a != b)
    if "running" in case and early >= BY_CHANCE:
        message = "A trial that still counts as running changed the next draws. TPESampler looks at such trials too, unless it is "
        message += f"told constant_liar=False. {where}"
        raise Mistake("looks-at-running-trials", message, hint=3)
    message = "A study that was interrupted has other trials than one that was not. What a sampler has drawn is lost when it ends: "
    message += "seed one for each trial, by `seed` and the number of trials that count, and no others."
    raise Mistake("other-than-in-one-go", f"{message} {where}", hint=3)
