"""A layered drawing of a directed acyclic graph, left to right (Sugiyama, Tagawa and Toda 1981).

Four steps: a column for each node; a dummy in every column that an edge crosses, so that edges keep
clear of boxes; an order within each column by medians and by exchanging neighbours; heights that put
each node at the mean of its neighbours as far as the boxes allow (least squares, pool adjacent
violators). Only geometry lives here: no Graphviz, nothing of gradients. Same input, same drawing.
"""

from itertools import pairwise

import numpy as np

COLUMN_GAP, ROW_GAP, DUMMY, MARGIN = 54.0, 14.0, 6.0, 16.0
DUMMY_WEIGHT = 4.0


def layered(sizes, edges, sweeps=10):
    """Places for boxes and lines for edges: ``(centres, lines, (width, height))``.

    sizes: (width, height) of each node. edges: (from, to) pairs of indices, repeats allowed.
    centres: (x, y) of each box's centre; lines: for each edge its points, from the right side of one
    box to the left side of the other, monotone in x, through no box. Raises ValueError on a cycle.
    """
    if not sizes:
        return [], [], (2 * MARGIN, 2 * MARGIN)
    column = _columns(len(sizes), edges)
    heights = [h for _, h in sizes]
    chains, layers = [], [[] for _ in range(max(column) + 1)]
    for node, c in enumerate(column):
        layers[c].append(node)
    links = [[] for _ in layers]
    column_of = list(column)
    for start, end in edges:
        chain = [start]
        for c in range(column[start] + 1, column[end]):
            layers[c].append(len(heights))
            chain.append(len(heights))
            heights.append(DUMMY)
            column_of.append(c)
        chain.append(end)
        chains.append(chain)
        for c, pair in zip(range(column[start], column[end]), pairwise(chain)):
            links[c].append(pair)
    layers = _ordered(layers, links, sweeps)
    y = _heights(layers, links, heights, len(sizes))
    widths = [max([sizes[n][0] for n in layer if n < len(sizes)], default=0.0) for layer in layers]
    left, x = [], MARGIN
    for c, width in enumerate(widths):
        left.append(x)
        spread = max([abs(y[a] - y[b]) for a, b in links[c]], default=0.0)
        x += width + COLUMN_GAP + min(60.0, spread / 12)
    total = max(left[c] + width for c, width in enumerate(widths)) + MARGIN
    centres = [(left[c] + widths[c] / 2, float(y[n])) for n, c in enumerate(column)]
    lines = _lines(chains, sizes, centres, y, column_of, left, widths)
    return centres, lines, (total, float(max(y[n] + heights[n] / 2 for n in range(len(heights)))) + MARGIN)


def _columns(count, edges):
    """Longest path from the left; then what has no parent is moved up to its first consumer."""
    below, owing = [[] for _ in range(count)], [0] * count
    for start, end in edges:
        below[start].append(end)
        owing[end] += 1
    sources = [n for n in range(count) if owing[n] == 0]
    column, ready, done = [0] * count, list(sources), 0
    while done < len(ready):
        node = ready[done]
        done += 1
        for end in below[node]:
            column[end] = max(column[end], column[node] + 1)
            owing[end] -= 1
            if owing[end] == 0:
                ready.append(end)
    if done < count:
        raise ValueError("layered: the edges form a cycle; a layered drawing needs a directed acyclic graph")
    for node in sources:
        if below[node]:
            column[node] = min(column[end] for end in below[node]) - 1
    return column


def _ordered(layers, links, sweeps):
    """The order within each column with the fewest crossings seen in some sweeps to and fro."""
    place = {node: k for layer in layers for k, node in enumerate(layer)}
    joined = []
    for c, pairs in enumerate(links[:-1]):
        matrix = np.zeros((len(layers[c]), len(layers[c + 1])), dtype=np.float32)
        np.add.at(matrix, tuple(np.array([(place[a], place[b]) for a, b in pairs]).T), 1)
        joined.append(matrix)
    order = [np.arange(len(layer)) for layer in layers]
    best, fewest, stale = [o.copy() for o in order], _crossings(order, joined), 0
    for sweep in range(sweeps):
        if fewest == 0 or stale > 3:
            break
        rightward = sweep % 2 == 0
        for c in range(1, len(layers)) if rightward else range(len(layers) - 2, -1, -1):
            seen = joined[c - 1][order[c - 1]].T if rightward else joined[c][:, order[c + 1]]
            order[c] = _by_median(order[c], seen)
            _exchange(order, joined, c)
        crossings = _crossings(order, joined)
        stale += 1
        if crossings < fewest:
            best, fewest, stale = [o.copy() for o in order], crossings, 0
    return [[layer[k] for k in o] for layer, o in zip(layers, best)]


def _by_median(order, seen):
    """order sorted by the median place of each node's neighbours; seen: (nodes, places) counts."""
    many = seen.sum(1)
    half = np.cumsum(seen, 1)
    low = (half * 2 >= many[:, None]).argmax(1)
    high = (half * 2 > many[:, None]).argmax(1)
    now = np.empty(len(order))
    now[order] = np.arange(len(order)) * (seen.shape[1] / max(1, len(order)))
    median = np.where(many > 0, (low + high) / 2, now)
    return order[np.lexsort((now[order], median[order]))]


