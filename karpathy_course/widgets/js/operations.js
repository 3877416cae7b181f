// Computing a graph again on the page. Python writes the operations (scalar_operations.javascript), for they stand
// in its table: scalar_operations.js is no file here, joining puts it in.
import { number } from "./numbers.js";
import { OPERATIONS } from "./scalar_operations.js";

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
