"""Exercise 07.5: a rate that rises, falls along a cosine, begins anew, and stays where it ended.

A case asks for many steps of one schedule: those where its parts meet, both beside them, some between, and some beyond the
end. So what each usual mistake gives is a list of numbers, and no two such lists are alike.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list, expect_number
from karpathy_course.checks.shared.wrong_models import Wrong, result_of

WARM_UP, COSINE, CYCLES = "the warm-up", "the cosine and its end", "cycles"
TOLERANCE = 1e-9  # of the peak


class Schedule(Exercise):
    id = "07.5"
    title = "Up, down, and up again"
    section = "Schedules"
    why = "A schedule that is a function of the step alone goes on where it was after a restart, with nothing to save."
    difficulty, importance, minutes, points = 2, 4, 25, 3
    needs = ("schedule",)
    properties = {WARM_UP: 0.35, COSINE: 0.35, CYCLES: 0.3}
    leaves_out = {"minus one": "steps count from 0, and rates are not negative", "negative": "as with minus one"}
    task = """\
Write `schedule(step, steps, warmup, peak, last=0.0, cycles=1)`: the learning rate of one step, a plain float. Steps count
from 0, and a training has `steps` of them. The function depends on its arguments alone.

* **Warm-up**: in the first `warmup` steps the rate grows by the same amount from step to step. It is never 0, and would be
  0 one step before the first: step 0 has the rate `peak / (warmup + 1)`, and step `warmup` has `peak`. With `warmup=0` it
  is `peak` at step 0.
* **Cosine**: from step `warmup` on the rate falls from `peak` along half a wave of the cosine, slowly, then faster, then
  slowly again, so that it would reach `last` at step `steps`. Half-way between the two it is the mean of `peak` and `last`.
* **Cycles**: with `cycles` above 1, the steps from `warmup` to `steps` are cut into that many parts of the same length
  (`steps - warmup` is a multiple of `cycles`). Each part is such a cosine of its own, from `peak` downwards: its first step
  has the rate `peak` again, without a warm-up.
