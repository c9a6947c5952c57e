"""Draws the pictures of campaigns/museumweek-2021/media: plain shapes from coordinates, nothing sampled.

Run by hand, from anywhere: `.venv/bin/python docs/pictures/make_pictures.py`. Equal Pillow, equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path

from PIL import Image, ImageDraw

OUT = Path(__file__).parents[2] / "campaigns" / "museumweek-2021" / "media"
WIDTH, HEIGHT = 1200, 675
FINE = 3
"""Drawn this many times larger, then made smaller, so that edges are smooth."""

NIGHT, SAND, CLAY, SKY, LEAF, PAPER = "#1f2a44", "#f2e3c6", "#c8553d", "#8fb8de", "#588157", "#fffaf0"
Draw = ImageDraw.ImageDraw


def scaled(*numbers: float) -> list[float]:
    """Return coordinates in the large drawing."""
    return [number * FINE for number in numbers]


def box(draw: Draw, left: float, top: float, right: float, bottom: float, fill: str) -> None:
    """Draw a rectangle."""
    draw.rectangle(scaled(left, top, right, bottom), fill=fill)


def disc(draw: Draw, x: float, y: float, radius: float, fill: str) -> None:
    """Draw a circle."""
    draw.ellipse(scaled(x - radius, y - radius, x + radius, y + radius), fill=fill)


def arcade(draw: Draw) -> None:
    """Three arches of a sand-coloured wall, a red sun low behind the middle one."""
    box(draw, 0, 0, WIDTH, HEIGHT, SAND)
    for middle in (240, 600, 960):
        disc(draw, middle, 300, 130, SKY)
        box(draw, middle - 130, 300, middle + 130, 570, SKY)
    disc(draw, 600, 430, 70, CLAY)
    for middle in (240, 600, 960):
        box(draw, middle - 130, 500, middle + 130, 570, LEAF)
    box(draw, 0, 570, WIDTH, HEIGHT, NIGHT)


def vase(draw: Draw) -> None:
    """A red vase with two handles on a dark table, before a blue wall."""
    box(draw, 0, 0, WIDTH, HEIGHT, SKY)
    box(draw, 0, 560, WIDTH, HEIGHT, NIGHT)
    for side in (-1, 1):
        x = 600 + side * 105
        draw.ellipse(scaled(x - 75, 185, x + 75, 375), outline=CLAY, width=22 * FINE)
    right = []
    for step in range(101):
        height = step / 100
        half = 70 + 130 * sin(pi * min(1.0, max(0.0, height - 0.12) / 0.88)) ** 1.5 - 25 * height
        right.append((600 + half, 110 + 460 * height))
    shape = [*right, *((1200 - x, y) for x, y in reversed(right))]
    draw.polygon([(x * FINE, y * FINE) for x, y in shape], fill=CLAY)
    box(draw, 510, 100, 690, 124, CLAY)


def bulb(draw: Draw) -> None:
    """A pale light bulb on a dark ground, with eleven rays."""
    box(draw, 0, 0, WIDTH, HEIGHT, NIGHT)
    for ray in range(12):
        turn = 2 * pi * ray / 12
        if ray != 3:  # the socket is there
            ends = [(600 + far * cos(turn), 280 + far * sin(turn)) for far in (200, 255)]
            draw.line([(x * FINE, y * FINE) for x, y in ends], fill=SAND, width=12 * FINE)
    disc(draw, 600, 280, 150, SAND)
    draw.polygon(scaled(505, 390, 695, 390, 655, 470, 545, 470), fill=SAND)
    for top in (485, 517, 549):
        draw.rounded_rectangle(scaled(545, top, 655, top + 22), radius=11 * FINE, fill=SKY)
    draw.line(scaled(550, 385, 570, 290, 600, 330, 630, 290, 650, 385), fill=CLAY, width=10 * FINE, joint="curve")


def book(draw: Draw) -> None:
    """An open book with empty pages, seen from the front."""
    box(draw, 0, 0, WIDTH, HEIGHT, LEAF)
    draw.polygon(scaled(170, 190, 600, 240, 1030, 190, 1030, 540, 600, 590, 170, 540), fill=CLAY)
    draw.polygon(scaled(200, 160, 600, 215, 600, 560, 200, 505), fill=PAPER)
    draw.polygon(scaled(1000, 160, 600, 215, 600, 560, 1000, 505), fill=PAPER)
    draw.line(scaled(600, 215, 600, 560), fill=SAND, width=8 * FINE)


def rings(draw: Draw) -> None:
    """Dark and white rings, closer on one side, that seem to move."""
    box(draw, 0, 0, WIDTH, HEIGHT, PAPER)
    for ring in range(30, 0, -1):
        disc(draw, 600 + 3 * (30 - ring), 337, ring * 24, NIGHT if ring % 2 else PAPER)


PICTURES: dict[str, Callable[[Draw], None]] = {
    "arcade.png": arcade,
    "vase.png": vase,
    "bulb.png": bulb,
    "book.png": book,
    "rings.png": rings,
}


def main() -> None:
    """Draw every picture into the campaign's folder."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, paint in PICTURES.items():
        large = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
        paint(ImageDraw.Draw(large))
        small = large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.quantize(64, dither=Image.Dither.NONE).save(OUT / name, optimize=True)


if __name__ == "__main__":
    main()
