"""How a stream of records is read to its end."""

from collections import deque


def last(records):
    """Read a stream to its end and return its last record; ValueError where it is empty."""
    kept = deque(records, maxlen=1)
    if not kept:
        raise ValueError("last: the stream ended before its first record")
    return kept.pop()
