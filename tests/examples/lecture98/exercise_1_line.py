"""Exercise 98.1: a module of PyTorch, and a step of gradient descent with it."""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_numbers


class Line(Exercise):
    id = "98.1"
    title = "A line in PyTorch"
    section = "A module"
    task = "Write the module Line and `step(model, x, y, rate)`: a step on the mean squared error."
    difficulty, importance, minutes, points = 1, 1, 5, 4
    needs = ("Line", "step")
    libraries = ("torch",)
    properties = {"forward": 0.5, "a step": 0.5}
    hints = ("one", "two", "three")

    @staticmethod
    def cases(rng):
        number = lambda: round(rng.uniform(-2, 2), 3)
        cases = []
        for property in ("forward", "a step"):
            x = [number() for _ in range(4)]
            cases.append({"property": property, "w": number(), "b": number(), "x": x, "y": [number() for _ in x]})
        return cases

    @staticmethod
    def probe(namespace, case):
        import torch

        model = namespace["Line"]().double()
        with torch.no_grad():
            model.w.fill_(case["w"])
            model.b.fill_(case["b"])
        x, y = torch.tensor(case["x"], dtype=torch.float64), torch.tensor(case["y"], dtype=torch.float64)
        if case["property"] == "forward":
            return model(x).tolist()
        namespace["step"](model, x, y, 0.1)
        return [model.w.item(), model.b.item()]

    @staticmethod
    def judge(case, answer):
        w, b, pairs = case["w"], case["b"], list(zip(case["x"], case["y"]))
        right = [w * x + b for x, _ in pairs]
        if case["property"] == "a step":
            errors = [w * x + b - y for x, y in pairs]
            by_w, by_b = 2 * sum(e * x for e, (x, _) in zip(errors, pairs)) / len(pairs), 2 * sum(errors) / len(pairs)
            right = [w - 0.1 * by_w, b - 0.1 * by_b]
        expect_numbers(answer, len(right))
        if not all(map(close, answer, right)):
            raise Mistake("wrong", "That is not it.", answer, right)
