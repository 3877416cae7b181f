"""Measurements of a convolution that nobody has made, for tests of the roofline: every number is drawn from a seed."""

import numpy as np

CPU = ("naive loops", "NumPy, im2col", "course, compiled", "PyTorch, CPU")
CUDA = "PyTorch, CUDA"
PASSES = ("forward", "backward")


def measured(seed=0, own=("mine",), sizes=3, device="cpu", above=False, **more):
    """A measurement as `measuring.measure` returns it. above: one row is faster than the roof allows."""
    draw = np.random.default_rng([seed, device == "cuda"])
    work = np.random.default_rng(seed)  # the same on both devices
    peak = {"flops": float(10 ** draw.uniform(10, 12)), "bytes": float(10 ** draw.uniform(9, 11))}
    if device == "cuda":
        peak = {what: 50 * number for what, number in peak.items()}
    rows = []
    for k in range(sizes):
        size, images = f"{k + 1} → {2 * k + 3}, 3×3, {8 + k}×{8 + k}", int(work.integers(1, 100))
        for which in PASSES:
            flops, moved = (int(10 ** work.uniform(*span)) for span in ((6, 9), (5, 7)))
            roof = min(peak["flops"], flops / moved * peak["bytes"])
            for name in [CUDA] if device == "cuda" else [*CPU, *own]:
                share = 10 ** draw.uniform(-4, -1) if name == "naive loops" else 1.0
                fraction = 10 ** draw.uniform(-6, -4) if name == "naive loops" else draw.uniform(0.02, 0.98)
                rows.append(
                    {
                        "engine": name,
                        "size": size,
                        "images": images,
                        "pass": which,
                        "flops": flops,
                        "bytes": moved,
                        "seconds": float(flops / (roof * fraction)),
                        "share": float(share),
                    }
                )
    if above:
        flops, moved = rows[3]["flops"], rows[3]["bytes"]
        rows[3]["seconds"] = flops / (1.02 * min(peak["flops"], flops / moved * peak["bytes"]))
    machine = "An imagined GPU" if device == "cuda" else "An imagined processor"
    return {"device": device, "machine": machine, "peak": peak, "rows": rows, "refused": [], **more}


def stored(seed=0, **more):
    return measured(seed, device="cuda", date="2026-01-02", **more)


def refusing(seed=0):
    """A measurement in which one function of the learner's is wrong and another has no backward."""
    found = measured(seed, own=("mine", "one way"))
    found["rows"] = [row for row in found["rows"] if row["engine"] != "mine"]
    found["rows"] = [row for row in found["rows"] if (row["engine"], row["pass"]) != ("one way", "backward")]
    found["refused"] = [
        {"engine": "mine", "pass": "forward", "words": "its result is not the reference’s: y[0, 0, 1, 2] is -3"},
        {"engine": "mine", "pass": "backward", "words": "it raised ValueError: no"},
    ]
    return found
