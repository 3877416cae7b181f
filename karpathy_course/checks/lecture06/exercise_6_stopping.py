"""Exercise 06.6: when to stop, and the curve of a run read back from its event files.

Two trackers are fed the same losses in turn, so that what one keeps cannot leak into the other. The files of a run stand
in the case as their bytes; the curves that they hold stay with the judge.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture06.event_files import as_float32, event_file, file_name
from karpathy_course.checks.lecture06.stopping_rules import (
    BEST_SO_FAR,
    INF,
    NAN,
    STOP,
    WRONG,
    nan_run,
    run_of,
    telling_run,
)
from karpathy_course.checks.shared.wrong_models import Wrong, name_mistake

STOPS, BEST, CURVE = "when to stop", "the best epoch", "a curve read back"


class Stopping(Exercise):
    id = "06.6"
    title = "Stop in time, and read the curve"
    section = "Watch it learn"
    why = "A curve in a file outlives the run that wrote it, so runs of last week and of today can be compared."
    difficulty, importance, minutes, points = 3, 4, 35, 5
    needs = ("EarlyStopping", "read_curve")
    libraries = ("numpy", "tensorboard")
    properties = {STOPS: 0.3, BEST: 0.2, CURVE: 0.5}
    leaves_out = {"two equal numbers": "update takes one loss at a time: equal ones come in calls of their own"}
    task = """\
**A.** Write the class `EarlyStopping(patience, min_delta=0.0)`. Its method `update(loss)` is called at the end of each
epoch with the validation loss, and returns True if training should stop now, else False.

* An epoch is *better* if its loss is lower than the best one so far **by more than** `min_delta`. The first loss is
  better than none; `nan` is never better. Losses may be negative.
* `update` returns True if none of the last `patience` epochs was better, and there have been at least that many.
* `best` is the loss of the last better epoch and `best_epoch` its number, counted from 1. Before there was one they are
  `math.inf` and 0.

**B.** Write `read_curve(folder, tag)`: the curve that a run has written for TensorBoard. `folder` is a path (text or a
`pathlib.Path`). Return a list of pairs `(step, value)`, an int and a float, in the order of
rising steps.

* The folder may hold several event files: a run that was resumed begins a new one. It may have gone back some steps
  first, to its last checkpoint. Where a step was written twice, the value that was written later counts.
* Other files in the folder, runs in folders inside it, other tags and histograms do not count.
* A tag that has no scalars raises a `KeyError`.
* While a run goes on, its files grow: a second call returns what is there by then. Do not change the folder.

