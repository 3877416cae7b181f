"""The convolutions among a GPU's stored figures, as a measurement that the roofline draws beside this machine's own."""


def as_measurement(figures):
    """What `torch_reference.stored_figures` returned, as `measuring.measure` returns it, with the date.

    None also where no convolution is among them, or no peak in float32, which is what convolutions are measured in.
    """
    flops = figures["peak"]["flops_per_second"].get("float32")
    if not figures["convolutions"] or flops is None:
        return None
    return {
        "device": "cuda",
        "machine": figures["device"].get("name"),
        "date": figures["date"],
        "peak": {"flops": flops, "bytes": figures["peak"]["bytes_per_second"]},
        "rows": figures["convolutions"],
    }
