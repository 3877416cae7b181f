"""Chance without a generator: a number in [0, 1) from who draws, how often it has started, and what for.

A generator for each of 65 536 cars would need a Python loop, and one for all of them would give a car other numbers
when it drives alone. A hash of (key, episode, purpose) gives every car its own numbers, on every device, in every
library and in any order. Standard Array-API operations on int64, so no product may pass 2⁶³: the multiplier has 27
bits.
"""

from array_api_compat import array_namespace

MULTIPLIER, LOW = 0x45D9F3B, 0xFFFFFFFF


def _mix(x):
    """Spread every bit of a 32-bit whole number over all of them; one to one."""
    for _ in range(2):
        x = (((x >> 16) ^ x) * MULTIPLIER) & LOW
    return (x >> 16) ^ x


def draw(key, episode, purpose, dtype):
    """Uniform numbers in [0, 1) with 24 bits, which float32 holds exactly; shape (cars,), of dtype ``dtype``.

    key, episode: int64, shape (cars,), 0 ≤ key < 2³². purpose: an int; another one gives another, independent number.
    """
    xp = array_namespace(key)
    mixed = _mix(_mix(_mix(key) ^ (episode & LOW)) ^ (purpose & LOW))
    return xp.astype(mixed >> 8, dtype) / 2**24
