"""`hint` and `predict`: what the learner asks for, and what the learner is asked.

Neither ever waits: a notebook that nobody sits before runs on. What they show as text is the same on every run,
so that stored outputs can be compared.
"""

import html
import sys

from karpathy_course.checks import progress_file
from karpathy_course.checks.display import box, show_text
from karpathy_course.checks.registry import find
from karpathy_course.palette import HELP

_shown = {}  # in this session, for when the progress file cannot be written


def hint(id):
    """Show the next hint of exercise id, one a call, each stronger than the last; after the third, all three."""
    try:
        exercise = find(id)
    except LookupError as error:
        show_text(str(error), box(str(error), [], HELP))
        return
    most = len(exercise.hints)
    recorded, lines = progress_file.hinted(exercise.id, most + 1)
    number = _shown[exercise.id] = min(most + 1, max(recorded, _shown.get(exercise.id, 0) + 1))
    heading = f"Hint {number} of {most}" if number <= most else f"All {most} hints"
    heading += f" for {exercise.id} {exercise.title}"
    texts = [exercise.hints[number - 1]] if number <= most else [f"{i}. {h}" for i, h in enumerate(exercise.hints, 1)]
    if number >= most:
        texts.append(
            f"That was the strongest. Reread “{exercise.section}” in the lecture; solutions/ explains an answer."
        )
    texts += lines
    show_text("\n".join([heading, *texts]), box(heading, texts, HELP))


def predict(id, question, choices):
    """Ask before the truth is shown: buttons where there is a front end, else the question and its choices as text.

    id: "01/tanh-slope". choices: at least two texts or numbers. The choice is recorded in the progress file;
    without one the notebook simply goes on. Returns the Prediction, which displays itself, and whose ``choice`` is
    None until a button is pressed. Raises ValueError for fewer than two choices, which is a bug of the notebook.
    """
    return Prediction(id, question, [str(choice) for choice in choices])


class Prediction:
    """A question with its choices, and the learner's choice once there is one."""

    def __init__(self, id, question, choices):
        if len(choices) < 2:
            raise ValueError(f"predict {id!r}: {len(choices)} choices given, at least two expected")
        self.id, self.question, self.choices = id, question, choices
        self.choice = None

    def choose(self, number):
        """Commit to choice number (0 is the first); recorded. Returns the lines to show."""
        if type(number) is not int or not 0 <= number < len(self.choices):
            raise ValueError(f"predict {self.id!r}: choice {number!r} given, 0 to {len(self.choices) - 1} expected")
        self.choice = self.choices[number]
        return [f"You predict: {self.choice}. Now run the next cell.", *progress_file.predicted(self.id, self.choice)]

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

            said = widgets.HTML()
            buttons = []
            for number, choice in enumerate(self.choices):
                width = widgets.Layout(width="auto", margin="2px 6px 2px 0")
                button = widgets.Button(description=choice, tooltip=choice, layout=width)
                button.on_click(lambda _, number=number: self._pressed(number, buttons, said))
                buttons.append(button)
            question = widgets.HTML(f"<b>Predict, then run the next cell.</b> {html.escape(self.question)}")
            row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
            return widgets.VBox([question, row, said])._repr_mimebundle_() or {}
        except Exception:
            return {}

    def _pressed(self, number, buttons, said):
        said.value = "<br>".join(html.escape(line) for line in self.choose(number))
        for i, button in enumerate(buttons):
            button.button_style = "info" if i == number else ""
            button.description = ("✓ " if i == number else "") + self.choices[i]
