"""Grid worlds drawn as text: a map of letters, and what it costs to arrive in each cell, as a finite MDP."""

import numpy as np

from karpathy_course.rl.finite_mdp import MDP

ACTIONS = ("left", "down", "right", "up")  # Gymnasium's order for its frozen lake
MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0))  # rows go down, columns right
LETTERS = {
    "S": "a start",
    ".": "dry ground",
    "F": "the lake's frozen surface",
    "~": "ice",
    "G": "the goal, where an episode ends",
    "H": "a hole, where it ends too",
    "C": "a cliff: back to the start",
    "#": "a wall",
}
SLIP = {"~": 0.5}


class GridWorld:
    """A map of letters with an action for each direction: left, down, right, up. `mdp` says what they do.

    rows: the map, a text with a line for each row, or a sequence of texts; `LETTERS` says what each letter is.
    rewards: {letter or (row, column): the reward of arriving there}; a cell's own counts before its letter's.
    step_reward: the reward of a step to a cell that has none. slip: {letter: the probability that a step from such a
    cell goes to one of the two sides instead, each with half of it}; of ice ½ when None. A step off the map or into a
    wall stays where it is, and arrives there again. The states are the cells, row by row; a wall or a cliff is never
    stood on, and counts as terminal. Several starts are equally likely.
    Raises ValueError for a letter, a row or a number that cannot be.
    """

    def __init__(self, rows, *, rewards=None, step_reward=0.0, slip=None):
        self.rows = tuple(rows.split() if isinstance(rows, str) else rows)
        if not self.rows or not self.rows[0]:
            raise ValueError("GridWorld: the map is empty")
        for r, text in enumerate(self.rows):
            if len(text) != len(self.rows[0]):
                raise ValueError(f"GridWorld: row {r} has {len(text)} cells, row 0 has {len(self.rows[0])}")
            for c, letter in enumerate(text):
                if letter not in LETTERS:
                    known = ", ".join(f"{key} {meaning}" for key, meaning in LETTERS.items())
                    raise ValueError(f"GridWorld: unknown letter {letter!r} in row {r}, column {c}; there are: {known}")
        if "S" not in "".join(self.rows):
            raise ValueError("GridWorld: the map has no start: put an S where episodes begin")
        self.rewards, self.step_reward = dict(rewards or {}), float(step_reward)
        self.slip = dict(SLIP if slip is None else slip)
        for key in self.rewards:
            if key not in LETTERS and not self._has(key):
                raise ValueError(f"GridWorld: a reward for {key!r}: expected a letter, or (row, column) within the map")
        for letter, share in self.slip.items():
            if letter not in LETTERS or not 0 <= share <= 1:
                raise ValueError(f"GridWorld: slip={{{letter!r}: {share}}}: expected a letter and a probability")
        self._mdp = None

    @property
    def shape(self):
        """(rows, columns)."""
        return len(self.rows), len(self.rows[0])

    def state(self, row, column):
        """The number of a cell; ValueError outside the map."""
        if not self._has((row, column)):
            raise ValueError(f"GridWorld: no cell ({row}, {column}) on a map of {self.shape[0]} × {self.shape[1]}")
        return row * self.shape[1] + column

    def with_cell(self, row, column, letter):
        """This world with another letter in one cell."""
        self.state(row, column)
        rows = [list(text) for text in self.rows]
        rows[row][column] = letter
        return self._again(["".join(text) for text in rows], self.rewards)

    def with_reward(self, row, column, reward):
        """This world with another reward for arriving in one cell."""
        self.state(row, column)
        return self._again(self.rows, {**self.rewards, (row, column): reward})

    @property
    def mdp(self):
        """The world as an `MDP`, with the features row and column. Made when it is first asked for."""
        if self._mdp is None:
            self._mdp = self._made()
        return self._mdp

    def show(self, policy):
        """The map as text with an arrow for the action in each cell that is not terminal. policy: (states,)."""
        columns = self.shape[1]
        arrows = [
            letter if letter in "GHC#" else "←↓→↑"[policy[r * columns + c]]
            for r, text in enumerate(self.rows)
            for c, letter in enumerate(text)
        ]
        return "\n".join("".join(arrows[k : k + columns]) for k in range(0, len(arrows), columns))

    def _has(self, cell):
        if not (isinstance(cell, tuple) and len(cell) == 2):
            return False
        return 0 <= cell[0] < self.shape[0] and 0 <= cell[1] < self.shape[1]

    def _again(self, rows, rewards):
        return GridWorld(rows, rewards=rewards, step_reward=self.step_reward, slip=self.slip)

    def _reward(self, r, c):
        return self.rewards.get((r, c), self.rewards.get(self.rows[r][c], self.step_reward))

    def _made(self):
        letters = np.array([list(text) for text in self.rows])
        cells = letters.size
        terminal = np.isin(letters, list("GHC#")).ravel()
        start = (letters == "S").ravel() / (letters == "S").sum()
        p = np.zeros((cells, 4, cells))
        gains = np.zeros_like(p)
        for (r, c), letter in np.ndenumerate(letters):
            if letter in "GHC#":
                continue
            share = self.slip.get(letter, 0.0)
            for action in range(4):
                sides = ((action, 1 - share), ((action - 1) % 4, share / 2), ((action + 1) % 4, share / 2))
                for way, probability in sides:
                    r2, c2 = r + MOVES[way][0], c + MOVES[way][1]
                    if not self._has((r2, c2)) or self.rows[r2][c2] == "#":
                        r2, c2 = r, c
                    lands = start if self.rows[r2][c2] == "C" else np.eye(1, cells, self.state(r2, c2))[0]
                    p[self.state(r, c), action] += probability * lands
                    gains[self.state(r, c), action] += probability * lands * self._reward(r2, c2)
        rewards = np.divide(gains, p, out=np.zeros_like(p), where=p > 0)
        row, column = np.indices(letters.shape)
        features = {"row": row.ravel(), "column": column.ravel()}
        return MDP(p, rewards, terminal, start, action_names=ACTIONS, features=features)

    def __repr__(self):
        return f"GridWorld({self.shape[0]} × {self.shape[1]}: {' '.join(self.rows)})"


def lake():
    """The slippery 4 × 4 lake, Gymnasium's FrozenLake-v1: a step goes where it should with probability ⅓, to either
    side with ⅓ each; 1 for the goal. V*(start) is 14/17 = 0.8235 without a discount, 0.5420 with γ = .99."""
    return GridWorld("SFFF FHFH FFFH HFFG", rewards={"G": 1.0}, slip={"S": 2 / 3, "F": 2 / 3})


def cliff():
    """The cliff walk, 4 × 12: −1 a step, −100 over the cliff and back to the start; the best return is −13.
    Sutton & Barto 2018, example 6.6."""
    return GridWorld(
        ["............", "............", "............", "SCCCCCCCCCCG"], rewards={"C": -100.0}, step_reward=-1.0
    )


def icy_road():
    """A way around a field of ice that is longer and safer, 5 × 7: −1 a step, −20 for a hole, 20 for the goal."""
    return GridWorld(
        [".......", ".H~~~H.", "S~~~~~G", ".H~~~H.", "......."], rewards={"H": -20.0, "G": 20.0}, step_reward=-1.0
    )
