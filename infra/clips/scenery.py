"""Stills of sky, land and weather. Those that scroll repeat without a seam."""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from infra.clips.recipe import HEIGHT, WIDTH

SMOOTHING = 2  # drawn twice as large and reduced, for edges without steps
CLEAR = (0, 0, 0, 0)
Size = tuple[int, int]


def canvas(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty enlarged picture and its brush; `reduced` brings it to its size."""
    image = Image.new("RGBA", (width * SMOOTHING, height * SMOOTHING), CLEAR)
    return image, ImageDraw.Draw(image)


def reduced(image: Image.Image, blur: float = 0) -> Image.Image:
    """Return a picture from `canvas` in its real size, blurred by a radius in pixels."""
    small = image.reduce(SMOOTHING)
    return small.filter(ImageFilter.GaussianBlur(blur)) if blur else small


def hills(
    *, color: str, top: float, rise: float, seed: int, bumps: int = 3, width: int = WIDTH
) -> Image.Image:
    """Paint rolling land from `top` (share of the height) down, `rise` pixels high."""
    image, draw = canvas(width, HEIGHT)
    chance = random.Random(seed)  # noqa: S311 - scenery, not secrets
    phases = [chance.uniform(0, math.tau) for _ in range(3)]
    outline = [(0.0, float(image.height))]
    for x in range(0, image.width + 1, 4):
        turn = math.tau * x / image.width
        bend = sum(
            math.sin(turn * bumps * (octave + 1) + phase) / (octave + 1) ** 1.6
            for octave, phase in enumerate(phases)
        )
        outline.append((x, image.height * top - bend * rise * SMOOTHING / 2))
    outline.append((float(image.width), float(image.height)))
    draw.polygon(outline, fill=color)
    return reduced(image)


def pines(*, color: str, top: float, seed: int) -> Image.Image:
    """Paint a row of pine trees standing on the lower edge."""
    image, draw = canvas(WIDTH, HEIGHT)
    chance = random.Random(seed)  # noqa: S311
    floor = image.height * (top + 0.09)
    draw.rectangle((0, floor, image.width, image.height), fill=color)
    for x in range(0, image.width, 74):
        tall = chance.uniform(0.07, 0.19) * image.height
        for tier in range(4):
            base, wide = floor - tall * tier * 0.2, (1 - tier * 0.2) * 95
            tip = base - tall * 0.42
            draw.polygon([(x - wide, base), (x + wide, base), (x, tip)], fill=color)
    return reduced(image)


def glow(*, color: str, radius: int, halo: int) -> Image.Image:
    """Paint a disc with a halo of light: a sun, a moon, a firefly."""
    side = 2 * (radius + halo)
    light = Image.new("L", (side, side), 0)
    ImageDraw.Draw(light).ellipse((halo, halo, side - halo, side - halo), fill=150)
    light = light.filter(ImageFilter.GaussianBlur(halo / 2.5))
    disc, draw = canvas(side, side)
    edge, far = halo * SMOOTHING, (side - halo) * SMOOTHING
    draw.ellipse((edge, edge, far, far), fill=color)
    tinted = Image.new("RGBA", (side, side), color)
    tinted.putalpha(light)
    return Image.alpha_composite(tinted, reduced(disc))


def discs(
    *,
    count: int,
    radius: Size,
    colors: tuple[str, ...],
    opacity: Size,
    seed: int,
    blur: float = 0,
    size: Size = (WIDTH, HEIGHT),
    below: float = 0,
) -> Image.Image:
    """Scatter discs: stars, snow, bokeh. Radii in pixels, opacity of 255, `below` a share."""
    image, draw = canvas(*size)
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        x = chance.uniform(0, image.width)
        y = chance.uniform(below * image.height, image.height)
        reach = chance.uniform(*radius) * SMOOTHING
        shade = f"{chance.choice(colors)}{chance.randint(*opacity):02x}"
        for left, up in _wrapped(x, y, reach, image.size):
            draw.ellipse((left - reach, up - reach, left + reach, up + reach), fill=shade)
    return reduced(image, blur)


def steam(*, size: Size, seed: int) -> Image.Image:
    """Paint soft clouds in a column that fades towards both sides."""
    white = ("#ffffff",)
    cloud = discs(
        count=18, radius=(26, 60), colors=white, opacity=(70, 150), seed=seed, blur=20, size=size
    )
    light = ImageOps.invert(Image.radial_gradient("L")).crop((0, 128, 256, 129))
    across = ImageOps.autocontrast(light).resize(size)
    pure = Image.new("RGBA", size, "white")  # the blur has mixed in the black of clear pixels
    pure.putalpha(ImageChops.multiply(cloud.getchannel("A"), across))
    return pure


def streaks(
    *, count: int, length: Size, color: str, opacity: Size, seed: int, thick: int = 2
) -> Image.Image:
    """Scatter falling lines: rain."""
    image, draw = canvas(WIDTH, HEIGHT)
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        x, y = chance.uniform(0, image.width), chance.uniform(0, image.height)
        long = chance.uniform(*length) * SMOOTHING
        shade = f"{color}{chance.randint(*opacity):02x}"
        for left, up in _wrapped(x, y, long, image.size):
            draw.line((left, up, left + long * 0.06, up - long), fill=shade, width=thick)
    return reduced(image, 0.6)


def planet(*, radius: int, colors: tuple[str, ...], ring: str) -> Image.Image:
    """Paint a striped planet with a ring around it."""
    side = radius * 4
    image, draw = canvas(side, side)
    middle, reach = side, radius * SMOOTHING
    globe = Image.new("RGBA", image.size, CLEAR)
    brush = ImageDraw.Draw(globe)
    stripe = 2 * reach / len(colors)
    for place, color in enumerate(colors):
        top = middle - reach + place * stripe
        brush.rectangle((0, top, image.width, top + stripe), fill=color)
    globe = globe.filter(ImageFilter.GaussianBlur(14))
    round_ = Image.new("L", image.size, 0)
    box = (middle - reach, middle - reach, middle + reach, middle + reach)
    ImageDraw.Draw(round_).ellipse(box, fill=255)
    wide = (
        middle - reach * 1.8,
        middle - reach * 0.42,
        middle + reach * 1.8,
        middle + reach * 0.42,
    )
    draw.arc(wide, 180, 360, fill=ring, width=26)
    image.paste(globe, mask=round_)
    draw.arc(wide, 0, 180, fill=ring, width=26)
    return reduced(image.rotate(18, Image.Resampling.BICUBIC))


def _wrapped(x: float, y: float, reach: float, size: Size) -> list[tuple[float, float]]:
    """Return a place and, near an edge, its copies beyond the opposite one."""
    width, height = size
    across = [x] + [x + shift for shift in (-width, width) if -reach < x + shift < width + reach]
    down = [y] + [y + shift for shift in (-height, height) if -reach < y + shift < height + reach]
    return [(left, up) for left in across for up in down]
