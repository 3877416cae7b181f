// The table of operations forward, the same rows as Python's, so that a page can compute a graph again.
import { number } from "./numbers.js";

const OPERATIONS = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  neg: (a) => -a,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (a) => (a >= 0 ? 1 : Math.exp(a)) / (1 + Math.exp(-Math.abs(a))),
  relu: (a) => (a <= 0 ? 0 : a),
  weighted_sum: (...v) => {
    const half = (v.length - 1) / 2;
    let total = v[v.length - 1];
    for (let i = 0; i < half; i++) total += v[i] * v[half + i];
    return total;
  },
};

// nodes: [{op, value, operands: null | [{node} | {number}]}]; changed: {index: new value} of leaves.
export function evaluate(nodes, changed) {
  const values = [];
  nodes.forEach((node, i) => {
    if (node.operands === null) {
      values.push(i in changed ? changed[i] : number(node.value));
    } else {
      const operands = node.operands.map((o) => ("node" in o ? values[o.node] : o.number));
      values.push(OPERATIONS[node.op](...operands));
    }
  });
  return values;
}