* **Beyond the end**: at step `steps` and at every later one the rate is `last`. This holds for `warmup` equal to `steps`
  too, where there is no cosine."""
    hints = (
        "Three parts, asked for in this order: is the step beyond the end? Is it in the warm-up? If neither, how many steps "
        "of how many has this cosine done?",
        "Warm-up: peak * (step + 1) / (warmup + 1). Cosine: with a share from 0 to 1 of it done, (1 + cos(π · share)) / 2 goes "
        "from 1 to 0; multiply it by peak - last, and add last.",
        "length = (steps - warmup) // cycles; share = (step - warmup) % length / length. The remainder makes each cycle begin "
        "at 0. `if step >= steps: return float(last)` comes first, so length is never 0 below it.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, warmup, length, peak, *more, asked=None):
            cycles = more[1] if len(more) > 1 else 1
            steps = warmup + length * cycles
            ends = [warmup + length * k for k in range(cycles + 1)]
            near = {e + d for e in ends for d in (-1, 0, 1)} | {0, 1, warmup // 2, steps + length, steps + 1000}
            near |= {e + length // 2 for e in ends[:-1]} | {e + rng.randrange(length) for e in ends[:-1] if length}
            order = sorted(k for k in near if k >= 0 and (asked is None or asked(k, warmup, steps)))
            rng.shuffle(order)
            case = {"property": property, "steps": steps, "warmup": warmup, "peak": peak, "more": list(more)}
            cases.append(case | {"asked": order, "_before": between(rng, steps, warmup, peak, *more)})

        small = lambda: 10 ** rng.uniform(-4, -2)
        up = lambda k, warmup, steps: k <= warmup
        down = lambda k, warmup, steps: k >= warmup
        add(WARM_UP, rng.randrange(5, 12), 2 * rng.randrange(20, 40), rng.uniform(0.1, 2), asked=up)
        add(WARM_UP, 1, 2 * rng.randrange(3, 9), small(), small() / 10, asked=up)
        add(WARM_UP, 0, 2 * rng.randrange(5, 9), 1, rng.uniform(0.1, 0.5), asked=lambda k, w, s: k < 1)
        add(WARM_UP, rng.randrange(90, 300), 1000, rng.uniform(0.1, 2), rng.uniform(0.01, 0.05), asked=up)
        add(COSINE, rng.randrange(5, 12), 2 * rng.randrange(20, 40), rng.uniform(0.1, 2), asked=down)
        add(COSINE, rng.randrange(5, 12), 2 * rng.randrange(20, 40) + 1, 1, rng.uniform(0.1, 0.5), asked=down)
        add(COSINE, 0, 4 * rng.randrange(3, 9), small(), small() / 10)
        add(COSINE, 0, 1, rng.uniform(0.1, 2), rng.uniform(0.01, 0.05))
        add(COSINE, rng.randrange(3, 9), 0, rng.uniform(0.1, 2), rng.uniform(0.01, 0.05))
        add(COSINE, 0, 0, rng.uniform(0.1, 2), rng.uniform(0.01, 0.05))
        add(CYCLES, rng.randrange(5, 12), 2 * rng.randrange(4, 9), rng.uniform(0.5, 2), rng.uniform(0.1, 0.3), 3)
        add(CYCLES, 0, rng.randrange(6, 30), rng.uniform(0.5, 2), 0, 2)
        add(CYCLES, rng.randrange(1, 4), rng.randrange(6, 30), rng.uniform(0.5, 2), rng.uniform(0.1, 0.3), 4)
        add(CYCLES, rng.randrange(3, 9), 1, rng.uniform(0.5, 2), rng.uniform(0.1, 0.3), 4)
        return cases

    @staticmethod
    def probe(namespace, case):
        given, schedule = (case["steps"], case["warmup"], case["peak"], *case["more"]), namespace["schedule"]
        earlier = [schedule(step, *other) for other in case["_before"] for step in case["asked"]]
        rates = [schedule(step, *given) for step in case["asked"]]
        again = [schedule(step, *given) for step in case["asked"][::-1]][::-1]
        plain = all(isinstance(rate, float) for rate in earlier + rates)
        return {"rates": rates, "again": again, "plain": plain}

    @staticmethod
    def judge(case, answer):
        last, cycles = [*case["more"], *(0.0, 1)[len(case["more"]) :]]
        steps, warmup, peak, asked = case["steps"], case["warmup"], case["peak"], case["asked"]
        given = (steps, warmup, peak, last, cycles)
        told = f"steps={steps}, warmup={warmup}, peak={peak:.4g}, last={last:.4g}, cycles={cycles}"
        expect_dict(answer, ("rates", "again", "plain"))
        expect_list(answer["again"], len(asked), "the second list of rates")
        again, plain, answer = (
            answer["again"],
            answer["plain"],
            expect_list(answer["rates"], len(asked), "the list of rates"),
        )
        right = [rate_at(step, *given) for step in asked]
        for step, got in sorted(zip(asked, answer)):
            expect_number(got, f"the rate of step {step}")
            if type(got) is not float:
                raise Mistake(
                    "not-a-float", f"The rate of step {step} is {got!r}: a float was expected. ({told}.)", hint=3
                )
        if plain is not True:
            raise Mistake("not-a-float", f"A rate is no plain float, but of NumPy or a whole number. ({told}.)", hint=3)
        if again != answer:
            message = "A second call with the same arguments returned another rate. The function depends on its arguments alone: "
            message += "count and keep nothing."
            at = next((k for k, (a, b) in enumerate(zip(again, answer)) if a != b), 0)
            raise Mistake("second-call-differs", f"{message} ({told}.)", again[at], answer[at], 1)
        if same(answer, right, peak):
            return
        off = sorted(step for step, a, b in zip(asked, answer, right) if not same([a], [b], peak))
        at = asked.index(off[0])
        where = f"(Step {off[0]} with {told}.)"
        shown = {"got": answer[at], "expected": right[at]}
        for wrong in WRONG:
            if same(answer, [result_of(wrong.model, (step, *given)) for step in asked], peak):
                raise Mistake(wrong.id, f"{wrong.message} {where}", **shown, hint=wrong.hint)
        for other in case["_before"]:
            if same(answer, [rate_at(step, *other) for step in asked], peak):
                message = "The rate is that of an earlier call, with other arguments. Keep nothing, or keep it by all of the arguments."
                raise Mistake("remembers-other-arguments", f"{message} {where}", **shown, hint=1)
        part = "warm-up" if off[0] < warmup else "cosine" if off[0] < steps else "end"
        place = "beyond the end" if part == "end" else f"in the {part}"
        message = f"{len(off)} of {len(asked)} rates {'is' if len(off) == 1 else 'are'} not right; the first of them is {place}."
        raise Mistake(f"wrong-{part}", f"{message} {where}", **shown, hint=2)


def between(rng, steps, warmup, peak, last=0.0, cycles=1):
    """What else the function is called with before: each time one argument is another, so that a cache has to know all."""
    others = [[steps, warmup, 2 * peak, last, cycles], [steps, warmup, peak, (last + peak) / 2, cycles]]
    if steps > warmup:
        others.append([steps + cycles, warmup, peak, last, cycles])
    if steps - warmup > 1:
        others.append([steps, warmup, peak, last, steps - warmup if steps - warmup != cycles else 1])
    rng.shuffle(others)
    return others


def same(got, right, peak):
    return all(b is not None and abs(a - b) <= TOLERANCE * peak for a, b in zip(got, right))


def rate_at(
    step, steps, warmup, peak, last, cycles,
    up=lambda step, warmup, peak, last: peak * (step + 1) / (warmup + 1),
    share=lambda step, steps, warmup, length: (step - warmup) % length / length,
    down=lambda share: (1 + math.cos(math.pi * share)) / 2,
    mixed=lambda peak, last, part: last + (peak - last) * part,
    beyond=lambda peak, last: last,
    ends=lambda step, steps: step >= steps,
    warms=lambda step, warmup: step < warmup,
):  # fmt: skip
    """The rate of a step; the keywords are mistakes to be made."""
    length = (steps - warmup) / cycles
    if beyond is not None and ends(step, steps):
        return float(beyond(peak, last))
    if warms(step, warmup):
        return up(step, warmup, peak, last)
    return mixed(peak, last, down(share(step, steps, warmup, length)))


def mistake(id, message, hint, **change):
    return Wrong(id, lambda *given: rate_at(*given, **change), message, hint)


def within(share):
    """share without cycles: of all the steps after the warm-up."""
    return lambda step, steps, warmup, length: share(step, steps, warmup)


WRONG = [
    mistake("begins-at-zero", "The warm-up begins with a rate of 0, and the first step is lost: multiply by step + 1.", 2,
            up=lambda step, warmup, peak, last: peak * step / warmup),
    mistake("begins-at-zero", "The warm-up begins with a rate of 0, and the first step is lost: multiply by step + 1.", 2,
            up=lambda step, warmup, peak, last: peak * step / (warmup + 1)),
    mistake("peak-too-early", "The peak is reached one step too early: it belongs to step `warmup`, so divide by warmup + 1.", 2,
            up=lambda step, warmup, peak, last: peak * (step + 1) / warmup),
    mistake("no-warm-up", "There is no warm-up: the first steps have the whole rate.", 1,
            up=lambda step, warmup, peak, last: peak),
    mistake("warm-up-from-last", "The warm-up rises from `last`. It rises from 0, which it would have one step before the first.",
            2, up=lambda step, warmup, peak, last: last + (peak - last) * (step + 1) / (warmup + 1)),
    mistake("warm-up-from-last", "The warm-up rises from `last`. It rises from 0, which it would have one step before the first.",
            2, up=lambda step, warmup, peak, last: last + (peak - last) * step / warmup),
    mistake("warm-up-curved", "The warm-up follows a cosine. It grows by the same amount from step to step.", 2,
            up=lambda step, warmup, peak, last: peak * (1 - math.cos(math.pi * (step + 1) / (warmup + 1))) / 2),
    mistake("warm-up-too-long", "Step `warmup` still belongs to the warm-up, which is one step too long.", 2,
            up=lambda step, warmup, peak, last: peak * (step + 1) / (warmup + 2),
            warms=lambda step, warmup: step <= warmup),
    mistake("counts-the-warm-up", "The cosine counts from step 0. It begins at step `warmup`: subtract it, from `steps` too.", 1,
            share=within(lambda step, steps, warmup: step / steps)),
    mistake("counts-the-warm-up", "The cosine has the length of the whole training. It begins at step `warmup`, so it is "
            "steps - warmup long.", 1, share=within(lambda step, steps, warmup: (step - warmup) / steps)),
    mistake("ends-too-early", "The cosine reaches `last` one step too early. It would have it at step `steps`.", 1,
            share=within(lambda step, steps, warmup: (step - warmup) / (steps - warmup - 1))),
    mistake("quarter-of-a-wave", "That is a quarter of a wave, cos(π/2 · share): it falls fastest at the end. Half a wave falls "
            "slowly again at the end: (1 + cos(π · share)) / 2.", 2, down=lambda share: math.cos(math.pi / 2 * share)),
    mistake("straight", "The rate falls along a straight line. Half a wave of the cosine begins and ends slowly.", 2,
            down=lambda share: 1 - share),
    mistake("not-halved", "1 + cos goes from 2 to 0: divide by 2.", 2, down=lambda share: 1 + math.cos(math.pi * share)),
    mistake("below-last", "cos goes from 1 to -1, and the rate below `last`: (1 + cos) / 2 goes from 1 to 0.", 2,
            down=lambda share: math.cos(math.pi * share)),
    mistake("a-whole-wave", "That is a whole wave, cos(2π · share): it comes up again. Half a wave is cos(π · share).", 2,
            down=lambda share: (1 + math.cos(2 * math.pi * share)) / 2),
    mistake("last-ignored", "The cosine falls to 0, not to `last`: last + (peak - last) · part.", 2,
            mixed=lambda peak, last, part: peak * part),
    mistake("last-ignored", "`last` was ignored: the rate falls to 0, and stays there.", 2,
            mixed=lambda peak, last, part: peak * part, beyond=lambda peak, last: 0.0),
    Wrong("warm-up-not-counted", lambda step, steps, warmup, peak, last, cycles: rate_at(
          step, steps + warmup, warmup, peak, last, cycles), "The cosine is as long as the whole training, and ends `warmup` "
          "steps too late. The warm-up belongs to the `steps`.", 1),
    mistake("last-on-top", "`last` was added to a cosine from `peak` to 0, so it begins too high: multiply by peak - last.", 2,
            mixed=lambda peak, last, part: last + peak * part),
    mistake("last-as-floor", "The cosine falls to 0 and is cut off at `last`. It is to reach `last` at the end: last + (peak - "
            "last) · part.", 2, mixed=lambda peak, last, part: max(last, peak * part)),
    mistake("goes-on-beyond", "Beyond the end the rate goes on. At step `steps` and later it is `last`.", 3, beyond=None),
    mistake("goes-on-beyond", "Beyond the end the rate goes on along the cosine, and rises again. It has to stay at `last`.", 3,
            beyond=None, share=within(lambda step, steps, warmup: (step - warmup) / (steps - warmup))),
    mistake("zero-beyond", "Beyond the end the rate is 0. It is `last`.", 3, beyond=lambda peak, last: 0.0),
    mistake("peak-beyond", "Beyond the end the rate is `peak`. It is `last`.", 3, beyond=lambda peak, last: peak),
    mistake("end-too-late", "Step `steps` is beyond the end already: its rate is `last`.", 3,
            ends=lambda step, steps: step > steps),
    mistake("end-too-early", "The last step, steps - 1, still belongs to the cosine.", 3,
            ends=lambda step, steps: step >= steps - 1),
    mistake("cycles-ignored", "`cycles` was ignored: there is one cosine from `warmup` to `steps`.", 3,
            share=within(lambda step, steps, warmup: (step - warmup) / (steps - warmup))),
    mistake("waves-without-a-jump", "Every other cycle rises: the waves follow each other without a jump. Each cycle begins at "
            "`peak` and falls, so take the remainder.", 3,
            share=lambda step, steps, warmup, length: (step - warmup) / length),
    mistake("cycles-from-step-0", "The cycles are counted from step 0. The first one begins at step `warmup`.", 3,
            share=lambda step, steps, warmup, length: step % length / length),
    mistake("ends-of-cycles-meet", "A cycle begins one step too late: the step after its predecessor's last has the rate `peak`.",
            3, share=lambda step, steps, warmup, length: (step - warmup) % (length + 1) / length),
    Wrong("one-cycle-too-many", lambda step, steps, warmup, peak, last, cycles: rate_at(step, steps, warmup, peak, last, cycles + 1),
          "There is one cycle too many: `cycles` counts all of them, with the first.", 3),
    Wrong("cycles-with-warm-up", lambda step, steps, warmup, peak, last, cycles: rate_at(
          step % (steps / cycles) if step < steps else step, steps / cycles if step < steps else steps, warmup, peak, last, 1),
          "Each cycle begins with a warm-up. Only the first does: the others begin at `peak`.", 3),
]  # fmt: skip
