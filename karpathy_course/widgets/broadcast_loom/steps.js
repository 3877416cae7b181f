// What is there after some steps of the loom: pure bookkeeping, no drawing.

// The steps that the transport counts: all but the start; with `each`, one for every result instead of one for all.
export function stepsOf(loom, each) {
  return loom.steps.slice(1).flatMap((step) => {
    if (step.kind !== "compute" || !each || !loom.result.values.length) return [step];
    return loom.result.words.map(([text], cell) => ({ kind: "compute", cell, text }));
  });
}

// compared: how many axes; stretched, local, summed: for each operand; computed: how many results, arrived: whether
// the gradient is there; step: the last one.
export function stateAfter(steps, position) {
  const state = { compared: 0, stretched: [0, 0], computed: 0, arrived: false, local: [false, false] };
  Object.assign(state, { summed: [false, false], step: steps[position - 1] ?? null });
  for (const { kind, operand, cell } of steps.slice(0, position)) {
    if (kind === "axis") state.compared += 1;
    if (kind === "stretch") state.stretched[operand] += 1;
    if (kind === "compute") state.computed = cell === undefined ? Infinity : cell + 1;
    if (kind === "arrive") state.arrived = true;
    if (kind === "local") state.local[operand] = true;
    if (kind === "sum") state.summed[operand] = true;
  }
  state.backward = state.arrived;
  return state;
}

// The places that a picked number is tied to: all copies of an operand's number, or the one place of a result.
export function tiedTo(loom, [panel, cell]) {
  if (panel === 2) return [cell];
  const { of } = loom.operands[panel];
  return of.flatMap((source, place) => (source === cell ? [place] : []));
}

// The index of the cell nearest to cell `from` in a direction: along x or y only; `from` where there is none.
export function neighbour(places, candidates, from, key) {
  const [axis, sign] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] }[key];
  const away = (i) => sign * (places[i][axis] - places[from][axis]);
  const inLine = candidates.filter((i) => away(i) > 0 && places[i][1 - axis] === places[from][1 - axis]);
  return inLine.reduce((best, i) => (best === from || away(i) < away(best) ? i : best), from);
}
