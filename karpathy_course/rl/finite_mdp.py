"""A finite Markov decision process as plain data: arrays that say what happens, checked once, when it is made.

Everything in this room that plans or learns by a table reads these arrays; nothing here acts or learns.
"""

from dataclasses import dataclass, field

import numpy as np

TOLERANCE = 1e-9  # by what the probabilities of one action may miss 1: rounding, not a forgotten outcome


@dataclass(frozen=True, eq=False)
class MDP:
    """States and actions by number, what an action leads to, and what that is worth. Sutton & Barto 2018, chapter 3.

    probabilities: (states, actions, states), ``[s, a, s2]`` the probability of s2 after action a in s.
    rewards: in that shape, the mean reward of that transition, or (states, actions) where s2 does not matter.
    terminal: (states,), True where an episode is over. start: (states,), the probabilities of the first state; all
    states that are not terminal, equally likely, when None.
    allowed: (states, actions), which actions there are; all when None. deviations: (states, actions), the standard
    deviation in σ of a normal noise on the reward; none when None.
    action_names: a word for each action. features: {name: (states,)}, what the numbers of the states stand for.

    The arrays are copied and cannot be written to. A terminal state stays where it is, at reward 0, whatever its row
    says; an action that is not allowed likewise. Raises ValueError for shapes, probabilities and rewards that cannot
    be.
    """

    probabilities: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    start: np.ndarray | None = None
    allowed: np.ndarray | None = None
    deviations: np.ndarray | None = None
    action_names: tuple = ()
    features: dict = field(default_factory=dict)

    def __post_init__(self):
        p = np.array(self.probabilities, dtype=float)
        if p.ndim != 3 or p.shape[0] != p.shape[2] or 0 in p.shape:
            raise ValueError(f"MDP: probabilities of shape {p.shape}: expected (states, actions, states)")
        states, actions = p.shape[:2]
        rewards = np.array(self.rewards, dtype=float)
        if rewards.shape == (states, actions):
            rewards = np.repeat(rewards[:, :, None], states, axis=2)
        terminal = _shaped("terminal", self.terminal, bool, (states,))
        start = ~terminal / max(1, (~terminal).sum()) if self.start is None else self.start
        start = _shaped("start", start, float, (states,))
        everything = np.ones((states, actions), bool)
        allowed = _shaped("allowed", everything if self.allowed is None else self.allowed, bool, (states, actions))
        noise = _shaped(
            "deviations", 0.0 * everything if self.deviations is None else self.deviations, float, (states, actions)
        )
        if rewards.shape != p.shape:
            raise ValueError(f"MDP: rewards of shape {rewards.shape}: expected {p.shape} or {(states, actions)}")
        names = tuple(self.action_names) or tuple(f"action {a}" for a in range(actions))
        if len(names) != actions:
            raise ValueError(f"MDP: {len(names)} action_names for {actions} actions")
        if terminal.all():
            raise ValueError("MDP: every state is terminal: nothing can be decided")
        if not allowed[~terminal].any(axis=1).all():
            without = int(np.flatnonzero(~terminal & ~allowed.any(axis=1))[0])
            raise ValueError(f"MDP: no action is allowed in state {without}: allow one, or make the state terminal")
        stays = terminal[:, None] | ~allowed
        p[stays], rewards[stays], noise[stays] = 0.0, 0.0, 0.0
        p[stays, np.nonzero(stays)[0]] = 1.0
        _check_probabilities(p, names)
        if not np.isfinite(rewards).all():
            s, a, s2 = np.argwhere(~np.isfinite(rewards))[0]
            raise ValueError(f"MDP: the reward of {names[a]!r} from state {s} to {s2} is {rewards[s, a, s2]}")
        if not (np.isfinite(noise).all() and (noise >= 0).all()):
            raise ValueError("MDP: deviations has a number below 0, inf or nan: expected standard deviations from 0")
        if not (start >= 0).all() or abs(start.sum() - 1) > TOLERANCE:
            raise ValueError(f"MDP: the probabilities in start add up to {start.sum():.6g}: expected 1, none below 0")
        found = {"probabilities": p, "rewards": rewards, "terminal": terminal, "start": start, "allowed": allowed}
        for name, array in {**found, "deviations": noise}.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "action_names", names)
        features = {name: _shaped(f"features[{name!r}]", of, None, (states,)) for name, of in self.features.items()}
        object.__setattr__(self, "features", features)

    @property
    def states(self):
        """How many states there are."""
        return self.probabilities.shape[0]

    @property
    def actions(self):
        """How many actions there are."""
        return self.probabilities.shape[1]

    @property
    def expected_rewards(self):
        """(states, actions): the mean reward of each action."""
        return np.einsum("sat,sat->sa", self.probabilities, self.rewards)

    def find(self, **features):
        """The number of the one state with these features; ValueError where none has them, or several."""
        unknown = [name for name in features if name not in self.features]
        if unknown:
            raise ValueError(f"MDP.find: no feature {unknown[0]!r}; there are: {', '.join(self.features) or 'none'}")
        fits = np.all([self.features[name] == value for name, value in features.items()], axis=0) & ~self.terminal
        if fits.sum() != 1:
            raise ValueError(f"MDP.find: {int(fits.sum())} states have {features}: expected exactly one")
        return int(np.argmax(fits))

    def __repr__(self):
        return f"MDP({self.states} states, {int(self.terminal.sum())} of them terminal, {self.actions} actions)"


def _shaped(name, given, dtype, shape):
    array = np.array(given, dtype=dtype)
    if array.shape != shape:
        raise ValueError(f"MDP: {name} of shape {array.shape}: expected {shape}")
    return array


def _check_probabilities(p, names):
    below = np.argwhere(~(p >= 0))
    if len(below):
        s, a, s2 = below[0]
        raise ValueError(f"MDP: the probability of {names[a]!r} from state {s} to {s2} is {p[s, a, s2]}: expected ≥ 0")
    sums = p.sum(axis=2)
    wrong = np.argwhere(abs(sums - 1) > TOLERANCE)
    if len(wrong):
        s, a = wrong[0]
        raise ValueError(
            f"MDP: the probabilities of {names[a]!r} in state {s} add up to {sums[s, a]:.6g}, expected 1: "
            "does an outcome lack, or is one counted twice?"
        )
