"""An exercise of lecture 10 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import torch
from torch import nn

from karpathy_course.checks import check


def passed(exercise, **answer):
    return check(exercise, namespace={"torch": torch, "nn": nn} | answer, seed=5, record=False).passed


def test_the_lectures_cured_step_alone_does_not_pass_10_2():
    def train_on_device(model, batches, optimizer, epochs, mean, deviation, limit):
        losses = []
        for _ in range(epochs):
            for x, y in batches:
                loss = nn.functional.cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
        return torch.stack(losses), torch.stack(losses)

    assert not passed("10.2", train_on_device=train_on_device)


def test_the_lectures_seed_at_the_start_does_not_pass_10_3():
    def seeded_run(make_model, update, n, epochs, batch_size, seed):
        torch.manual_seed(seed)
        model, losses = make_model(), []
        for _ in range(epochs):
            for rows in torch.randperm(n).split(batch_size):
                losses.append(update(model, rows))
        return model, losses

    assert not passed("10.3", seeded_run=seeded_run)


def test_the_lectures_checkpoint_of_three_things_does_not_pass_10_4():
    def save_run(path, run):
        torch.save({"model": run.model.state_dict(), "optimizer": run.optimizer.state_dict(), "epoch": run.epoch}, path)

    def resume_run(path, run):
        saved = torch.load(path, weights_only=True)
        run.model.load_state_dict(saved["model"])
        run.optimizer.load_state_dict(saved["optimizer"])
        run.epoch = saved["epoch"]

    assert not passed("10.4", save_run=save_run, resume_run=resume_run)


def test_the_lectures_autocast_around_the_loss_does_not_pass_10_5():
    def mixed_step(model, loss_function, optimizer, x, y):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    class LossScaler:
        def __init__(self, scale, growth, backoff, interval):
            self.scaler = torch.amp.GradScaler("cpu", scale, growth, backoff, interval)

        @property
        def scale(self):
            return self.scaler.get_scale()

        def scaled(self, loss):
            return self.scaler.scale(loss)

        def step(self, optimizer):
            before = self.scale
            self.scaler.step(optimizer)
            self.scaler.update()
            return self.scale >= before

    assert not passed("10.5", mixed_step=mixed_step, LossScaler=LossScaler)


def test_the_lectures_item_alone_does_not_pass_10_7():
    def train_and_report(model, batches, validation, optimizer):
        history, first, average, largest = [], [], 0.0, None
        for x, y in batches:
            scores = model(x)
            loss = nn.functional.mse_loss(scores, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history.append(loss.item())
            average = 0.9 * average + 0.1 * history[-1]
            largest = history[-1] if largest is None else max(largest, history[-1])
            first.append(scores[0])
        errors = [(model(x) - y).abs().mean().item() for x, y in validation]
        return {
            "history": history,
            "average": average,
            "largest": largest,
            "first": first,
            "validation": sum(errors) / len(errors),
        }

    assert not passed("10.7", train_and_report=train_and_report)
