"""What stands between the learner's network and the page: it checks what it is given, and listens when it is asked."""

from contextlib import contextmanager, suppress

import numpy as np

from karpathy_course.nn import Embedding, functional
from karpathy_course.nn.module import Buffer
from karpathy_course.tensor import Tensor, no_grad
from karpathy_course.widgets.stethoscope.listening import FIRST_WEIGHTS, as_it_was, batchnorms, listen
from karpathy_course.widgets.stethoscope.measuring import limits, rms
from karpathy_course.widgets.stethoscope.network import NAMED, TRIED, Chain, activations, weight_layers
from karpathy_course.widgets.stethoscope.reading import reading
from karpathy_course.widgets.stethoscope.theory import expected_rms

MOST_LAYERS = 100


class Listener:
    """A network with the rows that it is listened to with. names, units: of each layer. given: the name in NAMED of
    the activation that all layers have, None for another one. switchable: whether there are activations to replace.

    Raises ValueError, one sentence, for a network or rows that do not fit.
    """

    def __init__(self, model, x, y, loss):
        weights = weight_layers(model)
        if not weights:
            raise ValueError("Stethoscope: the network has no layers to listen at: no weight of two dims or more")
        _check_weights(model)
        self.model, self.loss = model, loss
        self.dtype = next(p.dtype for p in weights[0][1].parameters() if len(p.shape) >= 2)
        embeds = any(isinstance(module, Embedding) for module in model.modules())
        self.x, self.y = _rows(x, y, self.dtype, embeds)
        self.start = rms(self.x)
        with as_it_was(model), np.errstate(all="ignore"):
            found = activations(model)
        self.switchable = bool(found)
        self.places = [module for _, module in found or weights]
        self.functions = [_of_arrays(module.forward) for module in self.places] if self.switchable else []
        self.given = next(
            (name for name in NAMED if self.switchable and all(_is(f, name) for f in self.functions)), None
        )
        self.own_norm = bool(batchnorms(model))
        self._given = [(p, np.array(p.data)) for p in (*model.parameters(), *model.buffers())]
        try:
            heard = self._hear("given", "given", self.own_norm, 0)
        except Exception as error:
            words = " ".join(str(error).split())
            raise ValueError(
                f"Stethoscope: the network cannot be run on x of shape {self.x.shape}: {type(error).__name__}: {words}"
            ) from error
        if not heard.places:
            raise ValueError("Stethoscope: the network has no layers to listen at: its forward uses none of its own")
        if len(heard.places) > MOST_LAYERS:
            raise ValueError(f"Stethoscope: the network has {len(heard.places)} layers: expected {MOST_LAYERS} at most")
        names = ["" if isinstance(model, Chain) else name for name, _ in found or weights]
        self.names = [names[k] for k in heard.places]
        self.units = [int(a.shape[-1]) for a in heard.activations]

    @contextmanager
    def _as_given(self):
        """Inside, the model has the numbers that it had when it was given; it may have been trained since."""
        with as_it_was(self.model), np.errstate(all="ignore"):
            for p, data in self._given:
                p.data = data.copy() if isinstance(p, Buffer) else data
            yield

    def _hear(self, first_weights, shape, norm, seed):
        with self._as_given():
            return listen(self.model, self.places, self.x, self._loss_of(seed), first_weights, shape, norm, seed)

    def reading(self, first_weights, shape, norm, seed):
        """See `reading.reading`; the words are those of `listen`."""
        heard = self._hear(first_weights, shape, norm, seed)
        theory, bounds = None, [None] * len(heard.places)
        if self.switchable:
            functions = self.functions if shape == "given" else [_of_arrays(NAMED[shape])] * len(self.places)
            with self._as_given(), suppress(Exception):
                # numbers that the network never makes, and that a learner's own activation may refuse
                theory = expected_rms(
                    self.model, self.places, self.start, functions, FIRST_WEIGHTS[first_weights], norm
                )
                bounds = [limits(functions[k]) for k in heard.places]
        return reading(heard, self.start, bounds, theory, self.loss is None and self.y is None)

    def _loss_of(self, seed):
        def loss_of(output):
            if self.loss is not None:
                return self.loss(output, self.y)
            if self.y is None:
                noise = np.random.default_rng(seed).standard_normal(output.shape).astype(output.dtype)
                return (output * noise).sum()
            if self.y.dtype.kind in "iu":
                return functional.cross_entropy(output, self.y)
            return functional.mse_loss(output, self.y.astype(output.dtype))

        return loss_of


def _rows(x, y, dtype, embeds):
    """x, in the weights' dtype unless its whole numbers are embedded, and y, as arrays."""
    x, y = (a.data if isinstance(a, Tensor) else a for a in (x, y))
    x, y = np.asarray(x), None if y is None else np.asarray(y)
    if x.ndim < 2 or len(x) < 2:
        raise ValueError(f"Stethoscope: x has shape {x.shape}: expected (rows, inputs), two rows or more")
    if y is not None and (y.ndim == 0 or len(y) != len(x)):
        raise ValueError(f"Stethoscope: x has shape {x.shape} and y {y.shape}: expected as many rows")
    if x.dtype.kind not in "fiu":
        raise ValueError(f"Stethoscope: x has dtype {x.dtype}: expected numbers")
    if not np.isfinite(x).all():
        raise ValueError(f"Stethoscope: x holds {int((~np.isfinite(x)).sum())} numbers that are inf or nan")
    return x if embeds and x.dtype.kind in "iu" else x.astype(dtype), y


def _check_weights(model):
    for name, p in model.named_parameters():
        data = np.asarray(p.data)
        lost = int((~np.isfinite(data)).sum()) if data.dtype.kind == "f" else 0
        if lost:
            raise ValueError(
                f"Stethoscope: {lost} of the {data.size} numbers of {name} are inf or nan, and so would be all that "
                "comes after it: draw the weights anew"
            )


def _of_arrays(function):
    """A function of Tensors as one of arrays."""

    def of_arrays(z):
        with no_grad():
            return np.asarray(function(Tensor(z)).data)

    return of_arrays


def _is(function, name):
    """Whether a function of arrays is a named one, as far as some points tell."""
    z = TRIED.astype("float64")
    return np.allclose(function(z), _of_arrays(NAMED[name])(z), rtol=1e-6, atol=1e-9)
