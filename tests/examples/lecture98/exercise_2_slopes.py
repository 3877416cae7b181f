"""Exercise 98.2: gradients by the course's own tensors, which stand on array-api-compat."""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_numbers


class Slopes(Exercise):
    id = "98.2"
    title = "Slopes by tensors"
    section = "A tensor"
    task = "Write `slopes(xs)`: the slope of x³ at each x, by a Tensor's backward."
    difficulty, importance, minutes, points = 1, 1, 5, 3
    needs = ("slopes",)
    provides = {"Tensor": "karpathy_course.tensor.tape"}
    libraries = ("numpy", "array-api-compat")
    properties = {"positive": 0.5, "negative": 0.5}
    hints = ("one", "two", "three")

    @staticmethod
    def cases(rng):
        signs = (("positive", 1), ("negative", -1))
        return [{"property": name, "xs": [sign * rng.uniform(1, 2) for _ in range(3)]} for name, sign in signs]

    @staticmethod
    def probe(namespace, case):
        return namespace["slopes"](case["xs"])

    @staticmethod
    def judge(case, answer):
        right = [3 * x * x for x in case["xs"]]
        expect_numbers(answer, len(right))
        if not all(map(close, answer, right)):
            raise Mistake("wrong", "That is not it.", answer, right)
