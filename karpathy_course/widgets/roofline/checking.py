"""Whether a measurement can be drawn: rows there, times and peaks numbers above 0, the work of one size the same."""

from math import isfinite

ROW = ("engine", "size", "images", "pass", "flops", "bytes", "seconds")
PASSES = ("forward", "backward")
CURE = "make one with karpathy_course.torch_reference.measuring.measure()"


def checked(measurement, device, work):
    """The measurement, if it can be drawn; work: {(size, pass): (flops, bytes, images)}, which grows by what it has.

    Raises TypeError for what is no measurement of `measuring.measure`, ValueError for numbers that cannot be.
    """
    if not isinstance(measurement, dict) or not {"peak", "rows"} <= measurement.keys():
        raise TypeError(f"Roofline: {_short(measurement)} is no measurement: {CURE}")
    if measurement.get("device", device) != device:
        raise ValueError(f"Roofline: a measurement on {measurement['device']!r} where one on {device!r} is expected")
    if not measurement["rows"]:
        raise ValueError(f"Roofline: the measurement has no rows, so there is nothing to draw: {CURE}")
    peak = measurement["peak"]
    for what in ("flops", "bytes"):
        if not _positive(peak.get(what) if isinstance(peak, dict) else None):
            raise ValueError(f"Roofline: the peak is {_short(peak)}: expected flops and bytes a second, both above 0")
    seen = set()
    for row in measurement["rows"]:
        if not isinstance(row, dict) or any(key not in row for key in ROW) or row["pass"] not in PASSES:
            raise TypeError(f"Roofline: the row {_short(row)} has not all of {', '.join(ROW)}: {CURE}")
        what = f"{row['engine']}, {row['size']}, {row['pass']}"
        if bad := [key for key in ("flops", "bytes", "seconds", "images") if not _positive(row[key])]:
            raise ValueError(f"Roofline: {what}: {bad[0]} is {row[bad[0]]!r}, expected a number above 0: measure again")
        if not (_positive(row.get("share", 1)) and row.get("share", 1) <= 1):
            raise ValueError(f"Roofline: {what}: share is {row['share']!r}, expected a part of 1")
        if (row["engine"], row["size"], row["pass"]) in seen:
            raise ValueError(f"Roofline: {what} stands twice in the measurement")
        seen.add((row["engine"], row["size"], row["pass"]))
        counted = row["flops"], row["bytes"], row["images"]
        if work.setdefault((row["size"], row["pass"]), counted) != counted:
            raise ValueError(
                f"Roofline: {what}: {counted} operations, bytes and images, elsewhere "
                f"{work[row['size'], row['pass']]}: one size is the same work for every engine"
            )
    return measurement


def _positive(number):
    return isinstance(number, (int, float)) and not isinstance(number, bool) and isfinite(number) and number > 0


def _short(given):
    text = repr(given)
    return text if len(text) <= 120 else f"{text[:117]}…"
