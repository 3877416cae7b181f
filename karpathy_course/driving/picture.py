"""The road round one car from above, as an image: what ``render`` returns."""

import numpy as np

from karpathy_course import palette
from karpathy_course.driving.track import ASPHALT, CELL, CENTRE_LINE, EDGE_LINE, GRASS
from karpathy_course.driving.world import GRIP, in_numpy

SIZE = 256  # pixels of 0.25 m: 64 m
LENGTH, WIDTH, NOSE = 4.2, 1.8, 1.2  # m, of the car and of its lighter front


def rgb(colour):
    """(red, green, blue) from 0 to 255 of a colour of the palette."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


SURFACES = {"dry": palette.SOFT, "wet": palette.VALUED.dark, "ice": palette.GROUND_0}


def top_view(world, index):
    """The surroundings of car ``index``: uint8, shape (256, 256, 3), north up, 0.25 m a pixel, centred."""
    track = world.tracks[int(world.track[index])]
    along, offset, heading = (float(in_numpy(values[index])) for values in world.state[:3])
    x, y = track.position(along, offset)
    sample = int(along / track.length * len(track.direction)) % len(track.direction)
    grip = float(in_numpy(world.grip[index]))
    surface = SURFACES[min(GRIP, key=lambda name: abs(GRIP[name] - grip))]

    colours = np.zeros((4, 3), dtype=np.uint8)
    colours[GRASS], colours[ASPHALT] = rgb(palette.GOOD), rgb(surface)
    colours[EDGE_LINE] = colours[CENTRE_LINE] = rgb(palette.PAPER)
    steps = (np.arange(SIZE) - SIZE / 2 + 0.5) * CELL
    image = colours[_classes(track, x + steps, y + steps)]
    _draw_car(image, steps, track.direction[sample] + heading)
    return image[::-1].copy()


def _classes(track, x, y):
    """The raster's classes at columns x and rows y, in m; grass beyond it."""
    column = np.floor((x - track.origin[0]) / CELL).astype(int)
    row = np.floor((y - track.origin[1]) / CELL).astype(int)
    rows, columns = track.raster.shape
    inside = ((row >= 0) & (row < rows))[:, None] & ((column >= 0) & (column < columns))
    found = track.raster[np.clip(row, 0, rows - 1)[:, None], np.clip(column, 0, columns - 1)]
    return np.where(inside, found, GRASS)


def _draw_car(image, steps, direction):
    east, north = steps[None, :], steps[:, None]
    forward = east * np.cos(direction) + north * np.sin(direction)
    left = north * np.cos(direction) - east * np.sin(direction)
    body = (np.abs(forward) <= LENGTH / 2) & (np.abs(left) <= WIDTH / 2)
    image[body] = rgb(palette.GRADIENT)
    image[body & (forward > LENGTH / 2 - NOSE)] = rgb(palette.LIT)
