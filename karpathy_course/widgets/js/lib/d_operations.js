// Computing a graph again on the page. `OPERATIONS` is written by Python (`scalar_operations.javascript`).

// nodes: [{op, value, operands: null | [{node} | {number}]}]; changed: {index: new value} of leaves.
export function evaluate(nodes, changed) {
  const values = [];
  nodes.forEach((node, i) => {
    values.push(node.operands === null ? (i in changed ? changed[i] : number(node.value))
      : OPERATIONS[node.op](...node.operands.map((o) => ("node" in o ? values[o.node] : o.number))));
  });
  return values;
}
