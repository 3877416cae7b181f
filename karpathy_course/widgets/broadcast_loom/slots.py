"""Where the numbers of an array are drawn: a grid for the last two axes, blocks of grids for the two before them.

An array of more than 132 numbers, 12 rows or 16 columns is folded to 7 rows and 12 columns: of a long axis the first
indices and the last are drawn. Three arrays are on one page, so that at most 396 numbers are to be seen.
"""

from itertools import product
from math import prod

MOST_PLACES, MOST_COLUMNS, MOST_ROWS = 132, 16, 12
FOLDED_COLUMNS, FOLDED_ROWS = 12, 7
GAP, BLOCK_GAP, FOLD_GAP, LABEL = 9.0, 26.0, 20.0, 23.0
HEIGHT = 40.0


def shown_indices(shape):
    """For each axis the indices that are drawn; 0 is always one of them where the axis has it."""
    most, last = list(shape), len(shape) - 1
    columns, rows = range(last, -1, -2), range(last - 1, -1, -2)
    across, down = (prod(shape[k] for k in axes) for axes in (columns, rows))
    if across > MOST_COLUMNS or down > MOST_ROWS or across * down > MOST_PLACES:
        for axes, limit in ((columns, FOLDED_COLUMNS), (rows, FOLDED_ROWS)):
            while prod(most[k] for k in axes) > limit:
                most[max(axes, key=lambda k: most[k])] -= 1
    return [
        list(range(size)) if size <= n else [*range(n - 1), size - 1] if n > 1 else [0]
        for size, n in zip(shape, most)
    ]  # fmt: skip


def grid(shape, width):
    """``{"indices", "places", "size", "labels", "folds"}`` of an array of this shape; a number's cell is width wide.

    indices: those that are drawn, as tuples, last axis first to change; places: the centre [x, y] of each. labels:
    [x, y, text], what stands above each block; folds: [x, y], where something is left out.
    """
    shown = shown_indices(shape)
    padded = [[0]] * (4 - len(shape)) + shown
    sizes = [1] * (4 - len(shape)) + list(shape)
    label = LABEL if len(shape) > 2 else 0.0
    x_cells, x_cell_folds, block_width = _line(padded[3], sizes[3], width, GAP)
    y_cells, y_cell_folds, block_height = _line(padded[2], sizes[2], HEIGHT, GAP)
    x_blocks, x_block_folds, full_width = _line(padded[1], sizes[1], block_width, BLOCK_GAP)
    y_blocks, y_block_folds, full_height = _line(padded[0], sizes[0], block_height + label, BLOCK_GAP - label / 2)
    indices = list(product(*padded)) if all(padded) else []
    places = [
        [
            round(x_blocks[c] - block_width / 2 + x_cells[e], 1),
            round(y_blocks[r] - (block_height + label) / 2 + label + y_cells[d], 1),
        ]
        for r, c, d, e in indices
    ]
    corner = lambda r, c: (x_blocks[c] - block_width / 2, y_blocks[r] - (block_height + label) / 2)
    blocks = list(product(padded[0], padded[1])) if indices else []
    lead = 4 - len(shape)
    labels = [
        [round(corner(r, c)[0], 1), round(corner(r, c)[1] + 11, 1), block_name((r, c)[lead:])]
        for r, c in blocks
        if len(shape) > 2
    ]
    folds = [
        [round(corner(r, c)[0] + x, 1), round(corner(r, c)[1] + label + y, 1)]
        for r, c in blocks
        for x, y in [(x, y_cells[d]) for x in x_cell_folds for d in padded[2]]
        + [(x_cells[e], y) for y in y_cell_folds for e in padded[3]]
    ]
    folds += [[x, round(y_blocks[r], 1)] for x in x_block_folds for r in padded[0] if indices]
    folds += [[round(x_blocks[c], 1), y] for y in y_block_folds for c in padded[1] if indices]
    return {
        "indices": [index[lead:] for index in indices],
        "places": places,
        "size": [round(full_width, 1), round(full_height, 1)],
        "labels": labels,
        "folds": folds,
    }


def block_name(index):
    """What stands above a block: the index of its leading axes, ``[0, 1, :, :]``."""
    return f"[{', '.join(map(str, index))}, :, :]"


def _line(indices, size, length, gap):
    """({index: its centre}, [centres of what is left out], the whole length) along one axis."""
    centres, folds, at = {}, [], 0.0
    for place, k in enumerate(indices):
        if place:
            at += gap
            if k != indices[place - 1] + 1:
                folds.append(round(at + (FOLD_GAP - gap) / 2, 1))
                at += FOLD_GAP
        centres[k] = at + length / 2
        at += length
    return centres, folds, max(at, length)
