// Computing a graph again on the page. The operations are Python's: joining writes them above these lines.
/* global OPERATIONS */
import { number } from "./numbers.js";

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
