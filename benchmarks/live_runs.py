"""How soon a training dashboard answers: in a real kernel, with the messages that JupyterLab sends, and none between.

The kernel trains a 64-32-10 network on handwritten digits, over 1000 steps a second, while it is asked to pause, to go
on, and to compute something else; what is measured is the time until its answer is here. The training's own cost is
CPU seconds of one process, by turns with and without a dashboard.
"""

import statistics
from time import perf_counter, process_time

from jupyter_client.manager import start_new_kernel

from karpathy_course.data import DataLoader, digits
from karpathy_course.nn import CrossEntropyLoss, Linear, ReLU, Sequential, manual_seed
from karpathy_course.optim import SGD
from karpathy_course.train import fit
from karpathy_course.widgets import TrainingDashboard

PAUSES, ROUNDS, EPOCHS, RUNNING, DEADLINE = 40, 5, 20, 3, 30
MAKE = """
from benchmarks.live_runs import training
from karpathy_course.widgets import TrainingDashboard
dashboard = TrainingDashboard(*training(epochs=100_000))
print(dashboard.comm.comm_id)
"""


def training(epochs=EPOCHS):
    """(steps of a training on all digits, its optimiser)."""
    manual_seed(0)
    model = Sequential(Linear(64, 32), ReLU(), Linear(32, 10))
    optimizer = SGD(model.parameters(), lr=0.1)
    return fit(model, DataLoader(digits(), 32, shuffle=True), CrossEntropyLoss(), optimizer, epochs=epochs), optimizer


def plain(steps):
    for step in steps:
        step.loss  # noqa: B018 a loss that is not read costs nothing


def watched(steps, optimizer):
    dashboard = TrainingDashboard(steps, optimizer)
    dashboard.start()
    dashboard.wait()


def overhead():
    """CPU seconds of a training's steps (alone, in a dashboard): medians, by turns."""
    taken = [], []
    for _ in range(ROUNDS):
        for times, run in zip(taken, (lambda s, o: plain(s), watched)):
            given = training()
            start = process_time()
            run(*given)
            times.append(process_time() - start)
    return [statistics.median(times) for times in taken]


class Kernel:
    """A kernel with a dashboard in it, and the client's side of its comm."""

    def __init__(self):
        self.manager, self.client = start_new_kernel()
        printed = []
        self.client.execute_interactive(MAKE, timeout=DEADLINE, output_hook=lambda m: printed.append(m["content"]))
        text = "".join(content.get("text", "") for content in printed)
        if not text.strip():
            raise SystemExit(f"The kernel made no dashboard: {printed}")
        self.comm = text.strip()
        self.messages = 0

    def ask(self, what):
        content = {"comm_id": self.comm, "data": {"method": "custom", "content": {"ask": what}}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))

    def until(self, status):
        """Reads messages until the dashboard says that it is in this state; that message."""
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE)
            news = message["content"].get("data", {}).get("content", {}).get("news")
            if news:
                self.messages += 1
                if news["status"] == status:
                    return news

    def computing(self):
        start = perf_counter()
        self.client.execute_interactive("sum(range(1000))", timeout=DEADLINE, output_hook=lambda message: None)
        return perf_counter() - start


def latencies():
    """{"pausing", "paused", "computed": seconds of each try; "messages", "steps": a second, while it runs}."""
    kernel = Kernel()
    found = {"pausing": [], "paused": [], "computed": []}
    try:
        for _ in range(PAUSES):
            kernel.ask("start")
            kernel.until("running")
            found["computed"].append(kernel.computing())
            start = perf_counter()
            kernel.ask("pause")
            for status in ("pausing", "paused"):
                kernel.until(status)
                found[status].append(perf_counter() - start)
        kernel.ask("start")
        first, start, kernel.messages = kernel.until("running")["number"], perf_counter(), 0
        while perf_counter() - start < RUNNING:
            number = kernel.until("running")["number"]
        spent = perf_counter() - start
        found |= {"messages": kernel.messages / spent, "steps": (number - first) / spent}
    finally:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)
    return found
