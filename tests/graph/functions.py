"""Random Python functions: branches, loops, containers, comparisons, whole numbers, masks, early returns.

A function is a text, ``def fn(F, B, x, y, v, w, m, i):``, so that what failed can be read. F is the world it runs
in (NumPy, Tensors, traced values, torch): what has no operator is asked of it. B sees every condition that
the text itself decides. Of the arguments x and y are single numbers, v and w vectors, m a matrix and i places.
"""

import linecache
import random
from types import SimpleNamespace

import numpy as np
import torch

from karpathy_course import tensor
from karpathy_course.nn import functional

N = 4  # elements of a vector, and rows and columns of the matrix
NUMBERS = ("0.0", "-0.0", "1.0", "-1.0", "0.5", "2.0", "2", "1", "-1", "3", "0.25")
ARGUMENTS = {"x": "s", "y": "s", "v": "v", "w": "v", "m": "m", "i": "i"}


class Writer:
    """One function in the making: which variables there are, of which kind, and what was written so far.

    kinds: "s" a number, "v" a vector, "m" a matrix, "i" whole numbers, places in a vector, "b" a mask over a vector.
    """

    def __init__(self, seed):
        self.rng, self.lines, self.count = random.Random(seed), [], 0
        self.straight = seed % 3 == 0  # without a branch, so that a batch can be made of it
        self.variables = {kind: [] for kind in "svmib"}
        for name, kind in ARGUMENTS.items():
            self.variables[kind].append(name)

    def pick(self, kind):
        found = self.variables[kind]
        return self.rng.choice(found[-5:])

    def write(self, depth, text):
        self.lines.append("    " * depth + text)

    def assign(self, depth, kind, text):
        self.count += 1
        name = f"{kind}{self.count}"
        self.write(depth, f"{name} = {text}")
        self.variables[kind].append(name)
        return name

    def number(self, depth=0):
        """An expression for a single number."""
        r, s = self.rng, lambda: self.pick("s")
        choices = [
            lambda: f"({s()} {r.choice('+-*')} {r.choice([s(), r.choice(NUMBERS)])})",
            lambda: f"({r.choice(NUMBERS)} {r.choice('+-*')} {s()})",
            lambda: "(({0} - {1}) {2} ({1} - {0}))".format(s(), s(), r.choice("*+-")),
            lambda: f"({s()} {r.choice('+-*')} {r.choice(['0.0', '-0.0', '1', '-1'])})",
            lambda: f"({s()} / (1.5 + {s()} * {s()}))",
            lambda: f"(-{s()})",
            lambda: f"(+{s()})",
            lambda: f"abs({s()})",
            lambda: f"({s()} ** {r.choice(['2', '3', '1', '2.0'])})",
            lambda: f"({r.choice(['2', '0.5', '3.0'])} ** F.tanh({s()}))",
            lambda: f"F.{r.choice(['tanh', 'sin', 'cos', 'sigmoid', 'relu', 'square'])}({s()})",
            lambda: f"F.exp(F.tanh({s()}))",
            lambda: f"F.log(1.5 + {s()} * {s()})",
            lambda: f"F.sqrt(abs({s()}) + 0.5)",
            lambda: f"F.maximum({s()}, {s()})",
            lambda: f"F.where({s()} > {s()}, {s()}, {s()})",
            lambda: f"F.{r.choice(['sum', 'mean', 'amax', 'amin', 'std'])}({self.pick('v')})",
            lambda: f"{self.pick('v')}[{r.randrange(-N, N)}]",
            lambda: f"{self.pick('m')}[{r.randrange(N)}, {r.randrange(N)}]",
            lambda: f"({self.pick('v')} @ {self.pick('v')})",
            lambda: f"F.sum(F.number({self.pick('b')}))",
            lambda: f"F.number({self.pick('i')}[{r.randrange(N)}])",
            lambda: f"F.logsumexp({self.pick('v')})",
        ]
        return r.choice(choices)()

    def vector(self):
        r, v, s = self.rng, lambda: self.pick("v"), lambda: self.pick("s")
        choices = [
            lambda: f"({v()} {r.choice('+-*')} {r.choice([v(), s(), r.choice(NUMBERS)])})",
            lambda: f"({s()} * {v()})",
            lambda: f"({v()} / (1.5 + {v()} * {v()}))",
            lambda: f"F.{r.choice(['tanh', 'sin', 'sigmoid', 'relu', 'square'])}({v()})",
            lambda: f"F.softmax({v()})",
            lambda: f"F.exp(F.tanh({v()}))",
            lambda: f"({self.pick('m')} @ {v()})",
            lambda: f"({v()} @ {self.pick('m')})",
            lambda: f"F.where({self.pick('b')}, {v()}, {r.choice([v(), '0.0', '1'])})",
            lambda: f"({v()} * F.number({self.pick('b')}))",
            lambda: f"F.maximum({v()}, {r.choice([v(), '0.25'])})",
            lambda: f"F.minimum({v()}, {v()})",
            lambda: f"F.clamp({v()}, -0.75, 0.75)",
            lambda: "(({0} - {1}) {2} ({1} - {0}))".format(v(), v(), r.choice("*+-")),
            lambda: f"({v()} * {r.choice(['0.0', '-0.0'])} {r.choice('+-')} {r.choice(['0.0', '-0.0', '0'])})",
            lambda: f"{v()}[{self.pick('i')}]",
            lambda: f"F.gather({v()}, {self.pick('i')})",
            lambda: f"{self.pick('m')}[{r.randrange(N)}]",
            lambda: f"{self.pick('m')}[:, {r.randrange(N)}]",
            lambda: f"F.number({self.pick('i')})",
            lambda: f"F.stack([{', '.join(s() for _ in range(N))}])",
            lambda: f"F.cat([{v()}[:1], {v()}[1:3], {v()}[3:]])",
            lambda: f"F.cat([{v()}[2:], {v()}[:2]])",
            lambda: f"F.{r.choice(['sum', 'mean', 'amax'])}({self.pick('m')}, {r.choice([0, 1, -1])})",
            lambda: f"F.{r.choice(['largest', 'smallest'])}({self.pick('m')}, {r.choice([0, 1])})",
            lambda: f"F.reshape({self.pick('m')}, {N * N})[{r.randrange(3)}:{N * N}:{N}]",
            lambda: f"F.pooled({self.pick('m')})",
            *[lambda: f"{v()}[MASK]"] * 2,  # twice: a wrong one shows only where its sum is used
        ]
        text = r.choice(choices)()
        if text.endswith("[MASK]"):  # a mask that no input changes picks as many elements each time
            name, mask = text[:-6], [r.random() < 0.5 for _ in range(N - 1)] + [True]
            return f"({self.pick('v')} + F.sum({name}[np.array({mask})]))"
        if text.startswith("F.reshape"):
            return f"({v()} * F.sum({text}))"
        return text

    def matrix(self):
        r, m = self.rng, lambda: self.pick("m")
        choices = [
            lambda: f"({m()} {r.choice('+-*')} {r.choice([m(), self.pick('s'), self.pick('v')])})",
            lambda: f"({m()} @ {m()})",
            lambda: f"{m()}.T",
            lambda: f"F.tanh({m()})",
            lambda: f"F.stack([{', '.join(self.pick('v') for _ in range(N))}])",
            lambda: f"F.reshape({self.pick('v')}, {N}, 1) * {self.pick('v')}",
            lambda: f"F.reshape(F.reshape({m()}, {N * N}), {N}, {N})",
            lambda: f"{m()}[{self.pick('i')}]",
            lambda: f"F.convolved({m()}, {self.pick('v')})",
        ]
        return r.choice(choices)()

    def mask(self):
        r, v = self.rng, lambda: self.pick("v")
        choices = [
            lambda: (
                f"({v()} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {r.choice([v(), self.pick('s'), '0.5', '0'])})"
            ),
            lambda: f"({self.pick('i')} {r.choice(['<', '==', '>='])} {r.choice([self.pick('i'), '2'])})",
            lambda: f"({self.pick('b')} & {self.pick('b')})" if self.variables["b"] else f"({v()} > 0)",
            lambda: f"({self.pick('b')} | {self.pick('b')})" if self.variables["b"] else f"({v()} < 0)",
            lambda: f"(~{self.pick('b')})" if self.variables["b"] else f"({v()} != 0)",
        ]
        return r.choice(choices)()

    def whole(self):
        r, i = self.rng, lambda: self.pick("i")
        choices = [
            lambda: f"{i()}[{i()}]",
            lambda: f"F.minimum({i()} + {r.choice([1, 2])}, {N - 1})",
            lambda: f"F.maximum({i()} - {i()}, 0)",
            lambda: f"({N - 1} - {i()})",
            lambda: f"F.where({self.pick('b')}, {i()}, {i()})",
            lambda: f"abs({i()} - {r.randrange(N)})",
        ]
        return r.choice(choices)()

    def condition(self):
        r, s = self.rng, lambda: self.pick("s")
        choices = [
            lambda: f"{s()} {r.choice(['<', '<=', '>', '>='])} {r.choice([s(), '0.5', '0', '-0.25'])}",
            lambda: f"F.sum({self.pick('v')}) > {s()}",
            lambda: f"{self.pick('i')}[{r.randrange(N)}] {r.choice(['==', '>', '!='])} {r.randrange(N)}",
            lambda: f"{s()} == {r.choice(['1.0', s()])}",
            lambda: f"{s()} in [0.5, {s()}]",
            lambda: f"{s()} > 0.75 or {s()} < -0.5",
            lambda: f"not {s()} > 0.1 and {s()} < 2",
        ]
        return r.choice(choices)()

    def statement(self, depth, nested=2):
        r = self.rng
        kind = r.choices(
            ["plain", "branch", "loop", "while", "container", "builtin", "return"], [9, 2, 2, 1, 2, 1, 0.4]
        )[0]
        if nested == 0 or (self.straight and kind not in ("loop", "container")):
            kind = "plain"
        getattr(self, f"_{kind}")(depth, nested)

    def _plain(self, depth, nested):
        kind = self.rng.choice("sssvvvvmbi")
        made = {"s": self.number, "v": self.vector, "m": self.matrix, "b": self.mask, "i": self.whole}[kind]
        self.assign(depth, kind, made())

    def _branch(self, depth, nested):
        kind = self.rng.choice("sv")
        name = self.assign(depth, kind, self.pick(kind))
        self.write(depth, f"if B({self.condition()}):")
        self._inside(depth + 1, nested, name)
        if self.rng.random() < 0.6:
            self.write(depth, "else:")
            self._inside(depth + 1, nested, name)

    def _loop(self, depth, nested):
        kind = self.rng.choice("sv")
        name = self.assign(depth, kind, self.pick(kind))
        over = self.rng.choice([f"range({self.rng.randint(1, 4)})", "[1, 2.0, 0.5]", f"enumerate({self.pick('v')})"])
        turn = f"t{self.count}"
        self.write(depth, f"for {turn}{', e' + turn if 'enumerate' in over else ''} in {over}:")
        self._inside(depth + 1, nested, name)
        more = f"e{turn}" if "enumerate" in over else turn
        self.write(depth + 1, f"{name} = {name} * 0.5 + {more}")

    def _while(self, depth, nested):
        name = self.assign(depth, "s", f"F.sigmoid({self.pick('s')})")
        self.write(depth, f"while B({name} < {self.rng.choice(['2', '1.5', '3.0'])}):")
        self.write(depth + 1, f"{name} = {name} * {self.rng.choice(['2', '1.5'])} + 0.25")
        if self.rng.random() < 0.5:
            self.write(depth + 1, f"if B({self.condition()}):")
            self.write(depth + 2, self.rng.choice(["break", f"{name} = {name} + 1"]))

    def _container(self, depth, nested):
        r, s = self.rng, lambda: self.pick("s")
        self.count += 1
        name = f"c{self.count}"
        which = r.choice([0, 1, 3] if self.straight else [0, 1, 2, 3])
        if which == 0:
            self.write(depth, f"{name} = [{s()}, {s()}, {s()}]")
            self.write(depth, f"{name}.append({self.number()})")
            self.assign(depth, "s", f"sum(a * a for a in {name}[{r.randrange(2)}:])")
        elif which == 1:
            self.write(depth, f"{name} = {{'a': {s()}, 'b': {self.pick('v')}}}")
            self.write(depth, f"{name}['a'] = {name}['a'] + F.mean({name}['b'])")
            self.assign(depth, "s", f"{name}['a']")
        elif which == 2:
            self.write(depth, f"{name}, d{name} = {s()}, {self.number()}")
            self.assign(depth, "s", f"{name} - d{name} if B({self.condition()}) else d{name}")
        else:
            self.write(depth, f"{name} = [a + k for k, a in enumerate({self.pick('v')})]")
            self.assign(depth, "v", f"F.stack({name}[::-1])")

    def _builtin(self, depth, nested):
        r, s = self.rng, lambda: self.pick("s")
        text = r.choice(
            [
                f"max({s()}, {s()}, {r.choice(['0.5', s()])})",
                f"min([{s()}, {s()}])",
                f"sorted([{s()}, {s()}, {s()}])[{r.randrange(3)}]",
                f"sum({self.pick('v')})",
                f"(1.0 if any(a > 0.5 for a in {self.pick('v')}) else {s()})",
                f"({s()} if all(a < 1 for a in {self.pick('v')}) else 0.5)",
            ]
        )
        self.assign(depth, "s", text)

    def _return(self, depth, nested):
        self.write(depth, f"if B({self.condition()}):")
        self.write(depth + 1, f"return {self.pick('s')} * 0.5 + x, [{self.pick(self.rng.choice('sv'))}]")

    def _inside(self, depth, nested, name):
        """A block that ends by changing name; what it makes is gone after it."""
        before = {kind: list(found) for kind, found in self.variables.items()}
        for _ in range(self.rng.randint(0, 2)):
            self.statement(depth, nested - 1)
        made = self.number() if name[0] == "s" else self.vector()
        self.write(depth, f"{name} = {name} + {made}" if self.rng.random() < 0.7 else f"{name} = {made} * 1.0")
        self.variables = before