def _exchange(order, joined, c, rounds=6):
    """Exchange neighbours in column c as long as edges to both sides cross less for it."""
    n = len(order[c])
    cost = np.zeros((n, n), dtype=np.float32)
    for seen in ([joined[c - 1][order[c - 1]].T] if c else []) + (
        [joined[c][:, order[c + 1]]] if c < len(joined) else []
    ):
        cost += (seen.sum(1, keepdims=True) - np.cumsum(seen, 1)) @ seen.T
    here, idle = order[c], 0
    for turn in range(2 * rounds):
        first = np.arange(turn % 2, n - 1, 2)
        a, b = here[first], here[first + 1]
        better = first[cost[a, b] > cost[b, a]]
        idle = 0 if len(better) else idle + 1
        if idle == 2:
            break
        here[better], here[better + 1] = here[better + 1], here[better]


def _crossings(order, joined):
    total = 0.0
    for c, matrix in enumerate(joined):
        seen = matrix[order[c]][:, order[c + 1]]
        right = seen.sum(1, keepdims=True) - np.cumsum(seen, 1)
        above = np.cumsum(right, 0) - right
        total += float((above * seen).sum())
    return total


def _heights(layers, links, heights, boxes, rounds=8):
    """A y for each node: least squares towards its neighbours' mean, boxes in order and apart."""
    size = np.array(heights)
    weight = np.where(np.arange(len(size)) < boxes, 1.0, DUMMY_WEIGHT)
    offsets, y = [], np.zeros(len(size))
    for layer in layers:
        h = size[layer]
        offsets.append(np.concatenate([[0.0], np.cumsum((h[1:] + h[:-1]) / 2 + ROW_GAP)]))
        y[layer] = offsets[-1] - offsets[-1][-1] / 2
    pairs = [np.array(p, dtype=int).reshape(-1, 2) for p in links]
    for turn in range(rounds):
        rightward = turn % 2 == 0
        both = turn >= rounds - 2
        for c in range(len(layers)) if rightward else range(len(layers) - 1, -1, -1):
            layer = layers[c]
            total, count = np.zeros(len(size)), np.zeros(len(size))
            if c and (rightward or both):
                np.add.at(total, pairs[c - 1][:, 1], y[pairs[c - 1][:, 0]])
                np.add.at(count, pairs[c - 1][:, 1], 1)
            if c < len(layers) - 1 and (not rightward or both):
                np.add.at(total, pairs[c][:, 0], y[pairs[c][:, 1]])
                np.add.at(count, pairs[c][:, 0], 1)
            many, wish = count[layer], y[layer]
            wish = np.where(many > 0, total[layer] / np.maximum(many, 1), wish)
            y[layer] = _apart(wish - offsets[c], weight[layer]) + offsets[c]
    return y - (y - size / 2).min() + MARGIN


def _apart(wish, weight):
    """The non-decreasing numbers nearest to wish, in weighted squares (pool adjacent violators)."""
    pools = []
    for value, w in zip(wish.tolist(), weight.tolist()):
        many = 1
        while pools and pools[-1][0] > value:
            mean, other, n = pools.pop()
            value, w, many = (mean * other + value * w) / (other + w), other + w, many + n
        pools.append((value, w, many))
    return np.repeat([p[0] for p in pools], [p[2] for p in pools])


def _lines(chains, sizes, centres, y, column_of, left, widths):
    """Points of each edge: a place of its own on both boxes, level across each column it passes."""
    leaving, arriving = {}, {}
    for e, chain in enumerate(chains):
        leaving.setdefault(chain[0], []).append((y[chain[1]], e))
        arriving.setdefault(chain[-1], []).append((y[chain[-2]], e))
    start, end = {}, {}
    for places, side in ((leaving, start), (arriving, end)):
        for node, ends in places.items():
            step = min(8.0, 0.6 * sizes[node][1] / len(ends))
            for k, (_, e) in enumerate(sorted(ends)):
                side[e] = centres[node][1] + (k - (len(ends) - 1) / 2) * step
    lines = []
    for e, chain in enumerate(chains):
        a, b = chain[0], chain[-1]
        points = [(centres[a][0] + sizes[a][0] / 2, start[e])]
        if centres[a][0] + sizes[a][0] / 2 < left[column_of[a]] + widths[column_of[a]]:
            points.append((left[column_of[a]] + widths[column_of[a]], start[e]))
        for dummy in chain[1:-1]:
            c = column_of[dummy]
            points += [(left[c], float(y[dummy])), (left[c] + widths[c], float(y[dummy]))]
        if left[column_of[b]] < centres[b][0] - sizes[b][0] / 2:
            points.append((left[column_of[b]], end[e]))
        points.append((centres[b][0] - sizes[b][0] / 2, end[e]))
        lines.append(points)
    return lines
