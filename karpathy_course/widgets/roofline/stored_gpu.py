"""The convolutions among a GPU's stored figures, as a measurement that the roofline draws beside this machine's own."""

KEYS = {"engine", "size", "images", "pass", "flops", "bytes", "seconds"}


def as_measurement(figures):
    """What `torch_reference.stored_figures` returned, as `measuring.measure` returns it, with the date; else None.

    Of the convolutions those are taken that `measuring` has measured: they have a size, a pass and a count of images.
    """
    if figures is None:
        return None
    rows = [row for row in figures["convolutions"] if row.keys() >= KEYS]
    flops = figures["peak"]["flops_per_second"].get("float32")
    if not rows or flops is None:
        return None
    return {
        "device": "cuda",
        "machine": figures["device"].get("name"),
        "date": figures["date"],
        "peak": {"flops": flops, "bytes": figures["peak"]["bytes_per_second"]},
        "rows": rows,
    }
