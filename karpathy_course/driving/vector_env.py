"""Many cars as one Gymnasium vector environment: whole decisions without a loop over cars."""

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from karpathy_course.driving.driving_env import DECISIONS, chosen, float_type, whole_steps
from karpathy_course.driving.observers import checked, seen
from karpathy_course.driving.picture import top_view
from karpathy_course.driving.world import ACTIONS, World, grip_of, in_numpy


class VectorDrivingEnv(VectorEnv):
    """``num_envs`` cars, each as in ``DrivingEnv``: car i of seed s drives as one DrivingEnv of seed s + i does.

    Options as for ``DrivingEnv``; with them: arrays, "numpy" or "torch", of all that is returned (actions may be of
    either); device, where torch keeps them. autoreset_mode: what happens to a car whose episode is over (Gymnasium's
    AutoresetMode or its value):
    NEXT_STEP: the next step ignores its action and returns its new start with reward 0, and neither flag. Do not learn
    from such a step: it joins the end of one episode to the start of another.
    SAME_STEP: the observation is already the new start; ``info["final_obs"]`` holds all cars' observations before it,
    valid where ``info["_final_obs"]``.
    DISABLED: call ``reset(options={"reset_mask": mask})`` with the cars to start anew, before the next step.
    """

    def __init__(
        self,
        num_envs=1,
        tracks=range(16),
        weather=None,
        weather_change=0.0,
        edge_cost=0.5,
        max_episode_steps=DECISIONS,
        observe=None,
        dtype="float32",
        arrays="numpy",
        device=None,
        autoreset_mode=AutoresetMode.NEXT_STEP,
        render_mode=None,
    ):
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode: expected None or 'rgb_array', got {render_mode!r}")
        self.world = World(num_envs, _example(arrays, device, dtype), tracks, weather, weather_change, edge_cost)
        self.observer = checked(observe, dtype)
        self.num_envs, self.autoreset_mode = self.world.cars, _mode(autoreset_mode)
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": 5, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space, self.single_action_space = self.observer.space, spaces.Discrete(ACTIONS)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.max_episode_steps, self.render_mode = whole_steps(max_episode_steps), render_mode
        self._over = None  # which cars' episodes are over; None before the first reset

    def reset(self, *, seed=None, options=None):
        """Start all cars anew, or those of ``options["reset_mask"]``: (observations, {}).

        seed: one for all (car i takes seed + i), or one for each car, None among them for none. options: "track", one
        index or one for each car; "weather", a name; "reset_mask", bool of shape (num_envs,).
        """
        world = self.world
        options = dict(options or {})
        mask = self._mask(options.pop("reset_mask", None))
        track, weather = chosen(options, world)
        super().reset(seed=seed if isinstance(seed, (int, np.integer)) else None)
        self._seed(seed, np.ones(self.num_envs, bool) if mask is None else in_numpy(mask))
        world.start(mask, track)
        if weather is not None:
            slippery = 0 * world.grip + grip_of(weather)
            world.grip = slippery if mask is None else world.xp.where(mask, slippery, world.grip)
        self._over = world.index < 0 if mask is None else self._over & ~mask
        return self._seen(), {}

    def step(self, actions):
        """Hold one action for each car for 0.2 s: (observations, rewards, terminations, truncations, info).

        actions: whole numbers from 0 to 14, shape (num_envs,). All returned arrays are the caller's own.
        """
        if self._over is None:
            raise RuntimeError("step: no episode has begun. Call reset() first.")
        world, xp, over = self.world, self.world.xp, self._over
        actions = self._actions(actions)
        if self.autoreset_mode is AutoresetMode.DISABLED and bool(xp.any(over)):
            raise RuntimeError(
                f"step: the episodes of {int(xp.sum(xp.astype(over, xp.int64)))} cars are over. "
                'Call reset(options={"reset_mask": mask}) with these cars first.'
            )
        rewards, terminations = world.decide(actions)
        truncations = (world.decisions >= self.max_episode_steps) & ~terminations
        info = {}
        if self.autoreset_mode is AutoresetMode.NEXT_STEP and bool(xp.any(over)):
            rewards = xp.where(over, 0 * rewards, rewards)
            terminations, truncations = terminations & ~over, truncations & ~over
            world.start(over)
        self._over = terminations | truncations
        if self.autoreset_mode is AutoresetMode.SAME_STEP and bool(xp.any(self._over)):
            info = {"final_obs": self._seen(), "_final_obs": self._over}
            world.start(self._over)
            self._over = world.index < 0
        return self._seen(), rewards, terminations, truncations, info

    def set_weather(self, weather):
        """Change the weather of all cars now: "dry", "wet" or "ice". Set ``world.grip`` for some of them."""
        self.world.grip = 0 * self.world.grip + grip_of(weather)

    def render(self):
        """One image for each car, uint8, shape (256, 256, 3); None without a render_mode."""
        return tuple(top_view(self.world, i) for i in range(self.num_envs)) if self.render_mode else None

    def _seen(self):
        return seen(self.observer, self.world, self.single_observation_space.shape)

    def _actions(self, actions):
        """Actions as int64 of this world's library. Raises ValueError where they are no actions for these cars."""
        actions = self.world.xp.asarray(actions, device=self.world.index.device)
        if tuple(actions.shape) != (self.num_envs,):
            raise ValueError(
                f"actions: expected one for each of {self.num_envs} cars, shape ({self.num_envs},), "
                f"got shape {tuple(actions.shape)}"
            )
        xp = self.world.xp
        if not xp.isdtype(actions.dtype, "integral"):
            raise ValueError(f"actions: expected whole numbers from 0 to {ACTIONS - 1}, got {actions.dtype}")
        actions = xp.astype(actions, xp.int64, copy=False)
        low, high = int(xp.min(actions)), int(xp.max(actions))
        if low < 0 or high >= ACTIONS:
            raise ValueError(
                f"actions: expected whole numbers from 0 to {ACTIONS - 1}, got {low if low < 0 else high} among them"
            )
        return actions

    def _mask(self, mask):
        if mask is None:
            return None
        mask = self.world.xp.asarray(mask, device=self.world.index.device)
        if tuple(mask.shape) != (self.num_envs,) or mask.dtype != self.world.xp.bool or not bool(mask.any()):
            raise ValueError(
                f"options['reset_mask']: expected bool of shape ({self.num_envs},) with at least one True, "
                f"got {mask.dtype} of shape {tuple(mask.shape)}"
            )
        if self._over is None:
            raise RuntimeError("reset: a mask needs cars that drive already. Call reset() without one first.")
        return mask

    def _seed(self, seed, which):
        """Give the cars ``which`` new keys where there are seeds for them, and all of them before the first reset."""
        if seed is None and self._over is not None:
            return
        if seed is None:
            keys, given = self.np_random.integers(2**32, size=self.num_envs), which
        elif isinstance(seed, (int, np.integer)):
            keys, given = (int(seed) & 0xFFFFFFFF) + np.arange(self.num_envs) & 0xFFFFFFFF, which
        elif len(seed) == self.num_envs:
            drawn = self.np_random.integers(2**32, size=self.num_envs)
            keys = np.array([d if s is None else s & 0xFFFFFFFF for s, d in zip(seed, drawn)], dtype=np.int64)
            given = which & np.array([s is not None or self._over is None for s in seed])
        else:
            raise ValueError(f"seed: expected one, or one for each of {self.num_envs} cars, got {len(seed)}")
        world = self.world
        world.key = world.ints(np.where(given, keys, in_numpy(world.key)))
        world.episode = world.ints(np.where(given, 0, in_numpy(world.episode)))


def _mode(mode):
    try:
        return AutoresetMode(mode)
    except ValueError:
        known = ", ".join(repr(m.value) for m in AutoresetMode)
        raise ValueError(f"autoreset_mode: expected an AutoresetMode or one of {known}, got {mode!r:.60}") from None


def _example(arrays, device, dtype):
    """A number of the library, device and dtype for a world. PyTorch is loaded only where it is asked for."""
    float_type(dtype)
    if arrays == "numpy":
        if device not in (None, "cpu"):
            raise ValueError(f'device: NumPy knows only the "cpu", got {device!r:.60}. Did you mean arrays="torch"?')
        return np.zeros((), dtype)
    if arrays == "torch":
        import torch

        return torch.zeros((), dtype=getattr(torch, dtype), device=device)
    raise ValueError(f"arrays: expected 'numpy' or 'torch', got {arrays!r:.60}")
