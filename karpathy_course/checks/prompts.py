"""`hint` and `predict`: what the learner asks for, and what the learner is asked."""

import sys

from karpathy_course.checks import progress
from karpathy_course.checks.registry import find


def hint(id):
    """Show the next hint of exercise id; after the last, the last again."""
    try:
        exercise = find(id)
    except LookupError as error:
        print(error)
        return
    number, lines = progress.hinted(exercise.id, len(exercise.hints))
    print(f"Hint {number} of {len(exercise.hints)} for {exercise.id} {exercise.title}:\n{exercise.hints[number - 1]}")
    if number == len(exercise.hints):
        print(f"That was the last hint. Reread “{exercise.section}” in the lecture, or look into solutions/.")
    for line in lines:
        print(line)


def predict(id, question, choices):
    """Ask before the truth is shown: buttons where there is a front end, else the question and its choices as text.

    id: "01/tanh-slope". choices: a list of texts. The choice is recorded in the progress file; without
    one the notebook simply goes on. Returns the Prediction, whose ``choice`` is None until a button is pressed.
    """
    return Prediction(id, question, [str(choice) for choice in choices])


class Prediction:
    """A question with its choices; displays itself, as buttons or as text."""

    def __init__(self, id, question, choices):
        self.id, self.question, self.choices = id, question, choices
        self.choice = None

    def choose(self, number):
        """Commit to choice number (0 is the first); recorded, and said."""
        if not isinstance(number, int) or not 0 <= number < len(self.choices):
            raise ValueError(f"predict {self.id}: choice {number!r}: expected 0 to {len(self.choices) - 1}")
        self.choice = self.choices[number]
        return [f"You predict: {self.choice}. Now run the next cell.", *progress.predicted(self.id, self.choice)]

    def __repr__(self):
        letters = "abcdefghij"
        options = "\n".join(f"  {letters[i % 10]}) {choice}" for i, choice in enumerate(self.choices))
        return f"Predict, then run the next cell. {self.question}\n{options}"

    def _repr_mimebundle_(self, **kwargs):
        bundle = {"text/plain": repr(self)}
        if "ipykernel" in sys.modules:
            bundle.update(_buttons(self) or {})
        bundle["text/plain"] = repr(self)
        return bundle


def _buttons(prediction):
    """The MIME bundle of a box of buttons, or None where ipywidgets is missing or broken."""
    try:
        import ipywidgets
    except Exception:
        return None
    said = ipywidgets.Output()
    answer = ipywidgets.HTML()
    layout = ipywidgets.Layout(width="auto", margin="2px 6px 2px 0")

    def press(number):
        def pressed(button):
            lines = prediction.choose(number)
            answer.value = "<br>".join(lines)
            for i, other in enumerate(buttons):
                other.button_style = "info" if i == number else ""

        return pressed

    buttons = [ipywidgets.Button(description=choice, layout=layout) for choice in prediction.choices]
    for number, button in enumerate(buttons):
        button.on_click(press(number))
    question = ipywidgets.HTML(f"<b>Predict, then run the next cell.</b> {prediction.question}")
    row = ipywidgets.HBox(buttons, layout=ipywidgets.Layout(flex_flow="row wrap"))
    box = ipywidgets.VBox([question, row, answer, said])
    return box._repr_mimebundle_()
