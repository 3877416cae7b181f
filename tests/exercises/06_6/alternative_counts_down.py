from tensorboard.backend.event_processing import event_accumulator


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = self.left = patience
        self.min_delta = min_delta
        self.best, self.best_epoch, self.epochs = float("inf"), 0, 0

    def update(self, loss):
        self.epochs += 1
        self.left -= 1
        if loss + self.min_delta < self.best:
            self.best, self.best_epoch, self.left = loss, self.epochs, self.patience
        return self.left <= 0


def read_curve(folder, tag):
    run = event_accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    run.Reload()
    newest = {}
    for scalar in run.Scalars(tag):
        if scalar.step not in newest or newest[scalar.step].wall_time < scalar.wall_time:
            newest[scalar.step] = scalar
    return [(step, newest[step].value) for step in sorted(newest)]
