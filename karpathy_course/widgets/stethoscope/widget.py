"""The stethoscope: fifty layers of the learner's own network, how large their activations and gradients are.

The network is run for each choice of first weights, non-linearity and BatchNorm, when the page asks for it; a page
without a kernel holds as many choices as fit. Stable names for tests and assistive tools: data-testid stethoscope,
first-weights, non-linearity, batchnorm, another-seed, strip, layer, sizes, activation-bars, gradient-bars, text-line;
``[data-fact]`` are a layer's numbers, data-exact their digits.
"""

import numpy as np

from karpathy_course.widgets.base import Widget, compact_json
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.stethoscope.listener import Listener
from karpathy_course.widgets.stethoscope.measuring import BARS, BINS
from karpathy_course.widgets.stethoscope.network import as_module
from karpathy_course.widgets.stethoscope.reading import LETTERS, packed

MOST_BYTES = 240_000
NAMES = {"relu": "ReLU", "tanh": "tanh", "gelu": "GELU", "linear": "linear"}
FIRST = {
    "given": "as given",
    "one": "normal, √(1/fan_in)",
    "he": "He: normal, √(2/fan_in)",
    "xavier": "Xavier: normal, √(2/(fan_in + fan_out))",
    "large": "too large: normal, 1",
}


class Stethoscope(Widget, folder="stethoscope"):
    """Listen to every layer of a network: ``Stethoscope(model, x, y)``, or ``Stethoscope(weights, x, activation=f)``.

    network: a Module of `nn` with activations in it, or a list of weights, arrays (inputs, outputs) or pairs (W, b);
    then activation says what follows each ``h @ W + b``: "relu", "tanh", "gelu", "linear", or a function of arrays or
    Tensors. x: (rows, …), two rows or more; a few hundred are enough. y: the classes, (rows,) whole numbers, or targets
    of the output's shape; a list's last weight then gives the scores, with no activation after it. Without y a random
    gradient of size 1 is sent back from the output. loss: loss(output, y), where neither cross-entropy nor the squared
    error is meant. seed: of the first weights that are drawn in the place of the given ones.

    The model is left as it was; if it is trained later, the widget still listens to the weights that it was given.
    Raises TypeError for what is no network, ValueError for a network without layers to listen at or with more than 100,
    for weights that are not finite, and for an x or y that does not fit.
    """

    title = "Stethoscope"

    def __init__(self, network, x, y=None, *, activation=None, loss=None, seed=0):
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"Stethoscope: seed={seed!r}: expected a whole number from 0")
        listener = Listener(as_module(network, activation, y is not None), x, y, loss)
        self.listener, self.seed, self._kept = listener, int(seed), {}
        shapes = {"given": f"{NAMES[listener.given]}, as given" if listener.given else "as given"}
        if listener.switchable:
            shapes |= {name: text for name, text in NAMES.items() if name != listener.given}
        self._choices = {"first_weights": FIRST, "shapes": shapes}
        key = self._key()
        super().__init__(
            data={
                "names": listener.names,
                "units": listener.units,
                "rows": len(listener.x),
                "dtype": str(listener.dtype),
                "input": float(f"{listener.start:.5g}"),
                "first_weights": list(FIRST.items()),
                "shapes": list(shapes.items()),
                "own_norm": listener.own_norm,
                "switchable": listener.switchable,
                "bins": BINS,
                "bars": BARS,
                "words": {letter: word for word, letter in LETTERS.items()},
                "chosen": key,
                "found": {key: packed(self._found(key))},
            }
        )
        self.on_msg(self._asked)

    def reading(self, first_weights="given", nonlinearity="given", batchnorm=None, seed=None):
        """What is heard with a choice: {"rms": [a number a layer], …}; all names stand in stethoscope/reading.py.

        first_weights: "given", "one", "he", "xavier" or "large". nonlinearity: "given", "relu", "tanh", "gelu" or
        "linear". batchnorm: with or without, as the model has it if None. seed: the widget's if None.
        """
        return self._found(self._key(first_weights, nonlinearity, batchnorm, seed))

    def _key(self, first_weights="given", nonlinearity="given", batchnorm=None, seed=None):
        """The choice as the page names it: "he tanh 0 7"."""
        if nonlinearity == self.listener.given:
            nonlinearity = "given"
        norm = self.listener.own_norm if batchnorm is None else bool(batchnorm)
        for kind, value in (("first_weights", first_weights), ("shapes", nonlinearity)):
            if value not in self._choices[kind]:
                raise ValueError(f"Stethoscope: {value!r}: expected one of {', '.join(self._choices[kind])}")
        if norm and not self.listener.own_norm and not self.listener.switchable:
            raise ValueError("Stethoscope: the network has no activations before which a BatchNorm could stand")
        return f"{first_weights} {nonlinearity} {int(norm)} {self.seed if seed is None else int(seed)}"

    def _found(self, key):
        if key not in self._kept:
            first_weights, nonlinearity, norm, seed = key.split()
            self._kept[key] = self.listener.reading(first_weights, nonlinearity, norm == "1", int(seed))
        return self._kept[key]

    def _asked(self, widget, message, buffers):
        self.send(self.answer(message))

    def answer(self, message):
        """What a page's request for a choice gives: {"found": {its name: the reading}} or {"refused": one sentence}."""
        asked = message.get("ask")
        try:
            first_weights, nonlinearity, norm, seed = str(asked).split()
            key = self._key(first_weights, nonlinearity, norm == "1", seed)
            return {"found": {key: packed(self._found(key))}}
        except Exception as error:  # the learner's own activation may refuse what it is given
            return {"refused": " ".join(f"{type(error).__name__}: {error}".split()), "asked": asked}

    def page_data(self):
        """All choices of the widget's seed that fit: without BatchNorm, or as the model has it, come first."""
        found, left = {}, MOST_BYTES - len(compact_json({**self.data, "found": {}}).encode())
        norms = [self.listener.own_norm]
        norms += [not norms[0]] if self.listener.own_norm or self.listener.switchable else []
        for norm in norms:
            for first_weights in FIRST:
                for shape in self._choices["shapes"]:
                    key = self._key(first_weights, shape, norm)
                    found[key] = packed(self._found(key))
                    left -= len(compact_json({key: found[key]}).encode())
                    if left < 0:
                        del found[key]
                        return {**self.data, "found": found}
        return {**self.data, "found": found}

    def describe(self):
        data, found = self.data, self.reading()
        count = len(data["names"])
        shape = NAMES.get(self.listener.given, "of its own activation")
        lines = [
            f"Stethoscope: {count} layers, {shape}, {data['rows']} rows, {data['dtype']}; "
            f"RMS of the input {_three(data['input'])}"
        ]
        for name, side in (("activations", found), ("gradients", found["gradient"])):
            ends = f"RMS {_three(side['rms'][0])} in layer 1, {_three(side['rms'][-1])} in layer {count}"
            lines.append(f"  {name}: {ends}; {told(side['fate'], back=name == 'gradients')}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.stethoscope.picture import draw

        return draw(self.data, self.reading())


def told(fates, back=False):
    """The first layer of each fate in words, "vanished first in layer 21"; back: counted from the loss."""
    order = list(enumerate(fates, 1))[:: -1 if back else 1]
    first = {word: k for k, word in reversed(order) if word}
    texts = [f"{word} first in layer {k}" for k, word in order if first.get(word) == k]
    return ("from the loss back, " * back + ", ".join(texts)) if texts else "all alive"


def _three(number):
    return format_number(float(f"{float(number):.3g}"))
