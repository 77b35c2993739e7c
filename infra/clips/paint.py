"""Brushes for still layers; everything is drawn at twice its size, so that edges are smooth."""

import math
from collections.abc import Callable, Iterator, Sequence

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

from infra.clips.models import HEIGHT, WIDTH

CLEAR = (0, 0, 0, 0)
Point = tuple[float, float]
_STEPS = [1.2207440846 ** -(power + 1) for power in range(3)]  # the three-dimensional golden ratio


def scatter(count: int, start: int = 0) -> Iterator[tuple[float, float, float]]:
    """Yield evenly scattered points of the unit cube, the same every time."""
    for index in range(start + 1, start + count + 1):
        u, v, w = ((0.5 + step * index) % 1 for step in _STEPS)
        yield u, v, w


def rgba(color: str, alpha: float = 1.0) -> tuple[int, int, int, int]:
    """Return a colour with an opacity of 0 to 1."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    return red, green, blue, round(255 * alpha)


def sky(*colors: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return a vertical gradient through colours, top first."""
    column = Image.new("RGB", (1, len(colors)))
    for row, color in enumerate(colors):
        column.putpixel((0, row), rgba(color)[:3])
    return column.resize(size, Image.Resampling.BICUBIC).convert("RGBA")


def drawn(
    size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw], None], *, blur: float = 0
) -> Image.Image:
    """Return a clear layer that a function has drawn on, in coordinates of twice its size."""
    layer = Image.new("RGBA", (2 * size[0], 2 * size[1]), CLEAR)
    draw(ImageDraw.Draw(layer, "RGBA"))
    layer = layer.reduce(2)
    return layer.filter(ImageFilter.GaussianBlur(blur)) if blur else layer


def disc(pen: ImageDraw.ImageDraw, center: Point, radius: float, fill: object) -> None:
    """Draw a filled circle."""
    x, y = center
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)  # type: ignore[arg-type]


def glow(diameter: int, color: str, strength: float = 1.0) -> Image.Image:
    """Return a soft round light that fades to nothing at its rim."""
    fade = ImageOps.invert(Image.radial_gradient("L"))
    fade = fade.point(lambda value: int(strength * max(0, value - 75) ** 2 / 127))
    light = Image.new("RGBA", (diameter, diameter), rgba(color))
    light.putalpha(fade.resize((diameter, diameter), Image.Resampling.BICUBIC))
    return light


def stack(base: Image.Image, *layers: tuple[Image.Image, tuple[int, int]]) -> Image.Image:
    """Return a picture with layers put on it, each at its place; edges may be cut off."""
    result = base.copy()
    for layer, (x, y) in layers:
        whole = Image.new("RGBA", result.size, CLEAR)
        whole.paste(layer, (x, y))
        result = Image.alpha_composite(result, whole)
    return result


def ridge(
    size: tuple[int, int], level: float, waves: Sequence[tuple[int, float]], *colors: str
) -> Image.Image:
    """Return a silhouette that tiles sideways: waves are (whole cycles, height in pixels).

    Its colours run from the ridge's height down to the bottom.
    """
    width, height = size

    def outline(pen: ImageDraw.ImageDraw) -> None:
        edge = [(x, 2 * (level + _sum_of(waves, x / (2 * width)))) for x in range(0, 2 * width, 4)]
        pen.polygon(
            [*edge, (2 * width, edge[0][1]), (2 * width, 2 * height), (0, 2 * height)], "white"
        )

    shape = drawn(size, outline)
    filled = Image.new("RGBA", size, rgba(colors[0]))
    filled.paste(sky(*colors, size=(width, height - int(level))), (0, int(level)))
    filled.putalpha(shape.getchannel("A"))
    return filled


def specks(
    size: tuple[int, int],
    count: int,
    radii: tuple[float, float],
    colors: Sequence[str],
    *,
    alpha: float = 1.0,
    blur: float = 0,
    start: int = 0,
) -> Image.Image:
    """Return scattered discs that tile in both directions."""
    width, height = 2 * size[0], 2 * size[1]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for place, (u, v, w) in enumerate(scatter(count, start)):
            radius = 2 * (radii[0] + (radii[1] - radii[0]) * w * w)
            fill = rgba(colors[place % len(colors)], alpha * (0.4 + 0.6 * v))
            for x in _wrapped(u * width, radius, width):
                for y in _wrapped(v * height, radius, height):
                    disc(pen, (x, y), radius, fill)

    return drawn(size, draw, blur=blur)


def text(words: str, height: int, color: str) -> Image.Image:
    """Return a line of type, cut to its ink."""
    font = ImageFont.load_default(2 * height)
    box = font.getbbox(words, stroke_width=height // 12)
    layer = Image.new("RGBA", (round(box[2]) + 8, round(box[3]) + 8), CLEAR)
    pen = ImageDraw.Draw(layer)
    pen.text((0, 0), words, rgba(color), font, stroke_width=height // 12, stroke_fill=rgba(color))
    return layer.crop(layer.getbbox()).reduce(2)


def star_polygon(center: Point, radius: float, points: int, depth: float) -> list[Point]:
    """Return a star's outline: `depth` is the inner radius as a share of the outer."""
    corners = []
    for step in range(2 * points):
        reach = radius if step % 2 == 0 else radius * depth
        angle = math.pi * step / points
        corners.append((center[0] + reach * math.sin(angle), center[1] - reach * math.cos(angle)))
    return corners


def _sum_of(waves: Sequence[tuple[int, float]], share: float) -> float:
    return sum(
        height * math.sin(2 * math.pi * (cycles * share + 0.37 * place))
        for place, (cycles, height) in enumerate(waves)
    )


def _wrapped(place: float, radius: float, size: int) -> list[float]:
    places = [place]
    if place < radius:
        places.append(place + size)
    if place > size - radius:
        places.append(place - size)
    return places