def random_function(seed):
    """The text of a function that gives one number and a list of whatever it has made."""
    writer = Writer(seed)
    writer.assign(1, "b", "v > 0.25")
    writer.assign(1, "s", "x * y + 0.5")
    for _ in range(writer.rng.randint(3, 10)):
        writer.statement(1)
    ends = [f"{writer.pick('s')}", f"F.sum({writer.pick('v')})", f"F.mean({writer.pick('m')})"]
    loss = " + ".join(writer.rng.sample(ends, writer.rng.randint(1, 3))) + " + 0.5 * x"
    more = [writer.pick(kind) for kind in writer.rng.choices("svmib", k=4)]
    writer.write(1, f"return {loss}, [{', '.join(more)}]")
    return "\n".join(["def fn(F, B, x, y, v, w, m, i):", *writer.lines, ""])


def made(seed):
    """The function itself; its lines can be quoted."""
    text, name = random_function(seed), f"program_{seed}.py"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"np": np, "__name__": "a_learner"}
    exec(compile(text, name, "exec"), scope)
    return scope["fn"]


ROUND = (0.0, -0.0, 0.5, 1.0, -0.25, -1.0, 2.0)


def arguments(seed):
    """x, y, v, w, m, i. Now and then of a few round numbers, so that equal ones meet, and zeros of both signs."""
    rng = np.random.default_rng(seed)

    def numbers(*shape):
        return rng.choice(ROUND, shape) if rng.random() < 0.25 else rng.uniform(-2, 2, shape)

    return float(numbers()), float(numbers()), numbers(N), numbers(N), numbers(N, N), rng.integers(0, N, N)


