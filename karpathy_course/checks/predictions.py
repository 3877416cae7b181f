"""`predict` and `reveal`: the learner commits to an answer, and the cell that shows the truth answers it.

The first choice counts: it is marked neutrally, and no later click changes it. Nothing waits for a choice; where
there is none, `reveal` says nothing, so that a notebook that nobody sits before runs on and stores the same text.
"""

import html
import sys

from karpathy_course.checks import progress_file
from karpathy_course.checks.display import box, show_text
from karpathy_course.palette import HELP

_asked = {}  # id -> Prediction, in this session


def predict(id, question, choices):
    """Ask before the truth is shown: buttons where there is a front end, else the question and its choices as text.

    id: "01/tanh-slope". choices: at least two texts or numbers. The first choice is recorded in the progress file;
    without one the notebook simply goes on. Returns the Prediction, which displays itself, and whose ``choice`` is
    None until a button is pressed. Raises ValueError for fewer than two choices, which is a bug of the notebook.
    """
    prediction = Prediction(id, question, [str(choice) for choice in choices])
    _asked[id] = prediction
    return prediction


def reveal(id, truth):
    """Answer the prediction id with the choice that is true: “You said 1.1763; it is 0.0000.” Nothing without a choice.

    truth: one of the choices, as text or number. Raises ValueError when it is none, which is a bug of the notebook.
    """
    truth, asked = str(truth), _asked.get(id)
    if asked is not None and truth not in asked.choices:
        raise ValueError(f"reveal {id!r}: {truth!r} is none of the choices {asked.choices}")
    said, lines = progress_file.revealed(id, truth)
    if said is None and asked is not None:
        said = asked.choice  # the progress file cannot be written
    if said is None:
        return
    line = f"You said “{said}”, and so it is." if said == truth else f"You said “{said}”; it is “{truth}”."
    show_text("\n".join([line, *lines]), box(line, lines, HELP))


class Prediction:
    """A question with its choices, and the learner's choice once there is one."""

    def __init__(self, id, question, choices):
        if len(choices) < 2:
            raise ValueError(f"predict {id!r}: {len(choices)} choices given, at least two expected")
        self.id, self.question, self.choices = id, question, choices
        self.choice = None

    def choose(self, number):
        """Commit to choice number (0 is the first), unless there is a choice already. Returns the lines to show."""
        if type(number) is not int or not 0 <= number < len(self.choices):
            raise ValueError(f"predict {self.id!r}: choice {number!r} given, 0 to {len(self.choices) - 1} expected")
        first, lines = progress_file.predicted(self.id, self.choices[number])
        if self.choice is None:
            self.choice = first if first in self.choices else self.choices[number]
        if self.choice == self.choices[number]:
            return [f"You predict “{self.choice}”. Now run the next cell.", *lines]
        return [f"Your first prediction counts: “{self.choice}”. Now run the next cell.", *lines]

    def __repr__(self):
        options = "\n".join(f"  {'abcdefghijklmnopqrstuvwxyz'[i % 26]}) {c}" for i, c in enumerate(self.choices))
        return f"Predict, then run the next cell. {self.question}\n{options}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        view = self._buttons() if "ipykernel" in sys.modules else {}
        return {**view, "text/plain": repr(self)}

    def _buttons(self):
        """The MIME bundle of a row of buttons; empty where ipywidgets is missing or broken: text remains."""
        try:
            import ipywidgets as widgets

            answer = widgets.HTML()
            buttons = []
            for number, choice in enumerate(self.choices):
                width = widgets.Layout(width="auto", margin="2px 6px 2px 0")
                button = widgets.Button(description=choice, tooltip=choice, layout=width)
                button.on_click(lambda _, number=number: self._pressed(number, buttons, answer))
                buttons.append(button)
            question = widgets.HTML(f"<b>Predict, then run the next cell.</b> {html.escape(self.question)}")
            row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
            return widgets.VBox([question, row, answer])._repr_mimebundle_() or {}
        except Exception:
            return {}

    def _pressed(self, number, buttons, answer):
        answer.value = "<br>".join(html.escape(line) for line in self.choose(number))
        for button, choice in zip(buttons, self.choices):
            button.description = ("● " if choice == self.choice else "○ ") + choice
