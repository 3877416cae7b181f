"""Exercise 07.7: seven questions about a stored study, four answers each.

One answer of each is right, so 4⁷ = 16 384 ways to guess. That each is right, and that the tables say so, is computed from
the stored study by tests/checks/test_stored_study.py.
"""

from dataclasses import dataclass

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer
from karpathy_course.checks.lecture07.stored_study import EPOCHS, SPACE, TRIALS, VALIDATION, stored

BEST = 12  # trials in the table of the best


@dataclass(frozen=True)
class Question:
    """A question with four answers; ask: what to look at, for whoever has chosen another; why: the reason for the right one."""

    letter: str
    text: str
    answers: tuple
    right: int
    ask: str
    why: str


QUESTIONS = (
    Question(
        "A",
        "Which setting decided most over whether a trial was good?",
        ("`decay`", "`momentum`", "`neurons`", "`rate`"),
        4,
        "Look at the longest bar of the importances.",
        "The rate has the largest importance, and the twelve best trials all have one of at least 0.07, in a range that "
        "begins at 0.0001.",
    ),
    Question(
        "B",
        "What does the study say about `decay`?",
        (
            "The smaller, the better.",
            "Within these ranges it made no visible difference.",
            "It was the second in importance.",
            "About 1e-6 is best, and anything far from it is bad.",
        ),
        2,
        "Look down the column `decay` of the best trials: do they agree on anything?",
        "The twelve best trials have decays from 2e-8 to 4e-5, in no order. Its importance is not 0, since it is estimated "
        "from few trials, but it is the smallest.",
    ),
    Question(
        "C",
        "The search is to be run once more, with other ranges. Which change promises most?",
        (
            "Search rates about 0.001 more finely.",
            "Leave `neurons` out: 10 are enough.",
            "Let `rate` and `momentum` become larger than before.",
            "Let `decay` become smaller than before.",
        ),
        3,
        "Compare the settings of the best trials with the ends of their ranges.",
        "The best trials crowd at the upper ends: rates up to 0.0978 of 0.1, momentum up to 0.49 of 0.5. The best settings may "
        "lie beyond, where this study has never looked.",
    ),
    Question(
        "D",
        "What would 60 more trials in the same ranges probably bring?",
        (
            "A little: a best loss that is lower by some hundredths.",
            "As much again: a best loss of about 0.07.",
            "Nothing at all: a search that has stopped improving has found the minimum.",
            "A worse best loss, because the search wears out.",
        ),
        1,
        "Look at the best so far: how much did the first ten trials bring, and how much the fifty after them?",
        "From trial 10 on, fifty trials have lowered the best loss from 0.175 to 0.156. The curve is nearly flat, but it has "
        "still moved in trial 55. The best so far can never get worse.",
    ),
    Question(
        "E",
        "What share of all epochs, if every trial had trained to its end, did pruning save?",
        ("8 of 12, that is two thirds", "about a quarter", "about a sixth", "4 of 12, that is one third"),
        3,
        "How many epochs did the pruned trials not train, and how many do 60 trials have in all?",
        "15 trials were pruned after 4 of 12 epochs. That saved 15 · 8 = 120 epochs of 60 · 12 = 720, which is a sixth.",
    ),
    Question(
        "F",
        "The best trial's validation loss is 0.156. What loss do you expect on digits that nobody has used yet?",
        (
            "0.156 too: these samples were not trained on.",
            "A higher one: of 60 trials the one was taken that fits these 100 samples best.",
            "A lower one: it is the best of 60 networks.",
            "One as of an average trial, because the best was luck alone.",
        ),
        2,
        "The validation samples were used to choose: what does the least of 60 noisy numbers tell?",
        "The least of many noisy numbers is too small. On the 997 samples that were kept for the end this network has a loss "
        "of 0.208. That is still far better than an average trial.",
    ),
    Question(
        "G",
        "Which two trials show best what more neurons do?",
        ("0 and 55", "1 and 3", "10 and 29", "20 and 24"),
        4,
        "In a fair comparison nothing differs but `neurons`. Look at the other settings of each pair.",
        "Trials 20 and 24 have nearly the same rate and momentum; 7 neurons gave 0.445, and 23 gave 0.211. In the other pairs "
        "the rate differs too, or the neurons do not.",
    ),
)


