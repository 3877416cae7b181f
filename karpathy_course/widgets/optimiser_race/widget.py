"""The race: a map of a surface, and the paths of several optimisers on it, the learner's own among them.

With a kernel Python runs every optimiser anew when the start, the surface or a rate is changed on the page; all that
the page shows is in `data`, so a second page shows the same. Without one the page runs the course's optimisers by the
same formulas; the learner's keep the path that Python ran. Stable names for tests and assistive tools: data-testid
optimiser-race, map, start, surface, condition, turn, best, losses, field, rate-NAME, shown-NAME, text-line, and the
player's; ``[data-racer]`` is a row of the field, with data-outcome, data-since and data-loss.
"""

from karpathy_course.optim.surfaces import SURFACES, quadratic
from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.optimiser_race.field import (
    COURSE,
    OWN_LETTERS,
    RATES,
    best_options,
    checked_rate,
    course_racer,
    own_racers,
)
from karpathy_course.widgets.optimiser_race.running import BLOWN, Bounds, outcome, run

STEPS, MOST_STEPS = 300, 1000
MOST_POINTS = 3800  # on a page without a kernel: 250 KB, at 66 bytes a point


class OptimiserRace(Widget, folder="optimiser_race"):
    """Run optimisers side by side down a surface: ``OptimiserRace({"mine": MyAdam}, surface="rosenbrock")``.

    own: your optimisers, {name: class}, at most 3; or one class, then called "mine". A class is made as
    ``MyAdam(params, lr=…)``, where params is a list of one parameter with ``data`` and ``grad``, arrays of two numbers;
    its ``step()`` changes the data, ``zero_grad()`` is called after it if there is one. Instead of a class: a function
    ``step(point, gradient, state)`` that returns the next point; state is a dict that is kept from step to step and
    begins as {"lr": the rate}.
    surface: "quadratic", "ravine", "rosenbrock" or "saddle" (`optim.surfaces`). against: names of the course's
    optimisers that run too. lr: {name: rate}, or one rate for all; it holds on every surface, and without it each
    surface has rates of its own. start: (x, y). condition, turn: of the quadratic.
    steps: 1 to 1000, fewer where many run; 300 or as many as can be when None.
    An own optimiser that raises, returns no point or takes more than a second for its steps is shown with the words;
    the others go on. Raises TypeError or ValueError, one sentence, for what is none of these.
    """

    title = "Optimiser race"

    def __init__(
        self, own=None, surface="quadratic", *, against=tuple(COURSE), lr=None, start=None, condition=20.0, turn=0.0,
        steps=None,
    ):  # fmt: skip
        self.own, self.against = own_racers(own), _names(against)
        self.bounds = {name: Bounds() for name in self.own}
        self.names = [*self.against, *self.own]
        if not self.names:
            raise ValueError("OptimiserRace: nobody runs: give an optimiser of your own, or names in against")
        paths = len(self.names) + len(self.own) * (len(SURFACES) - 1)  # see page_data
        most = min(MOST_STEPS, MOST_POINTS // paths - 1)
        steps = min(STEPS, most) if steps is None else steps
        if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= most:
            raise ValueError(
                f"OptimiserRace: steps={steps!r}: expected a whole number from 1 to {most} where {len(self.names)} run"
            )
        self.steps, self.given = steps, _given_rates(lr, self.names)
        wanted = {"surface": surface, "condition": condition, "turn": turn, "best": False, "start": start, "rates": {}}
        super().__init__(data=self._raced(wanted, 0))
        self.on_msg(self._asked)

    def race(self, surface=None, start=None, rates=None, condition=None, turn=None, best=None):
        """Run all anew, with what is given changed and all else as it is now; the page follows.

        best: on the quadratic, whether SGD, momentum and Nesterov use the rate and the momentum that are best in
        theory. Raises ValueError, one sentence, for what cannot be, and then changes nothing.
        """
        now = self.data
        same = surface in (None, now["surface"])
        wanted = {
            "surface": now["surface"] if same else surface,
            "condition": now["condition"] if condition is None else condition,
            "turn": now["turn"] if turn is None else turn,
            "best": now["best"] if best is None else best,
            "start": now["start"] if start is None and same else start,
            "rates": {**(now["rates"] if same else {}), **(rates or {})},
        }
        self.data = self._raced(wanted, now["serial"] + 1)

    def path(self, name):
        """[(x, y, loss)] of a racer, from the start on."""
        found = self.data["paths"][name]
        return [tuple(map(float, each)) for each in zip(found["x"], found["y"], found["losses"])]

    def outcomes(self):
        """{name: (what, since which step)}: "reached", "diverged", "failed" or "under way"; see `outcome`."""
        tolerance = self.data["surfaces"][self.data["surface"]]["tolerance"]
        return {name: outcome(found, tolerance) for name, found in self.data["paths"].items()}

    def default_rates(self, surface):
        """{name: rate} of all on a surface, as long as nobody changes one."""
        table = RATES[surface]
        return {name: self.given.get(name, table.get(name, table["SGD"])) for name in self.names}

    def _raced(self, wanted, serial, asked=None):
        name = wanted["surface"]
        if name not in SURFACES:
            raise ValueError(f"OptimiserRace: surface {name!r}: expected one of {', '.join(SURFACES)}")
        bowl = quadratic(wanted["condition"], wanted["turn"])
        surface = bowl if name == "quadratic" else SURFACES[name]()
        start = _point(surface.start if wanted["start"] is None else wanted["start"], surface.bounds)
        if unknown := wanted["rates"].keys() - set(self.names):
            raise ValueError(f"OptimiserRace: a rate of {sorted(unknown)[0]}: expected {', '.join(self.names)}")
        rates = self.default_rates(name)
        rates |= {who: checked_rate(who, rate) for who, rate in wanted["rates"].items()}
        best = bool(wanted["best"]) and name == "quadratic"
        paths = {}
        for who in self.names:
            options = self._options(who, rates[who], bowl.options["condition"] if best else None)
            given = self.own[who] if who in self.own else COURSE[who][0]
            paths[who] = {"options": options, **run(given, start, surface, self.steps, options, self.bounds.get(who))}
        return {
            "serial": serial,
            "asked": asked,
            "steps": self.steps,
            "surface": name,
            **bowl.options,
            "best": bool(wanted["best"]),
            "start": list(start),
            "rates": rates,
            "field": [course_racer(who) for who in self.against]
            + [{"name": who, "letter": OWN_LETTERS[k], "kind": "own", "options": {}} for k, who in enumerate(self.own)],
            "blown": BLOWN,
            "surfaces": {each: self._about(each) for each in SURFACES},
            "paths": paths,
        }

    def _options(self, who, rate, condition):
        """What the racer is made with, beside its parameters; condition: of a bowl whose best rates are wanted."""
        if who in self.own:
            return {"lr": rate}
        best = best_options(who, condition) if condition is not None else None
        return {"lr": rate, **COURSE[who][1], **(best or {})}

    def _about(self, name):
        surface = SURFACES[name]()
        shown = {"start": surface.start, "minima": surface.minima, "bounds": surface.bounds}
        return {**shown, "tolerance": surface.tolerance, "rates": self.default_rates(name)}

    def _asked(self, widget, message, buffers):
        if message.get("ask") != "race":
            return
        wanted = {key: message.get(key) for key in ("surface", "condition", "turn", "best", "start")}
        try:
            rates = message.get("rates") or {}
            self.data = self._raced({**wanted, "rates": rates}, self.data["serial"] + 1, message.get("asked"))
        except ValueError as error:
            self.send({"refused": f"{error}.", "asked": message.get("asked")})

    def page_data(self):
        """Also how the own optimisers run on the other surfaces, each from its own start: no page can run them."""
        now, elsewhere = self.data, {}
        for name in SURFACES.keys() - {now["surface"]} if self.own else ():
            wanted = {"surface": name, "start": None, "rates": {}, "best": False}
            found = self._raced({**now, **wanted}, 0)
            kept = {key: found[key] for key in ("condition", "turn", "start", "rates")}
            elsewhere[name] = {**kept, "paths": {who: found["paths"][who] for who in self.own}}
        return {**now, "elsewhere": elsewhere}

    def describe(self):
        data = self.data
        x, y = map(format_number, data["start"])
        bowl = f", condition number {format_number(data['condition'])}" if data["surface"] == "quadratic" else ""
        tolerance = data["surfaces"][data["surface"]]["tolerance"]
        lines = [
            f"Optimiser race: the surface {data['surface']}{bowl}, {data['steps']} steps from ({x}, {y}), "
            f"tolerance {format_number(tolerance)}"
        ]
        for who, (what, since) in self.outcomes().items():
            found = data["paths"][who]
            last = format_number(float(found["losses"][-1]))
            said = {
                "reached": f"below the tolerance from step {since} on",
                "diverged": f"diverged: over {BLOWN} times the first loss from step {since} on",
                "failed": f"stopped at step {since}: {(found['error'] or {}).get('text')}",
                "under way": "not below the tolerance at the end",
            }[what]
            lines.append(f"  {who}, rate {format_number(found['options']['lr'])}: {said}; last loss {last}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.optimiser_race.picture import draw

        return draw(self.data, self.outcomes())


def _names(against):
    names = [against] if isinstance(against, str) else list(against)
    if unknown := [name for name in names if name not in COURSE]:
        raise ValueError(f"OptimiserRace: against {unknown[0]!r}: expected names among {', '.join(COURSE)}")
    return list(dict.fromkeys(names))


def _given_rates(lr, names):
    if lr is None:
        return {}
    given = lr if isinstance(lr, dict) else dict.fromkeys(names, lr)
    if unknown := [name for name in given if name not in names]:
        raise ValueError(f"OptimiserRace: a rate for {unknown[0]!r}, who does not run: expected {', '.join(names)}")
    return {name: checked_rate(name, rate) for name, rate in given.items()}


def _point(start, bounds):
    try:
        x, y = (float(number) for number in start)
    except (TypeError, ValueError):
        raise ValueError(f"OptimiserRace: start {start!r}: expected two numbers, as in (-4, 2)") from None
    (x0, x1), (y0, y1) = bounds
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        raise ValueError(
            f"OptimiserRace: start ({x:g}, {y:g}): expected a point of the map, "
            f"x from {x0:g} to {x1:g} and y from {y0:g} to {y1:g}"
        )
    return x, y
