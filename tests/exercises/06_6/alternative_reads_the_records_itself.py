import math
import os
import struct

from tensorboard.compat.proto.event_pb2 import Event


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.losses, self.patience, self.min_delta = [], patience, min_delta

    def better_epochs(self):
        best, found = math.inf, []
        for epoch, loss in enumerate(self.losses, 1):
            if best - loss > self.min_delta:
                best = loss
                found.append((epoch, loss))
        return found

    @property
    def best(self):
        return self.better_epochs()[-1][1] if self.better_epochs() else math.inf

    @property
    def best_epoch(self):
        return self.better_epochs()[-1][0] if self.better_epochs() else 0

    def update(self, loss):
        self.losses.append(loss)
        return len(self.losses) - self.best_epoch >= self.patience


def read_curve(folder, tag):
    points = []
    for name in os.listdir(folder):
        if not name.startswith("events.out.tfevents."):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        place = 0
        while place < len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            event = Event.FromString(data[place + 12 : place + 12 + length])
            place += 16 + length
            for value in event.summary.value:
                if value.tag == tag and value.WhichOneof("value") == "simple_value":
                    points.append((event.wall_time, event.step, value.simple_value))
    if not points:
        raise KeyError(tag)
    curve = {step: value for _, step, value in sorted(points, key=lambda p: p[0])}
    return [(step, curve[step]) for step in sorted(curve)]
