"""An answer that comes from the course is refused, by whatever name it comes; an own one that looks alike is not."""

import pytest

from karpathy_course.checks.runner.ownership import foreign_origin

NOT_OWN = {
    "the thing itself": "from karpathy_course.neuron import MLP as answer",
    "a subclass": "from karpathy_course.neuron import MLP\nclass answer(MLP):\n    pass",
    "a method": "from karpathy_course.neuron import MLP\nanswer = MLP.parameters",
    "a bound method": "from karpathy_course.neuron import Module\nanswer = Module().parameters",
    "a partial": "from functools import partial\nfrom karpathy_course.data import moons\nanswer = partial(moons, 3)",
    "a borrowed member": "from karpathy_course.neuron import MLP\nclass answer:\n    parameters = MLP.parameters",
    "a call": "from karpathy_course.data import moons\ndef answer():\n    return moons()",
    "a call through a module": "import karpathy_course.data as d\ndef answer():\n    return d.moons()",
    "an import inside": "def answer():\n    from karpathy_course.data import moons\n    return moons()",
    "a helper's call": "from karpathy_course.data import moons\ndef help():\n    return moons()\n"
    "def answer():\n    return help()",
    "a wrapped function": "import functools\nfrom karpathy_course.data import moons\n@functools.wraps(moons)\n"
    "def answer(*a):\n    return moons(*a)",
    "a closure": "from karpathy_course.data import moons\ndef make(f):\n    def inner():\n        return f()\n"
    "    return inner\nanswer = make(moons)\ndel moons",
    "a method's call": "from karpathy_course.data import moons\nclass answer:\n    def f(self):\n"
    "        return moons()",
    "an instance": "from karpathy_course.neuron import MLP\nanswer = MLP(2, [1])",
    "a library": "import micrograd.engine\nanswer = micrograd.engine.Value",
    "under no_grad": "import torch\nfrom karpathy_course.data import moons\nanswer = torch.no_grad()(moons)",
    "the scalar engine": "from karpathy_course.scalar import Value as answer",
}
OWN = {
    "a function": "def answer(x):\n    return x",
    "a helper": "def help(x):\n    return x\ndef answer(x):\n    return help(x)",
    "recursion": "def answer(x):\n    return answer(x)",
    "the standard library": "import math\nanswer = math.sin",
    "a list": "answer = [1, 2]",
    "a class": "class answer:\n    def f(self):\n        return answer()",
    "a dataclass": "from dataclasses import dataclass\n@dataclass\nclass answer:\n    x: float",
    "a method under no_grad": "import torch\nclass answer:\n    @torch.no_grad()\n    def f(self):\n        return 1",
    "a function under autocast": "import torch\n@torch.autocast('cpu', torch.bfloat16)\ndef answer(x):\n    return x",
    "a check beside it": "from karpathy_course import check\ndef answer():\n    return check",
    "a name that looks alike": "class karpathy_course_mine:\n    pass\nanswer = karpathy_course_mine",
}


def made(source):
    namespace = {"__name__": "__main__"}
    exec(source, namespace)
    return namespace["answer"]


@pytest.mark.parametrize("what", NOT_OWN)
def test_what_comes_from_elsewhere_is_named(what):
    assert foreign_origin(made(NOT_OWN[what])).startswith(("karpathy_course.", "micrograd"))


@pytest.mark.parametrize("what", OWN)
def test_what_is_the_learners_own_is_left_alone(what):
    assert foreign_origin(made(OWN[what])) is None


def test_what_the_exercise_provides_may_be_used_but_not_handed_in():
    given = {"karpathy_course.scalar"}
    used = "from karpathy_course.scalar import Value\ndef answer(x):\n    return Value(x)"
    built_on = "from karpathy_course.scalar import Value\nclass answer(Value):\n    pass"
    assert foreign_origin(made(used), given) is None and foreign_origin(made(built_on), given) is None
    handed_in = "from karpathy_course.scalar import Value as answer"
    assert foreign_origin(made(handed_in), given) == "karpathy_course.scalar"


def test_what_provides_a_package_provides_what_stands_in_its_modules():
    given = {"karpathy_course.nn"}
    by_name = "from karpathy_course.nn import Linear\ndef answer():\n    return Linear(2, 1)"
    by_module = "import karpathy_course.nn.functional as F\ndef answer(x):\n    return F.relu(x)"
    inside = "def answer(x):\n    from karpathy_course.nn.layers import Linear\n    return Linear"
    assert [foreign_origin(made(source), given) for source in (by_name, by_module, inside)] == [None] * 3
    other = "from karpathy_course.optim import Adam\ndef answer(p):\n    return Adam(p)"
    assert foreign_origin(made(other), given) == "karpathy_course.optim.adam"
    assert foreign_origin(made("from karpathy_course.nn import Linear as answer"), given) == "karpathy_course.nn.layers"
