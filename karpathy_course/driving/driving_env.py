"""One car as a Gymnasium environment: a world of one, with Gymnasium's manners."""

import gymnasium
import numpy as np
from gymnasium import spaces

from karpathy_course.driving.observers import checked, seen
from karpathy_course.driving.picture import top_view
from karpathy_course.driving.world import ACTIONS, GRIP, World, grip_of

DECISIONS = 150  # of 0.2 s: half a minute


class DrivingEnv(gymnasium.Env):
    """Drive along a closed road, as far as you can, without leaving it.

    Actions: Discrete(15), ``3 · steering + push``: steering 0-4 asks for −1, −0.4, 0, 0.4, 1 of full lock (negative:
    right), push 0-2 brakes, rolls, accelerates; held for 0.2 s. Observation: ten numbers, see ``physics.observation``,
    or what ``observe`` sees. Reward: 0.1 a metre, −5 for a crash, less near the edge (``edge_cost``). Terminated by a
    crash, truncated after ``max_episode_steps`` decisions.
    tracks: Tracks or their seeds, one is drawn at each reset. weather: "dry", "wet", "ice", or None: drawn at each.
    weather_change: the probability, for each decision, that it is drawn again. dtype, "float32" or "float64": of
    state and observation. render_mode: None or "rgb_array". ``reset(options={"track": 3, "weather": "ice"})``
    chooses for this episode. ``world`` holds the public arrays, each of shape (1,): see ``World``.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}

    def __init__(
        self,
        tracks=range(16),
        weather=None,
        weather_change=0.0,
        edge_cost=0.5,
        max_episode_steps=DECISIONS,
        observe=None,
        dtype="float32",
        render_mode=None,
    ):
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode: expected None or 'rgb_array', got {render_mode!r}")
        like = np.zeros((), dtype=float_type(dtype))
        self.world = World(1, like, tracks, weather, weather_change, edge_cost)
        self.observer = checked(observe, dtype)
        self.observation_space, self.action_space = self.observer.space, spaces.Discrete(ACTIONS)
        self.max_episode_steps, self.render_mode = whole_steps(max_episode_steps), render_mode
        self._seeded, self._running = False, False

    def reset(self, *, seed=None, options=None):
        """Start anew: (observation, {}). The same seed gives the same car, track and weather; see ``DrivingEnv``."""
        super().reset(seed=seed)
        track, weather = chosen(options, self.world)
        if seed is not None or not self._seeded:
            key = seed & 0xFFFFFFFF if seed is not None else int(self.np_random.integers(2**32))
            self.world.key, self.world.episode = self.world.ints([key]), self.world.ints([0])
            self._seeded = True
        self.world.start(track=track)
        if weather is not None:
            self.set_weather(weather)
        self._running = True
        return self._seen(), {}

    def step(self, action):
        """Hold an action for 0.2 s: (observation, reward, terminated, truncated, {})."""
        if not self._running:
            raise RuntimeError("step: the episode has not begun or is over. Call reset() first.")
        if isinstance(action, (bool, np.bool_)) or not self.action_space.contains(action):
            raise ValueError(f"action: expected a whole number from 0 to {ACTIONS - 1}, got {action!r:.60}")
        reward, crash = self.world.decide(self.world.ints([int(action)]))
        terminated = bool(crash[0])
        truncated = not terminated and int(self.world.decisions[0]) >= self.max_episode_steps
        self._running = not (terminated or truncated)
        return self._seen(), float(reward[0]), terminated, truncated, {}

    def set_weather(self, weather):
        """Change the weather now: "dry", "wet" or "ice"."""
        self.world.grip = 0 * self.world.grip + grip_of(weather)

    @property
    def weather(self):
        """The name of the weather now, or None where ``world.grip`` was set to something else."""
        names = {round(grip, 6): name for name, grip in GRIP.items()}
        return names.get(round(float(self.world.grip[0]), 6))

    def render(self):
        """The road round the car from above: uint8, shape (256, 256, 3), 0.25 m a pixel. None without a render_mode."""
        return top_view(self.world, 0) if self.render_mode == "rgb_array" else None

    def _seen(self):
        return seen(self.observer, self.world, self.observation_space.shape)[0].copy()


def float_type(dtype):
    """The name of a float type. Raises ValueError for any but the two."""
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype: expected 'float32' or 'float64', got {dtype!r:.60}")
    return dtype


def whole_steps(steps):
    """The number of decisions of an episode. Raises ValueError where it is none."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise ValueError(f"max_episode_steps: expected a whole number from 1 on, got {steps!r:.60}")
    return int(steps)


def chosen(options, world):
    """(track, weather) of reset's options: indices for all cars or None, a name or None. Raises ValueError."""
    options = dict(options or {})
    track, weather = options.pop("track", None), options.pop("weather", None)
    if options:
        raise ValueError(f"options: 'track' and 'weather' are known, got {', '.join(map(repr, options))}")
    if weather is not None:
        grip_of(weather)
    if track is None:
        return None, weather
    index = np.asarray(track)
    if index.dtype.kind not in "iu" or index.shape not in ((), (world.cars,)):
        raise ValueError(f"options['track']: expected one index or {world.cars} of them, got {track!r:.60}")
    if index.min() < 0 or index.max() >= len(world.tracks):
        raise ValueError(f"options['track']: expected indices from 0 to {len(world.tracks) - 1}, got {track!r:.60}")
    return world.ints(np.broadcast_to(index, (world.cars,)).copy()), weather