def tables():
    """The study, as the task shows it: history, importances, the best trials and those of the last question."""
    study = stored()
    trials = study["trials"]
    complete = [t for t in trials if t["state"] == "COMPLETE"]
    best, improved = float("inf"), []
    for t in complete:
        if t["value"] < best:
            best = t["value"]
            improved.append(f"| {t['number']} | {best:.3f} |")
    history = "\n".join(["| trial | best so far |", "|---:|---:|", *improved])
    bars = [f"{name:9}{'█' * round(40 * share):20}{share:5.2f}" for name, share in study["importance"].items()]
    rows = sorted(complete, key=lambda t: t["value"])[:BEST]
    named = [trials[int(k)] for x in QUESTIONS[-1].answers for k in x.split(" and ")]
    ranges = "\n".join(f"* `{name}` from {words}" for name, words in SPACE.items())
    pruned = sum(t["state"] == "PRUNED" for t in trials)
    return f"""\
{ranges}

**History.** {TRIALS} trials; {pruned} of them were pruned, each after 4 of its {EPOCHS} epochs. The best so far changed in these:

{history}

**Importance** of each setting, estimated from the trials; the four add up to 1:

```text
{chr(10).join(bars)}
```

**The {BEST} best trials**, the lines that would lie lowest in a plot of parallel coordinates:

{table(rows)}

**Some others**, for the last question:

{table(named)}"""


def table(trials):
    rows = ["| trial | rate | neurons | momentum | decay | loss |", "|---:|---:|---:|---:|---:|---:|"]
    for t in trials:
        s = t["settings"]
        settings = f"{s['rate']:.5f} | {s['neurons']} | {s['momentum']:.2f} | {s['decay']:.1e}"
        rows.append(f"| {t['number']} | {settings} | {t['value']:.3f} |")
    return "\n".join(rows)


def as_markdown():
    blocks = []
    for q in QUESTIONS:
        answers = "\n".join(f"{k}. {answer}" for k, answer in enumerate(q.answers, 1))
        blocks.append(f"**{q.letter}.** {q.text}\n\n{answers}")
    return "\n\n".join(blocks)


class ReadAStudy(Exercise):
    id = "07.7"
    title = "What does this study say?"
    section = "Reading a study"
    why = "A search ends in a table of trials, and it says what to search next, if you read more than its first row."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("findings",)
    properties = {"all seven": 1.0}
    allows = {"keeps its first result": "findings takes no arguments: every call has the same answer"}
    task = f"""\
Optuna has searched for the settings of a small network that reads handwritten digits: one hidden layer, {EPOCHS} epochs. The
value of a trial is the mean loss on {VALIDATION} validation samples after the last epoch. Its sampler was TPE, and a median
pruner looked at the loss after each epoch. The ranges were

{tables()}

Answer seven questions. Let `findings()` return a dict from letter to the number of the right answer:
`{{"A": 1, "B": 1, ...}}`. All seven have to be right.

{as_markdown()}"""
    hints = (
        "Each question is answered by one of the tables: A by the importances, B and C by the best trials and the ranges, D and "
        "E by the history, G by the last one.",
        "B and C: read down one column of the best trials at a time, and compare it with its range. E: the trials that were "
        "pruned did not train 8 epochs each; all trials together would have 60 · 12.",
        "F: if you take the least of many numbers that are partly luck, you take some of the luck too. G: which pair has nearly "
        "the same rate and momentum, and very different neurons?",
    )

    @staticmethod
    def cases(rng):
        letters = [question.letter for question in QUESTIONS]
        return [{"property": "all seven", "letter": letter} for letter in rng.sample(letters, len(letters))]

    @staticmethod
    def probe(namespace, case):
        return namespace["findings"]()

    @staticmethod
    def judge(case, answer):
        question = next(q for q in QUESTIONS if q.letter == case["letter"])
        letter = question.letter
        expect_dict(answer, [q.letter for q in QUESTIONS], "what findings() returns")
        got = expect_integer(answer[letter], f"the answer to question {letter}")
        if got == question.right:
            return
        if all(answer[q.letter] == q.right - 1 for q in QUESTIONS):
            raise Mistake(
                "counted-from-zero", "Every number is one too small: the answers are counted from 1.", got, hint=1
            )
        if not 1 <= got <= len(question.answers):
            message = (
                f"Question {letter} has the answers 1 to {len(question.answers)}; {got} is none of them. Count from 1."
            )
            raise Mistake("no-such-answer", message, got, hint=1)
        chosen = question.answers[got - 1].rstrip(".")
        message = f"Question {letter}: “{chosen}” does not follow from the study. {question.ask}"
        raise Mistake(
            f"question-{letter.lower()}", message, got, hint=2 if letter in "BCE" else 3 if letter in "FG" else 1
        )
