"""What a GPU makes of the references: are its numbers right, and how near to its measured peak do its steps come?

    python -m benchmarks.gpu --store        (or: karpathy-course bench gpu --store)

takes under four minutes on a machine with CUDA and needs NumPy, PyTorch and array-api-compat alone. It keeps a dated
file of figures in the package, for pages on machines without a GPU. Where there is none everything runs on the CPU,
smaller; what needs the GPU says that it was skipped and why, and nothing is kept.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from benchmarks.gpu_parity import PARITY
from benchmarks.gpu_run import SIZES, Bench, why_no_cuda
from benchmarks.run import row
from karpathy_course.torch_reference.gpu_figures import FILE, stored_figures, write_figures


def as_rows(figures):
    """The figures as the rows of a table."""
    device, peak = figures["device"]["name"], figures["peak"]
    rates = peak["flops_per_second"]
    table = [row(f"{device}: a large product, {name}: {x / 1e12:.3g} TFLOP/s", 1 / x) for name, x in rates.items()]
    rate = peak["bytes_per_second"]
    table.append(row(f"{device}: a large copy: {rate / 1e9:.4g} GB/s", 1 / rate))
    for entry in figures["parity"]:
        what = f"{entry['model']}, parity: the largest difference, as a share"
        table.append(row(what, entry["largest_difference"], goal=f"≤ {PARITY}"))
    for entry in figures["checks"]:
        table.append(row(f"{entry['what']} (0: yes)", 0.0 if entry["holds"] else 1.0, goal="≤ 0"))
    plain = {entry["what"]: entry["seconds"] for entry in figures["steps"] if entry["how"] == "float32"}
    for entry in figures["steps"]:
        rate, dtype = entry["flops"] / entry["seconds"], entry["how"].partition(",")[0]
        reached = f"{rate / 1e9:.4g} GFLOP/s"
        reached += f", {rate / rates[dtype]:.1%} of the peak" if dtype in rates else ""
        what = f"{entry['what']}, batch {entry['batch']}, training step, {entry['how']}: {reached}"
        peer = ("PyTorch, float32", plain[entry["what"]]) if entry["what"] in plain else ()
        table.append(row(what, entry["seconds"], *peer))
    for entry in figures["convolutions"]:
        what = f"convolution {entry['size']}, {entry['images']} images, {entry['pass']}, {entry['engine']}"
        table.append(row(f"{what}: {entry['flops'] / entry['seconds'] / 1e9:.4g} GFLOP/s", entry["seconds"]))
    table += [row(f"skipped: {entry['what']}: {entry['why']}", None) for entry in figures["skipped"]]
    return [*table, row("all of this, wall clock", figures["seconds"])]


def rows(store=False, size=None, out=None):
    """The table of a run on CUDA, or on the CPU where there is none.

    store: keep the figures of a GPU in the package; those of a CPU never are. out: write them to this file as well,
    whatever they are of.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    figures = Bench(device, size).figures()
    if out is not None:
        Path(out).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    table = as_rows(figures)
    if store and device.type == "cuda":
        write_figures(figures)
        table.append(row(f"kept in karpathy_course/torch_reference/{FILE.name}", None))
    elif store:
        table.append(row(f"skipped: keeping the figures: {why_no_cuda()}", None))
    return table


def keep(path):
    """Keep the figures that another machine has written to a file; 2, and one line, where they are none of a GPU."""
    try:
        figures = stored_figures(path)
        if figures is None:
            raise ValueError(f"{path}: there is no such file")
    except (OSError, ValueError) as error:
        print(f"bench gpu: {error}", file=sys.stderr)
        return 2
    write_figures(figures)
    print(f"kept: the figures of {figures['date']} from {figures['device']['name']}")
    return 0


def main(words=None):
    """The bench where neither typer nor rich is installed; 1 where something falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.split("\n")[0])
    parser.add_argument("--store", action="store_true", help="keep a GPU's figures in the package")
    parser.add_argument("--out", metavar="FILE", help="write the figures to this file too, of whatever device")
    parser.add_argument("--size", choices=sorted(SIZES), help="of the networks; by the device when left out")
    parser.add_argument(
        "--keep", metavar="FILE", help="measure nothing: check a GPU's figures from --out, and keep them"
    )
    words = vars(parser.parse_args(words))
    if (path := words.pop("keep")) is not None:
        return keep(path)
    table = rows(**words)
    for entry in table:
        verdict = {None: "", True: "holds", False: "FALLS SHORT"}[entry["holds"]]
        number = "" if entry["ours_seconds"] is None else f"{entry['ours_seconds']:.4g}"
        ratio = "" if entry["ratio"] is None else f"{entry['ratio']:.3g} ×"
        print(f"{number:>11} {ratio:>8} {verdict:>11}  {entry['what']}")
    return 1 if any(entry["holds"] is False for entry in table) else 0


if __name__ == "__main__":
    sys.exit(main())
