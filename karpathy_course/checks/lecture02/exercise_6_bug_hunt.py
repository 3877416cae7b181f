"""Exercise 02.6: six listings, one planted bug in each.

Each listing is real code that runs, and so is its repair: the tests run both and see the symptom and its cure.
Each has exactly one line that must change or move, so that "the faulty line" has one answer; only D can be repaired
in either of two. There are 8·10·9·9·10·11 = 712 800 ways to guess, of which two are right.
"""

from dataclasses import dataclass

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer


@dataclass(frozen=True)
class Listing:
    """A listing with one faulty line (counted from 1), the code with the repair, and what goes wrong and why."""

    letter: str
    symptom: str
    code: str
    line: int
    repaired: str
    why: str
    elsewhere: tuple = ()  # (line, code): other lines at which one change is a repair as well


LOOP = """\
def train(model, points, labels):
    for step in range(60):
        scores = [model(point) for point in points]
        loss = binary_cross_entropy(scores, labels)
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        for p in model.parameters():
            p.data -= 1.0 * p.grad
    return model
"""

NO_ZERO = LOOP.replace(
    "        for p in model.parameters():\n            p.grad = 0.0\n", "        if step == 0: zero_grad(model)\n"
)

LAYER = """\
class Layer:
    def __init__(self, n_inputs, n_outputs, rng):
        draw = lambda: Value(rng.uniform(-1, 1))
        self.w = [[draw() for _ in range(n_inputs)] for _ in range(n_outputs)]
        self.b = [Value(0.0) for _ in range(n_outputs)]
    def __call__(self, x):
        return [weighted_sum(w, x, b).tanh() for w, b in zip(self.w, self.b)]
    def parameters(self):
        return [p for w in self.w for p in w] + list(self.b)
"""

SCORE = """\
class Network:
    def __init__(self, rng):
        self.hidden = Layer(2, 8, rng)
        self.out = Layer(8, 1, rng, activation=None)
    def __call__(self, point):
        h = self.hidden(point)
        [score] = self.out(h)
        return score
    def parameters(self):
        return self.hidden.parameters() + self.out.parameters()
"""

CRITERION = """\
def train(model, points, targets):
    losses = []
    for epoch in range(60):
        outputs = [model(point) for point in points]
        loss = criterion(outputs, targets)
        zero_grad(model)
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        losses.append(loss.data)
    return losses
"""


def swap(code, line, new):
    lines = code.splitlines(keepends=True)
    lines[line - 1] = new
    return "".join(lines)


STALE = """\
def train(model, points, labels):
    scores = [model(point) for point in points]
    for step in range(60):
        loss = binary_cross_entropy(scores, labels)
        zero_grad(model)
        loss.backward()
        for p in model.parameters():
            p.data -= 1.0 * p.grad
    return model
"""
FRESH = STALE.replace("    scores = [model(point) for point in points]\n", "").replace(
    "        loss = binary", "        scores = [model(point) for point in points]\n        loss = binary"
)

LISTINGS = (
    Listing(
        "A",
        "The loss falls, then jumps about, as if the steps grew longer and longer.",
        NO_ZERO,
        5,
        NO_ZERO.replace("if step == 0: zero_grad(model)", "zero_grad(model)"),
        "The gradients are zeroed in the first step only; from then on each step adds to those of all steps before.",
    ),
    Listing(
        "B",
        "The loss grows from the first step on.",
        swap(LOOP, 9, "            p.data += 1.0 * p.grad\n"),
        9,
        LOOP,
        "The gradient points uphill: a step that is added to the parameters climbs.",
    ),
    Listing(
        "C",
        "A layer of 8 neurons has 8·2 + 8 = 24 parameters, but only 17 of them are different.",
        swap(LAYER, 5, "        self.b = [Value(0.0)] * n_outputs\n"),
        5,
        LAYER,
        "A list times n repeats the same object: one bias is shared by all neurons, and receives all their gradients.",
    ),
    Listing(
        "D",
        "The loss prints the same number in every step, though the parameters change.",
        STALE,
        2,
        FRESH,
        "The scores were computed once, before the loop: every step differentiates the graph of the first weights.",
        ((4, STALE.replace("(scores, ", "([model(point) for point in points], ")),),
    ),
    Listing(
        "E",
        "The network never gives a negative score, and about half of the points stay wrong.",
        swap(SCORE, 8, "        return score.relu()\n"),
        8,
        SCORE,
        "A relu on the output cuts off negative scores, and with them the gradient.",
    ),
    Listing(
        "F",
        "The loss is exactly 0.0000 from the first epoch on, and nothing is learned.",
        swap(CRITERION, 5, "        loss = criterion(outputs, outputs)\n"),
        5,
        CRITERION,
        "The output is compared with itself: criterion(y, y) is 0 whatever the network computes.",
    ),
)


