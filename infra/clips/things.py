"""Stills of things: words, rings, shards of glass, food."""

import math
import random

from PIL import Image, ImageDraw, ImageFont

from infra.clips.recipe import HEIGHT, WIDTH
from infra.clips.scenery import SMOOTHING, canvas, reduced


def words(
    *, lines: tuple[str, ...], color: str, size: int, shade: str = "#00000055"
) -> Image.Image:
    """Write lines of text in the middle of the picture, with a soft shadow."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    text = "\n".join(lines)
    middle = (WIDTH / 2, HEIGHT / 2)
    beside = (WIDTH / 2 + size * 0.04, HEIGHT / 2 + size * 0.06)
    for place, fill in ((beside, shade), (middle, color)):
        draw.multiline_text(
            place, text, fill=fill, font=font, anchor="mm", align="center", spacing=size * 0.2
        )
    return image


def arcs(*, radius: int, thick: int, colors: tuple[str, ...], gap: float, side: int) -> Image.Image:
    """Paint a ring of as many arcs as there are colors, with gaps in degrees."""
    image, draw = canvas(side, side)
    reach, middle = radius * SMOOTHING, side * SMOOTHING / 2
    box = (middle - reach, middle - reach, middle + reach, middle + reach)
    step = 360 / len(colors)
    for place, color in enumerate(colors):
        draw.arc(box, place * step, (place + 1) * step - gap, fill=color, width=thick * SMOOTHING)
    return reduced(image)


def shards(*, count: int, colors: tuple[str, ...], seed: int, side: int) -> Image.Image:
    """Scatter translucent triangles, opaque ground below: coloured glass for a kaleidoscope."""
    image, draw = canvas(side, side)
    chance = random.Random(seed)  # noqa: S311 - a picture, not secrets
    ground = Image.new("RGBA", image.size, colors[0])
    for _ in range(count):
        x, y = chance.uniform(0, image.width), chance.uniform(0, image.height)
        reach = chance.uniform(0.08, 0.3) * image.width
        corners = []
        for third in range(3):
            angle = chance.uniform(0, 1.4) + third * math.tau / 3
            corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
        draw.polygon(corners, fill=f"{chance.choice(colors)}")
        ground = Image.alpha_composite(ground, _faded(image, 0.72))
        image.paste((0, 0, 0, 0), (0, 0, *image.size))
    return reduced(ground)


def flower(*, petals: int, colors: tuple[str, ...], side: int) -> Image.Image:
    """Paint rings of petals, one color after another towards the middle."""
    image, _ = canvas(side, side)
    span = image.width
    for ring, color in enumerate(colors):
        share = 1 - ring / (len(colors) + 0.6)
        long, wide = span * 0.49 * share, span * 0.49 * share * math.tan(math.pi / petals) * 1.1
        petal = Image.new("RGBA", image.size, (0, 0, 0, 0))
        box = (span / 2 - wide / 2, span / 2 - long, span / 2 + wide / 2, span / 2)
        ImageDraw.Draw(petal).ellipse(box, fill=color)
        for place in range(petals):
            angle = 360 * (place + ring / 2) / petals
            image.alpha_composite(petal.rotate(angle, Image.Resampling.BILINEAR))
    return reduced(image)


def citrus(*, radius: int, rind: str, pith: str, flesh: str) -> Image.Image:
    """Paint a slice of citrus."""
    image, draw = canvas(radius * 2, radius * 2)
    full = radius * SMOOTHING
    for share, color in ((0.98, rind), (0.9, pith)):
        reach = full * share
        draw.ellipse((full - reach, full - reach, full + reach, full + reach), fill=color)
    reach = full * 0.83
    box = (full - reach, full - reach, full + reach, full + reach)
    for place in range(9):
        draw.pieslice(box, place * 40 + 3, place * 40 + 37, fill=flesh)
    draw.ellipse((full * 0.93, full * 0.93, full * 1.07, full * 1.07), fill=pith)
    return reduced(image)


def pizza(*, radius: int, seed: int) -> Image.Image:
    """Paint a pizza with tomato, basil and olives, cut into eight."""
    image, draw = canvas(radius * 2, radius * 2)
    middle = radius * SMOOTHING
    chance = random.Random(seed)  # noqa: S311
    for share, color in (
        (0.99, "#c98a45"),
        (0.93, "#e0a85c"),
        (0.86, "#d9502e"),
        (0.83, "#f6cf72"),
    ):
        _dot(draw, middle, middle, middle * share, color)
    for place in range(96):
        angle, far = place * 2.399, 0.76 * math.sqrt((place + 0.5) / 96)
        x, y = middle * (1 + far * math.cos(angle)), middle * (1 + far * math.sin(angle))
        kind = place % 6
        if kind in (0, 3):
            _dot(draw, x, y, middle * 0.085, "#b8321f")
            _dot(draw, x, y, middle * 0.07, "#d8452c")
        elif kind == 1:
            leaf = chance.uniform(0.03, 0.05) * middle
            draw.ellipse((x - leaf * 1.7, y - leaf, x + leaf * 1.7, y + leaf), fill="#3f8f3a")
        elif kind == 4:  # noqa: PLR2004 - every sixth one an olive
            _dot(draw, x, y, middle * 0.04, "#33303a")
            _dot(draw, x, y, middle * 0.017, "#f6cf72")
    for cut in range(4):
        x, y = middle * math.cos(cut * math.pi / 4), middle * math.sin(cut * math.pi / 4)
        draw.line((middle - x, middle - y, middle + x, middle + y), fill="#b9793a", width=6)
    return reduced(image)


def cup(*, color: str, shade: str, drink: str) -> Image.Image:
    """Paint a cup of tea on a saucer, seen from the side, 460 by 380 pixels."""
    image, draw = canvas(460, 380)
    draw.ellipse((60, 620, 780, 740), fill=shade)
    draw.ellipse((60, 606, 780, 716), fill=color)
    draw.ellipse((600, 200, 860, 480), outline=color, width=44)
    draw.rectangle((140, 120, 700, 400), fill=color)
    draw.ellipse((140, 140, 700, 660), fill=color)
    draw.ellipse((140, 60, 700, 180), fill=shade)
    draw.ellipse((164, 74, 676, 170), fill=drink)
    return reduced(image)


def ball(*, radius: int, color: str, line: str) -> Image.Image:
    """Paint a basketball."""
    image, draw = canvas(radius * 2, radius * 2)
    full = radius * SMOOTHING
    _dot(draw, full, full, full * 0.98, color)
    draw.line((0, full, 2 * full, full), fill=line, width=10)
    draw.line((full, 0, full, 2 * full), fill=line, width=10)
    for middle in (-0.55, 2.55):
        reach, x = full * 1.0, full * middle
        draw.arc((x - reach, full - reach, x + reach, full + reach), 0, 360, fill=line, width=10)
    mask = Image.new("L", image.size, 0)
    _dot(ImageDraw.Draw(mask), full, full, full * 0.98, 255)
    image.putalpha(mask)
    return reduced(image)


def lanes(*, ground: str, line: str, count: int) -> Image.Image:
    """Paint a running track that narrows towards the horizon in the middle of the picture."""
    image, draw = canvas(WIDTH, HEIGHT)
    far, wide = image.height * 0.5, image.width
    draw.rectangle((0, far, wide, image.height), fill=ground)
    for place in range(count + 1):
        share = place / count - 0.5
        near = wide * (0.5 + share * 3.2)
        top = wide * (0.5 + share * 0.35)
        draw.polygon(
            [(top - 1, far), (top + 1, far), (near + 16, image.height), (near - 16, image.height)],
            fill=line,
        )
    return reduced(image)


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, reach: float, fill: str | int) -> None:
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)


def _faded(image: Image.Image, share: float) -> Image.Image:
    faded = image.copy()
    faded.putalpha(image.getchannel("A").point(lambda value: int(value * share)))
    return faded