def _soft(v):
    e = np.exp(v - v.max())
    return e / e.sum()


def _convolved(m, v):
    """The matrix under a window of two by two that v weighs; a border of zeros above and on the left."""
    m = np.pad(m, ((1, 0), (1, 0)))
    return sum(v[2 * i + j] * m[i : i + N, j : j + N] for i in (0, 1) for j in (0, 1))


NUMPY = SimpleNamespace(
    convolved=_convolved,
    pooled=lambda m: np.array([m[i : i + 2, j : j + 2].max() for i in (0, 2) for j in (0, 2)]),
    tanh=np.tanh,
    sin=np.sin,
    cos=np.cos,
    exp=np.exp,
    log=np.log,
    sqrt=np.sqrt,
    square=lambda x: x * x,
    sigmoid=lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
    relu=lambda x: np.maximum(x, 0),
    maximum=np.maximum,
    minimum=np.minimum,
    where=np.where,
    clamp=np.clip,
    sum=lambda v, axis=None: np.sum(v, axis=axis),
    mean=lambda v, axis=None: np.mean(v, axis=axis),
    std=lambda v: np.std(v, ddof=1),
    amax=lambda v, axis=None: np.max(v, axis=axis),
    amin=lambda v, axis=None: np.min(v, axis=axis),
    largest=lambda m, axis: np.max(m, axis=axis),
    smallest=lambda m, axis: np.min(m, axis=axis),
    logsumexp=lambda v: np.log(np.exp(v - v.max()).sum()) + v.max(),
    softmax=_soft,
    gather=lambda v, i: np.take_along_axis(v, i, 0),
    number=lambda b: np.asarray(b, "float64")[()],
    stack=np.stack,
    cat=np.concatenate,
    reshape=lambda v, *shape: np.reshape(v, shape),
)


