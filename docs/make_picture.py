"""Draws docs/graph_player.gif: the graph player itself, playing the diamond in Chromium, one picture a step.

    python docs/make_picture.py

To be run again when the player's look changes.
"""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer

PICTURE = Path(__file__).with_name("graph_player.gif")
LARGEST_BYTES = 1_000_000
STEP_MS, LAST_MS = 900, 3000


def diamond():
    """Lecture 02's diamond, where c and d are used twice: its gradients are 25 and 19."""
    a, b = Value(2.0), Value(3.0)
    c, d = a + b, a * b
    e, f = c + d, c * d
    y = e + f
    return GraphPlayer(y, {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "y": y})


def frames(player):
    """A picture of the widget at every step."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        player.to_html(path)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 860, "height": 700}, reduced_motion="reduce")
        page.goto(path.as_uri())
        taken = []
        for position in range(int(page.get_by_test_id("scrub").get_attribute("max")) + 1):
            page.get_by_test_id("scrub").fill(str(position))
            page.get_by_test_id("scrub").blur()
            shot = page.get_by_test_id("graph-player").screenshot()
            taken.append(Image.open(io.BytesIO(shot)).convert("RGB"))
        browser.close()
    return taken


def main():
    taken = frames(diamond())
    size = tuple(max(side) for side in zip(*(picture.size for picture in taken)))
    pages = []
    for picture in taken:
        page = Image.new("RGB", size, "white")
        page.paste(picture)
        pages.append(page.quantize(64, dither=Image.Dither.NONE))
    durations = [STEP_MS] * (len(pages) - 1) + [LAST_MS]
    pages[0].save(PICTURE, save_all=True, append_images=pages[1:], duration=durations, loop=0, optimize=True)
    assert PICTURE.stat().st_size <= LARGEST_BYTES, f"{PICTURE} has {PICTURE.stat().st_size} bytes"
    print(f"{PICTURE.name}: {len(pages)} pictures, {PICTURE.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