`from tensorboard.backend.event_processing.event_accumulator import EventAccumulator` gives a reader of such folders:
`EventAccumulator(folder)`, then `.Reload()`, `.Tags()["scalars"]` and `.Scalars(tag)`, whose items have `.step`,
`.value` and `.wall_time`."""
    hints = (
        "A. Keep the best loss, its epoch, how many updates there have been, and how many in a row were not better. In a "
        "better epoch that last count is 0 again. `loss < self.best - self.min_delta` is False for nan.",
        "B. reader = EventAccumulator(str(folder)); reader.Reload(). It reads all event files of the folder itself, and "
        "hands out the points as they were written: so steps may go back, and come twice. A dict keeps one value for "
        "each step.",
        "A. return self.waited >= self.patience. B. curve = {}; for e in sorted(reader.Scalars(tag), key=lambda e: "
        'e.wall_time): curve[e.step] = e.value; return sorted(curve.items()). Ask `tag in reader.Tags()["scalars"]` '
        "first.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property in (STOPS, BEST):
            columns = STOP if property == STOPS else BEST_SO_FAR
            for draw in (nan_run, telling_run, telling_run):
                patience, min_delta, losses = draw(rng, columns)
                case = {"property": property, "patience": patience, "min_delta": min_delta, "losses": losses}
                cases.append(case)
            falling = sorted((rng.uniform(0.1, 1.5) for _ in range(5)), reverse=True)
            for patience, losses in ((1, [*falling, falling[-1], 0.0]), (2, [NAN, NAN, *falling]), (3, [1.0] * 5)):
                cases.append({"property": property, "patience": patience, "losses": losses})
        return cases + curve_cases(rng)

    @staticmethod
    def probe(namespace, case):
        import base64
        import pathlib
        import shutil
        import tempfile

        if case["property"] != "a curve read back":
            patience, more = case["patience"], {"min_delta": case["min_delta"]} if "min_delta" in case else {}

            def fed(sequences):
                """The rows of trackers that are fed in turn: [result, best, best_epoch] after each loss."""
                made = [namespace["EarlyStopping"](patience, **more) for _ in sequences]
                found = [[["start", one.best, one.best_epoch]] for one in made]
                for k in range(max(map(len, sequences))):
                    for one, losses, rows in zip(made, sequences, found):
                        if k < len(losses):
                            rows.append([one.update(losses[k]), one.best, one.best_epoch])
                return found

            return fed([case["losses"]]) + fed([case["losses"]] * 2)
        folder = pathlib.Path(tempfile.mkdtemp())
        try:
            found = []
            for files in case["_files"]:
                for name, text in files:
                    (folder / name).parent.mkdir(exist_ok=True)
                    (folder / name).write_bytes(base64.b64decode(text))
                look = lambda: sorted((str(p), p.stat().st_size) for p in folder.rglob("*"))
                before = look()
                try:
                    out = namespace["read_curve"](folder if case["as_path"] else str(folder), case["tag"])
                    out = {"points": len(out)} if isinstance(out, dict) else out
                except KeyError:
                    if not case["unknown"]:
                        raise
                    out = "KeyError"
                found.append({"curve": out, "changed": look() != before})
            return found
        finally:
            shutil.rmtree(folder)

    @staticmethod
    def judge(case, answer):
        if case["property"] == CURVE:
            return judge_curves(case, answer)
        expect_list(answer, 3, "the list of trackers")
        judge_tracker(case, answer[0], case["losses"])
        try:
            for rows in answer[1:]:
                judge_tracker(case, rows, case["losses"])
        except Mistake as error:
            message = "Two trackers that are fed in turn are not what each is alone: what they keep belongs on `self`, not on "
            message += "the class."
            raise Mistake("shared-between-trackers", message, error.got, error.expected, 1) from None


def judge_tracker(case, rows, losses):
    min_delta = case.get("min_delta", 0.0)
    right = run_of(case["patience"], min_delta, losses)
    expect_list(rows, len(right) + 1, "the list of updates")
    for row in rows:
        if type(row) is not list or len(row) != 3:
            raise Mistake("wrong-type", "An update has no result, best and best_epoch.")
    if type(rows[0][1]) not in (int, float) or rows[0][1] != INF or type(rows[0][2]) is not int or rows[0][2] != 0:
        message = "Before the first update `best` is math.inf and `best_epoch` is 0."
        raise Mistake("wrong-start", message, rows[0][1:], [INF, 0], 1)
    for stop, best, epoch in rows[1:]:
        if type(stop) is not bool:
            said = "nothing: is a `return` missing?" if stop is None else f"{stop!r:.40}."
            raise Mistake("not-a-truth", f"`update` returned {said} True or False was expected.", stop, hint=1)
        if type(best) not in (int, float) or type(epoch) is not int:
            message = "`best` has to be a loss, and `best_epoch` a whole number."
            raise Mistake("wrong-type", message, [best, epoch], hint=1)
    columns = STOP if case["property"] == STOPS else BEST_SO_FAR
    got = [[float(row[c]) for c in columns] for row in rows[1:]]
    expected = [[row[c] for c in columns] for row in right]
    if same(got, expected):
        return
    k = next(k for k, (a, b) in enumerate(zip(got, expected)) if not same(a, b))
    words = "{}" + f" (patience {case['patience']}, min_delta {min_delta:g}, after epoch {k + 1}: loss {losses[k]:g}.)"
    if columns is STOP:
        shown = {"got": rows[k + 1][0], "expected": bool(right[k][0])}
    else:
        shown = {"got": got[k], "expected": expected[k]}
    parts = [
        Wrong(w.id, lambda *given, w=w: [[r[c] for c in columns] for r in w.model(*given)], w.message, w.hint)
        for w in WRONG
    ]
    name_mistake(parts, (case["patience"], min_delta, losses), got, words, same, **shown)
    what = "whether to stop" if columns is STOP else "best and best_epoch"
    raise Mistake("wrong-tracker", words.format(f"That is not {what}."), **shown, hint=1)


def same(a, b):
    """Equal lists of numbers; infinities and nan too."""
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) in (int, float) and type(b) in (int, float) and (a == b or (a != a and b != b))


TAGS = ("loss/validation", "loss/train", "accuracy/validation", "learning rate")


def curve_cases(rng):
    cases = []
    begun = 1.7e9 + rng.randrange(10**6)

    def curve(steps):
        return {tag: [(s, rng.uniform(-1, 2)) for s in steps] for tag in TAGS}

    def events(curves, shuffled=False):
        rows = [(s, tag, v) for tag, points in curves.items() for s, v in points]
        rows += [(s, "parameters/0.weight", None) for s, _ in curves[TAGS[0]][-1:]]
        return rng.sample(rows, len(rows)) if shuffled else sorted(rows, key=lambda row: row[0])

    def add(parts, tag=TAGS[0], others=(), unknown=False, same_second=False):
        """parts: the curves of each file, and whether it is there only at the second call.

        same_second: the files are written within one second, which their names count: then the names are not in the
        order of time.
        """
        files, so_far, curves = [list(others), []], {}, []
        for late in (False, True):
            for k, (part, is_late) in enumerate(parts):
                if is_late == late:
                    time = begun + (0.001 if same_second else 10_000) * k
                    name = f"events.out.tfevents.{time:.0f}.pc.{9 - k}00.0" if same_second else file_name(time, rng)
                    files[late].append([name, event_file(events(part), rng, time, not k, 1e-5 if same_second else 1)])
                    so_far |= {s: as_float32(v) for s, v in part.get(tag, ())}
            curves.append([[s, so_far[s]] for s in sorted(so_far)])
        calls = 2 if files[1] else 1
        case = {
            "property": CURVE,
            "tag": tag,
            "as_path": len(cases) % 2 == 1,
            "unknown": unknown,
            "_files": files[:calls],
        }
        cases.append(case | {"judge": {"curves": curves[:calls]}})

    step = rng.randrange(2, 6)
    add([(curve(range(0, 6 * step, step)), False)])
    far = rng.randrange(5_000, 9_000)
    first, second = curve(range(10, 60, 10)), curve((30, 35, 40, 45, 50, 55, 60, 70))  # it looks more often
    add([(first, False), (second, False)], rng.choice(TAGS[1:3]))
    add([(curve(range(1, 8)), False), (curve(range(5, 9)), False), (curve(range(3, 7)), False)])
    alone = curve([far])
    notes = [["notes.txt", "bm90ZXM="], ["checkpoint.npz", "UEsDBA=="], ["events.txt", "AAAA"]]
    inner = event_file(events(curve([0, 10, 20, 30, far])), rng, begun + 5)
    other = [[f"other/{file_name(begun + 5, rng)}", inner]]
    add([(alone, False)], "accuracy/validation", notes + other)
    add([(curve([3, 5, 7]), False), (curve([7, 9]), True)], "loss/train")
    add([(curve([0, 1]), False)], rng.choice(("loss", "validation", "loss/test", "")), unknown=True)
    add([(curve([0, 1]), False)], "parameters/0.weight", unknown=True)
    gone = {TAGS[0]: [(k, v) for k, v in zip(range(1, 6), (1.0, 0.0, -1.0, NAN, INF))]}
    add([({**curve([1, 2]), **gone}, False)])
    add([(curve(range(2, 6)), False), (curve(range(3, 8)), False)], TAGS[2], same_second=True)
    return cases


def judge_curves(case, answer):
    rights = case["judge"]["curves"]
    expect_list(answer, len(rights), "the list of both calls")
    for k, (found, right) in enumerate(zip(answer, rights)):
        where = f"(tag {case['tag']!r}{', called again after the run had gone on' if k else ''}.)"
        curve = expect_dict(found, ("curve", "changed"))["curve"]
        if case["unknown"]:
            if curve != "KeyError":
                message = f"A tag without scalars has to raise a KeyError. {where}"
                raise Mistake("no-refusal", message, curve, "KeyError", 3)
            continue
        judge_curve(curve, right, where, rights[0] if k else None)
        if found["changed"] is not False:
            raise Mistake("changes-the-folder", f"Files in the folder have changed, or are new: only read. {where}")


def judge_curve(curve, right, where, before):
    if type(curve) is dict:
        raise Mistake("not-pairs", f"A dict was returned. Return a list of pairs (step, value). {where}", hint=3)
    expect_list(curve, what="the curve")
    if len(curve) == 2 and all(type(x) is list for x in curve) and len(curve[0]) == len(right) != 2:
        message = f"Two lists were returned, of steps and of values. Return one list of pairs (step, value). {where}"
        raise Mistake("not-pairs", message, curve, right, 3)
    for point in curve:
        if type(point) is not list or len(point) != 2:
            message = f"Each entry has to be a pair (step, value). {where}"
            raise Mistake("not-pairs", message, point, right[0], 3)
        if type(point[0]) is not int or type(point[1]) is not float:
            message = f"In each pair the step is an int and the value a float. {where}"
            raise Mistake("wrong-type", message, point, right[0], 3)
    if same(curve, right):
        return
    shown = {"got": curve, "expected": right}
    steps, wanted = [s for s, _ in curve], [s for s, _ in right]
    if before is not None and same(curve, before):
        message = f"The second call gave the old curve: the run has gone on. Read the files at every call. {where}"
        raise Mistake("remembers-the-curve", message, **shown, hint=2)
    if sorted(set(steps)) == wanted and len(steps) > len(wanted):
        message = "A step appears twice: the run went back to a checkpoint and wrote it again. Keep the later value."
        raise Mistake("keeps-both", f"{message} {where}", **shown, hint=2)
    if sorted(curve) == right:
        raise Mistake("wrong-order", f"The points have to come by rising step. {where}", **shown, hint=3)
    if steps == wanted and [v for _, v in curve] == sorted(v for _, v in curve):
        raise Mistake("sorted-values", f"The values were sorted by themselves. {where}", **shown, hint=3)
    if steps == wanted:
        message = "Some values are not those that were written last for their step. Later is what has the greater `.wall_time` "
        message += "(the order of the files' names need not be that of time), and a later value has to overwrite the "
        message += f"earlier: `setdefault`, or a test for whether the step is there, keeps the first. {where}"
        raise Mistake("earlier-value", message, **shown, hint=2)
    if set(steps) < set(wanted):
        missing = [value for step, value in right if step not in steps]
        message = f"{len(missing)} of {len(wanted)} steps are missing: "
        if all(value == 0 or not math.isfinite(value) for value in missing):
            message += f"those whose value is {missing[0]:g}. It is a value like others."
        else:
            message += (
                "all event files of the folder count, and of an earlier one also the steps that were not written anew."
            )
        raise Mistake("points-missing", f"{message} {where}", **shown, hint=2)
    if set(steps) > set(wanted):
        message = f"There are points of another run or tag: folders inside the folder are other runs. {where}"
        raise Mistake("points-too-many", message, **shown, hint=2)
    raise Mistake("wrong-curve", f"That is not the curve that was written. {where}", **shown, hint=2)
