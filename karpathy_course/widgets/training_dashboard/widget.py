"""The training dashboard: a training that runs in the background, watched, paused and steered from the page.

All state lives here: the page only draws it, so that leaving it stops nothing, and a second one shows the same.
Changes are sent in batches, at most 30 messages a second. Stable names for tests and assistive tools: data-testid
training-dashboard, run (start and pause), step, rate, set-rate, halve, double, pace, look, loss, by-epoch, rates,
gradients, metric, log, lengths, text-line; ``[data-fact]`` are the state and its numbers, data-exact their digits.
"""

from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.training_dashboard.background import BackgroundRun


class TrainingDashboard(Widget, folder="training_dashboard"):
    """Run a training in the background and steer it: ``TrainingDashboard(fit(…), optimizer)``.

    steps: what `fit` gives, or a reader around it (`early_stopping`, `checkpoints`). optimizer: the one that fit was
    given; its rate can be changed while it runs. Nothing runs before ``start()`` or the page's start button. While it
    runs, leave its model alone: ``pause()`` first, or ``wait()`` for the end. A dashboard of the same optimiser that
    still runs is paused when this one starts.
    """

    title = "Training dashboard"

    def __init__(self, steps, optimizer):
        if not hasattr(optimizer, "param_groups"):
            raise TypeError(
                f"TrainingDashboard: the second argument is a {type(optimizer).__name__}, expected the optimiser that "
                "fit was given: TrainingDashboard(fit(model, loader, loss, optimizer), optimizer)"
            )
        self.run = BackgroundRun(steps, optimizer, self._tell)
        self._serial = 0
        super().__init__(data=self.state())
        self.on_msg(self._asked)

    def start(self, steps=None):
        """Start or go on, in the background; with steps, pause after so many."""
        self.run.start(steps)

    def pause(self):
        """Pause after the step that is being taken, and wait for it; the run can go on."""
        self.run.pause()
        self.run.wait()

    def wait(self, timeout=None):
        """Wait until the run stands: finished, paused or failed; then raise its error again, if it has one.

        Returns whether it stands. timeout: seconds to wait at most. While a cell waits, the kernel hears no button of
        the page; interrupting the kernel pauses the run.
        """
        try:
            stands = self.run.wait(timeout)
        except KeyboardInterrupt:
            self.run.pause()
            raise
        if stands and self.run.error is not None:
            raise self.run.error
        return stands

    def set_rate(self, rate):
        """Let the next step use this learning rate; groups with rates of their own keep their proportion.

        Raises ValueError for what is no rate, or where fit was given a schedule.
        """
        self.run.set_rate(rate)

    @property
    def status(self):
        """ "new", "running", "pausing", "paused", "finished" or "failed"."""
        return self.run.status

    @property
    def error(self):
        """What the run raised, None if nothing."""
        return self.run.error

    @property
    def steps(self):
        """A list of all steps so far, as records of numbers: number, epoch, loss, smoothed, rate, gradient_norm,
        and at the last step of an epoch train and validation, {name: float}.
        """
        with self.run.lock:
            return self.run.record.steps()

    def state(self):
        """All that the page shows, as JSON; at most 250 KB, however long the run is."""
        with self.run.lock:
            return {"serial": self._serial, **self._facts(), **self.run.record.shown()}

    def _facts(self):
        run = self.run
        last = run.record.last or {"number": 0, "total": None, "epoch": 0, "epochs_planned": None}
        speed = run.speed()
        return {
            **last,
            "status": run.status,
            "rate": run.rate,
            "scheduled": run.scheduled,
            "speed": speed,
            "left": (last["total"] - last["number"]) / speed if speed and last["total"] and not run.ended else None,
            "lengths": run.measure_gradient,
            "pace": run.pace,
            "error": None if run.error is None else told(run.error),
        }

    def _tell(self):
        self._serial += 1
        self.send({"news": {"serial": self._serial, **self._facts(), **self.run.record.shown(news=True)}})
        if self.run.status in ("paused", "finished", "failed"):
            self.data = self.state()  # what a view that is made later begins with

    def _asked(self, widget, message, buffers):
        answer = self.answer(message)
        if answer is not None:
            self.send(answer)

    def answer(self, message):
        """What a page's request does: state, start, pause, step; rate, pace and lengths, with a value.

        Returns what is sent back at once: {"state"}, {"refused": one sentence}, or None. Never waits.
        """
        ask, run = message.get("ask"), self.run
        if ask == "state":
            return {"state": self.state()}
        if ask in ("start", "step"):
            run.start(1 if ask == "step" else None)
        elif ask == "pause":
            run.pause()
        elif ask == "lengths":
            run.measure_gradient = bool(message.get("value"))
            return {"state": self.state()}
        elif ask == "pace":
            run.set_pace(message.get("value"))
            return {"state": self.state()}
        elif ask == "rate":
            try:
                run.set_rate(message.get("value"))
            except ValueError as error:
                return {"refused": f"The {error}." if str(error).startswith("learning") else f"{error}."}
        return None

    def page_data(self):
        return self.state()

    def describe(self):
        record, status = self.run.record, self.run.status
        if status in ("running", "pausing"):
            return "Training dashboard: running; pause() it or wait() for it to read its numbers"
        if record.last is None:
            error = f"\n  {told(self.run.error)['text']}" if self.run.error else ""
            return f"Training dashboard: {WORDS[status]}{error}"
        last, steps = record.last, record.numbers
        lines = [
            f"Training dashboard: {WORDS[status]} after step {last['number']} of {last['total']}, "
            f"epoch {last['epoch']} of {last['epochs_planned']}",
            f"  loss {format_number(steps['loss'][0])} at step {record.first}, {format_number(steps['loss'][-1])} "
            f"at step {last['number']} (smoothed {format_number(steps['smoothed'][-1])})",
            f"  learning rate {format_number(steps['rate'][-1])}" + "".join(
                f", {format_number(before)} → {format_number(after)} from step {number} on"
                for number, before, after in record.changes[-3:]
            ),
        ]  # fmt: skip
        if record.epochs:
            _, train, validation = record.epochs[-1]
            for kind, found in (("training", train), ("validation", validation)):
                if found:
                    listed = ", ".join(f"{name} {format_number(value)}" for name, value in found.items())
                    lines.append(f"  epoch {len(record.epochs)}, {kind}: {listed}")
        if self.run.error is not None:
            lines.append(f"  {told(self.run.error)['text']}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.training_dashboard.picture import draw

        return draw(self.state())


WORDS = {"new": "not started", "paused": "paused", "finished": "finished", "failed": "stopped by an error"}


def told(error):
    """An error in words: {"text", "step", "where"}; the last two where the error says them, as NotFinite does."""
    words, kind = str(error).strip() or "no message", type(error).__name__
    return {"text": f"{kind}: {words}", "step": getattr(error, "step", None), "where": getattr(error, "where", None)}
