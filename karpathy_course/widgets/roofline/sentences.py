"""Every number and sentence of the roofline, as text; nothing is drawn here."""

from math import floor, log10

from karpathy_course.widgets.learner_graph.labels import format_number

PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}
NEVER = (
    "{engine}: not measured yet. There is no GPU here, and no figure from another machine is stored: "
    "`karpathy-course bench gpu` makes one where there is a GPU."
)
ONE_WAY = (
    "{engine}: no bar for {which}, because only a function for the other direction was given: "
    'Roofline.measure({{"{engine}": (f, b)}}) measures both.'
)
REFUSED = "{engine}: no bar for {which}: {words}."
MISSING = "{engine}: no bar for {which}: it was not measured at this size."
ABOVE = (
    " That is above the roof, which no run can really be: the peak was measured while the machine was slower, or the "
    "arrays lie in a cache that is faster than memory. Measure again."
)


def quantity(number, unit):
    """Four digits with a prefix: 9.44e11 FLOP/s is “944 GFLOP/s”, 8.8e-4 s is “880 µs”."""
    power = min(15, max(-9, 3 * floor(log10(number) / 3)))
    if float(f"{number / 10**power:.4g}") >= 1000 and power < 15:
        power += 3
    return f"{format_number(number / 10**power)} {PREFIXES[power]}{unit}"


def percent(share):
    """Three digits; what is above 100 % is never rounded down to it, nor what is below rounded up."""
    written = float(f"{100 * share:.3g}")
    if written == 100 and share != 1:
        return "just above 100 %" if share > 1 else "just below 100 %"
    return f"{format_number(written)} %".replace("-", "−")


def batch(images):
    """“64 images”."""
    return f"{images} image{'s' if images != 1 else ''}"


def work_line(flops, moved):
    """FLOPs, bytes and their ratio, in words."""
    return (
        f"{quantity(flops, 'FLOP')} and at least {quantity(moved, 'B')}, so {format_number(flops / moved)} FLOP a byte"
    )


def sentence(engine, size, which, row, peak, elsewhere):
    """What the picture shows of one engine. elsewhere: (machine, date) of a stored figure, else None."""
    rate, intensity = row["flops"] / row["seconds"], row["flops"] / row["bytes"]
    slope = intensity * peak["bytes"]
    roof, share = min(slope, peak["flops"]), row.get("share", 1)
    took = f"It took {quantity(row['seconds'], 's')}: {quantity(rate, 'FLOP/s')}."
    if share < 1:
        took = (
            f"All of it would take {quantity(row['seconds'], 's')}, reckoned from {percent(share)} of the work: "
            f"{quantity(rate, 'FLOP/s')}."
        )
    if slope < peak["flops"]:
        binds = (
            f"The slope binds: copying {quantity(peak['bytes'], 'B/s')} allows {quantity(roof, 'FLOP/s')} at this "
            f"intensity. This is {percent(rate / roof)} of that, and {percent(rate / peak['flops'])} of the peak, "
            f"{quantity(peak['flops'], 'FLOP/s')}."
        )
    else:
        binds = (
            f"The ceiling binds: at this intensity the arithmetic is the limit, {quantity(peak['flops'], 'FLOP/s')}. "
            f"This is {percent(rate / peak['flops'])} of that peak."
        )
    where = f" Not measured here, but on {elsewhere[0]}, {elsewhere[1]}." if elsewhere else ""
    return (
        f"{engine}, {which}, {size}, {batch(row['images'])}: {work_line(row['flops'], row['bytes'])}. {took} {binds}"
        f"{ABOVE if rate > roof else ''}{where}"
    )
