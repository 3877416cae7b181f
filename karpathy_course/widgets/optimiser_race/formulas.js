// The surfaces and the course's optimisers once more, by the formulas of optim/surfaces.py and optim/*.py, for a page
// that has no Python. Python's numbers are equal up to rounding: tests compare all of them.
const bowl = ({ condition, turn }) => {
  const angle = turn * (Math.PI / 180);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const xx = c * c + condition * s * s;
  const xy = (1 - condition) * c * s;
  const yy = s * s + condition * c * c;
  return {
    height: (x, y) => 0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y),
    slopes: (x, y) => [xx * x + xy * y, xy * x + yy * y],
  };
};

const ravine = {
  height: (x, y) => {
    const [u, v] = [0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x];
    return 0.05 * u * u + 2 * (Math.sqrt(v * v + 0.01) - 0.1);
  },
  slopes: (x, y) => {
    const [u, v] = [0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x];
    const [along, across] = [0.1 * u, (2 * v) / Math.sqrt(v * v + 0.01)];
    return [0.8 * along - 0.6 * across, 0.6 * along + 0.8 * across];
  },
};

const rosenbrock = {
  height: (x, y) => (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x),
  slopes: (x, y) => [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
};

const saddle = {
  height: (x, y) => 0.5 * x * x + 0.25 * (y * y - 1) * (y * y - 1),
  slopes: (x, y) => [x, y * (y * y - 1)],
};

// {height(x, y), slopes(x, y)} of a surface by its name.
export const surfaceOf = ({ surface, condition, turn }) =>
  surface === "quadratic" ? bowl({ condition, turn }) : { ravine, rosenbrock, saddle }[surface];

function adam(p, g, state, { lr, betas: [b1, b2], eps }, number) {
  state.m = b1 * (state.m ?? 0) + (1 - b1) * g;
  state.v = b2 * (state.v ?? 0) + (1 - b2) * g * g;
  const shorter = Math.sqrt(1 - b2 ** number);
  const rate = (lr * shorter) / (1 - b1 ** number);
  return p - (rate * state.m) / (Math.sqrt(state.v) + eps * shorter);
}

// One number of a parameter after a step; state is kept of it, number counts steps from 1.
const RULES = {
  SGD: (p, g, state, { lr, momentum, nesterov }) => {
    if (!momentum) return p - lr * g;
    state.average = momentum * (state.average ?? 0) + g;
    return p - lr * (nesterov ? g + momentum * state.average : state.average);
  },
  RMSprop: (p, g, state, { lr, alpha, eps }) => {
    state.square = alpha * (state.square ?? 0) + (1 - alpha) * g * g;
    return p - (lr * g) / (Math.sqrt(state.square) + eps);
  },
  Adam: adam,
  AdamW: (p, g, state, options, number) => adam(p * (1 - options.lr * options.weight_decay), g, state, options, number),
};

// As field.best_options: what theory calls best on a bowl with eigenvalues 1 and condition.
export function bestOptions(name, condition) {
  if (name === "SGD") return { lr: 2 / (1 + condition) };
  if (name === "momentum") {
    const root = Math.sqrt(condition);
    return { lr: 4 / ((1 + root) * (1 + root)), momentum: ((root - 1) / (root + 1)) ** 2 };
  }
  if (name !== "Nesterov") return {};
  const root = Math.sqrt(3 * condition + 1);
  const momentum = (root - 2) / (root + 2);
  return { lr: 4 / (3 * condition + 1), momentum, nesterov: momentum > 0 };
}

// Above this rate the steepest direction of a bowl diverges: of SGD with a momentum, after Nesterov or plain.
export const limit = ({ momentum = 0, nesterov = false }, condition) =>
  (nesterov ? (2 * (1 + momentum)) / (1 + 2 * momentum) : 2 * (1 + momentum)) / condition;

// The path of one of the course's optimisers, up to the first height that is not finite.
export function descend({ kind, options }, surface, start, steps) {
  const found = { x: [start[0]], y: [start[1]], losses: [surface.height(...start)], options, error: null };
  const states = [{}, {}];
  let point = start;
  for (let number = 1; number <= steps; number++) {
    const slopes = surface.slopes(...point);
    point = point.map((p, k) => RULES[kind](p, slopes[k], states[k], options, number));
    const loss = surface.height(...point);
    found.x.push(point[0]);
    found.y.push(point[1]);
    found.losses.push(loss);
    if (!Number.isFinite(loss)) break;
  }
  return found;
}

// As running.outcome: {what: "failed" | "diverged" | "reached" | "under way", since}.
export function outcome({ losses, error }, tolerance, blown) {
  const high = blown * Math.max(losses[0], tolerance);
  if (error) return { what: "failed", since: error.step };
  if (!(losses.at(-1) <= high)) return { what: "diverged", since: losses.findIndex((loss) => !(loss <= high)) };
  const there = losses.findLastIndex((loss) => loss > tolerance) + 1;
  return there < losses.length ? { what: "reached", since: there } : { what: "under way", since: losses.length - 1 };
}