ASKS = {  # what to look at, for whoever has named another line
    "A": "The rate is 1.0 in every step, so it is p.grad that grows: which line decides what p.grad still holds from the "
    "steps before?",
    "B": "Gradients point to where the loss grows: which line decides in which direction a parameter moves?",
    "C": "Seven parameters are there under several names: which line makes the same object several times?",
    "D": "A loss that depends on the parameters would change: which line uses them, and how often does it run?",
    "E": "Only the last thing that is done to a score decides its sign: which line is that?",
    "F": "A loss is 0 where the two things that it compares are equal: which line says what is compared?",
}


def numbered(code):
    """The listing as the notebook prints it, a number before each line."""
    return "\n".join(f"{number:2}  {line}" for number, line in enumerate(code.splitlines(), 1))


def as_markdown():
    return "\n\n".join(f"**{x.letter}.** {x.symptom}\n\n```text\n{numbered(x.code)}\n```" for x in LISTINGS)


class BugHunt(Exercise):
    id = "02.6"
    title = "Six bugs"
    section = "Six bugs"
    why = "All six programs run without an error: only a loss that is looked at, or a gradient that is checked, gives them away."
    difficulty, importance, minutes, points = 3, 5, 25, 3
    needs = ("faulty_lines",)
    properties = {"all six": 1.0}
    allows = {"keeps its first result": "faulty_lines takes no arguments: every call has the same answer"}
    task = f"""\
Each of these six listings has one line that must change or move. Around it everything is right: `zero_grad(model)`
sets every gradient to 0, `criterion` is the mean square, the engine and the losses are yours. Above each stands what
its author saw. Let `faulty_lines()` return a dict from letter to line number: `{{"A": 1, "B": 1, ...}}`.

{as_markdown()}"""
    hints = (
        "Say aloud what a training step does: forward, loss, zero, backward, update. In A, B, D and F one of the five "
        "is missing, turned round, in the wrong place or given the wrong thing.",
        "C: what does [x] * 3 hold? E: which scores can a relu give? D: which line uses the parameters, and how often "
        "does it run? A: in which steps are the gradients zeroed?",
        "A and C are wrong in line 5. In B look at the sign of the update, in D at what stands before the loop, in E "
        "at the last line of the call, in F at the two arguments of the loss.",
    )

    @staticmethod
    def cases(rng):
        letters = [listing.letter for listing in LISTINGS]
        return [{"property": "all six", "letter": letter} for letter in rng.sample(letters, len(letters))]

    @staticmethod
    def probe(namespace, case):
        return namespace["faulty_lines"]()

    @staticmethod
    def judge(case, answer):
        listing = next(x for x in LISTINGS if x.letter == case["letter"])
        letter, lines = listing.letter, listing.code.splitlines()
        expect_dict(answer, [x.letter for x in LISTINGS], "what faulty_lines() returns")
        got = expect_integer(answer[letter], f"the line of listing {letter}")
        if got in (listing.line, *(line for line, _ in listing.elsewhere)):
            return
        if not 1 <= got <= len(lines):
            message = f"Listing {letter} has the lines 1 to {len(lines)}; {got} is none of them. Count from 1."
            raise Mistake("no-such-line", message, got, hint=1)
        if got == listing.line - 1 and all(answer[x.letter] == x.line - 1 for x in LISTINGS):
            raise Mistake(
                "counted-from-zero", "Every number is one too small: the lines are counted from 1.", got, hint=1
            )
        message = f"Listing {letter}: line {got} ({lines[got - 1].strip()}) may stay as it is. {listing.symptom} {ASKS[letter]}"
        raise Mistake(f"bug-{letter.lower()}", message, got, hint=1 if letter in "ABDF" else 2)