def _method(name):
    """The method of that name; a plain number, which has none, is NumPy's business."""
    return lambda x, *rest: getattr(x, name)(*rest) if hasattr(x, "shape") else float(getattr(NUMPY, name)(x, *rest))


def _pair(name):
    """a.name(b), or b.name(a) where a is a plain number."""

    def called(a, b):
        if not hasattr(a, "shape") and not hasattr(b, "shape"):
            return float(getattr(NUMPY, name)(a, b))
        a, b = (a, b) if hasattr(a, "shape") else (b, a)
        return getattr(a, name)(_like(a, b) if isinstance(a, torch.Tensor) else b)

    return called


def _like(a, b):
    return b if isinstance(b, torch.Tensor) else torch.as_tensor(b, dtype=a.dtype)


def _number(b):
    return b.double() if hasattr(b, "double") else float(b)


def _where(function):
    def called(c, a, b):
        return function(c, a, b) if any(hasattr(x, "shape") for x in (c, a, b)) else (a if c else b)

    return called


def _torch_where(c, a, b):
    array = next((x for x in (a, b) if isinstance(x, torch.Tensor)), torch.zeros((), dtype=torch.float64))
    return torch.where(torch.as_tensor(c), _like(array, a), _like(array, b))


def _world(where, stack, cat, functional):
    """Values that have PyTorch's methods: Tensors, traced values, and torch's own."""
    own = ("tanh", "sin", "cos", "exp", "log", "sqrt", "square", "sigmoid", "relu", "clamp")
    own += ("sum", "mean", "amax", "amin", "reshape")
    return SimpleNamespace(
        **{name: _method(name) for name in own},
        maximum=_pair("maximum"),
        minimum=_pair("minimum"),
        where=_where(where),
        stack=stack,
        cat=cat,
        number=_number,
        std=lambda v: v.std(0),
        largest=lambda m, dim: m.max(dim)[0],
        smallest=lambda m, dim: m.min(dim)[0],
        logsumexp=lambda v: v.logsumexp(0),
        softmax=lambda v: v.softmax(0),
        gather=lambda v, i: v.gather(0, i),
        pooled=lambda m: functional.max_pool2d(m.reshape(1, 1, N, N), 2).reshape(N),
        convolved=lambda m, v: functional.conv2d(m.reshape(1, 1, N, N), v.reshape(1, 1, 2, 2), padding=1).reshape(
            N + 1, N + 1
        )[:N, :N],
    )


COURSE = _world(tensor.where, tensor.stack, tensor.cat, functional)
TORCH = _world(
    _torch_where,
    lambda parts: torch.stack([torch.as_tensor(p, dtype=torch.float64) for p in parts]),
    torch.cat,
    torch.nn.functional,
)
