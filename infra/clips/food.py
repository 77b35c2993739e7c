"""The kitchen: citrus, a doughnut, a latte."""

import math

from PIL import Image, ImageDraw

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import Layer, layered, still, turning
from infra.clips.paint import disc, drawn, glow, rgba, scatter, sky, specks, stack

FRUITS = {
    "orange": ("#f4801f", "#ffd9a3", "#ff9d33"),
    "lemon": ("#f5c518", "#fff6c9", "#ffe04d"),
    "lime": ("#6aa52b", "#eef7cf", "#a9d648"),
    "grapefruit": ("#f08a4b", "#ffe0d0", "#f2606a"),
}


def citrus() -> Scene:
    """Slices of fruit, each turning its own way."""
    base = sky("#ffe9c9", "#ffdcae", "#ffcf9d")
    places = [
        ("orange", 380, -90, -60), ("lime", 230, 420, 60), ("grapefruit", 430, 330, 330),
        ("lemon", 270, 30, 420), ("lime", 250, 110, 760), ("orange", 400, 400, 860),
        ("lemon", 330, -70, 1020), ("grapefruit", 260, 260, 1160),
    ]  # fmt: skip
    slices = [_slice(name, size) for name, size, _, _ in places]
    layers: list[Layer] = []
    for number, (_, _, x, y) in enumerate(places):
        seconds = (9 + 2 * (number % 3)) * (-1 if number % 2 else 1)
        layers.append(still(turning(f"[s{number + 1}]", seconds, number / 7), x, y))
    return Scene(layered("[s0]", *layers), (base, *slices))


def doughnut() -> Scene:
    """A glazed ring turning while sprinkles fall."""
    base = stack(sky("#ffc4d6", "#ff9fbf", "#f77fae"), (glow(1100, "#fff0f5", 0.8), (-190, 90)))
    ring = drawn((620, 620), _doughnut)
    shadow = drawn((660, 660), lambda pen: disc(pen, (660, 660), 560, rgba("#8a1f55", 0.5)), blur=24)
    hole = drawn((620, 620), lambda pen: disc(pen, (620, 620), 60, rgba("#fff", 0)))
    graph = layered(
        "[s0]",
        still("[s1]scroll=v=-0.0035"),
        still("[s2]", 36, 350),
        still(turning("[s3]", 16), 50, 320),
        still("[s4]scroll=v=-0.0075"),
    )
    del hole
    return Scene(graph, (base, _sprinkles(46, 20, 0), shadow, ring, _sprinkles(14, 46, 2)))


def latte() -> Scene:
    """A cup from above; the milk turns in the coffee."""
    base = stack(sky("#d9b99b", "#cfa987", "#b98f6d"), (_grain(), (0, 0)))
    saucer = drawn((680, 680), _saucer)
    shadow = drawn((720, 720), lambda pen: disc(pen, (720, 720), 640, rgba("#3b2314", 0.55)), blur=26)
    coffee = drawn((430, 430), _swirl, blur=1.2)
    beans = specks((WIDTH, HEIGHT), 1, (1, 1), ["#000000"], alpha=0)
    graph = layered(
        "[s0]",
        still("[s1]", 20, 310),
        still("[s2]", 20, 290),
        still(turning("[s3]", -14), 145, 415),
        ("[s4]", "200+20*sin(t*0.9)", "180-26*t"),
        ("[s4]".replace("s4", "s5"), "300-24*sin(t*0.8)", "420-34*t"),
    )
    del beans
    return Scene(graph, (base, shadow, saucer, coffee, _steam(), _steam()))


def _slice(name: str, size: int) -> Image.Image:
    rind, pith, flesh = FRUITS[name]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        middle = (size, size)
        disc(pen, middle, size * 0.98, rgba(rind))
        disc(pen, middle, size * 0.91, rgba(pith))
        for part in range(10):
            angle = 2 * math.pi * part / 10
            pen.polygon(_segment(size, angle), fill=rgba(flesh))
            tip = (size + size * 0.5 * math.cos(angle), size + size * 0.5 * math.sin(angle))
            disc(pen, tip, size * 0.045, rgba(pith, 0.55))
        disc(pen, middle, size * 0.06, rgba(pith))

    return drawn((size, size), draw)


def _segment(size: int, middle: float) -> list[tuple[float, float]]:
    """Return a wedge with round corners between two membranes."""
    half, outline = math.pi / 10 * 0.86, [(0.12, 0.0)]
    outline += [(0.78, -half * 0.9), (0.84, -half * 0.7)]
    outline += [(0.855, half * step / 4) for step in range(-2, 3)]
    outline += [(0.84, half * 0.7), (0.78, half * 0.9)]
    return [
        (size + size * r * math.cos(middle + a), size + size * r * math.sin(middle + a))
        for r, a in outline
    ]


def _doughnut(pen: ImageDraw.ImageDraw) -> None:
    middle = (620.0, 620.0)
    disc(pen, middle, 560, rgba("#c98a4b"))
    disc(pen, middle, 540, rgba("#e0a965"))
    wavy = []
    for step in range(180):
        angle = 2 * math.pi * step / 180
        reach = 490 + 16 * math.sin(9 * angle) + 10 * math.sin(14 * angle + 1)
        wavy.append((620 + reach * math.cos(angle), 620 + reach * math.sin(angle)))
    pen.polygon(wavy, fill=rgba("#7a3b2e"))
    pen.arc((220, 220, 1020, 1020), 200, 250, fill=rgba("#b06a55", 0.8), width=26)
    for u, v, w in scatter(120, 3):
        angle, reach = 2 * math.pi * u, 230 + 220 * v
        _sprinkle(pen, (620 + reach * math.cos(angle), 620 + reach * math.sin(angle)), 26, w)
    disc(pen, middle, 186, rgba("#c98a4b"))
    disc(pen, middle, 160, rgba("#f994ba"))


def _sprinkle(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], length: float, share: float
) -> None:
    color = ("#ffd34e", "#57c7ff", "#ff6fa3", "#8ae07b", "#ffffff")[int(5 * share)]
    dx, dy = length * math.cos(17 * share), length * math.sin(17 * share)
    width = round(length * 0.5)
    pen.line([at, (at[0] + dx, at[1] + dy)], fill=rgba(color), width=width)
    for end in (at, (at[0] + dx, at[1] + dy)):
        disc(pen, end, width / 2 - 0.5, rgba(color))


def _sprinkles(count: int, length: float, blur: float) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(count, 200 + count):
            at = (60 + (2 * WIDTH - 120) * u, 100 + (2 * HEIGHT - 200) * v)
            _sprinkle(pen, at, length, w)

    return drawn((WIDTH, HEIGHT), draw, blur=blur)


def _saucer(pen: ImageDraw.ImageDraw) -> None:
    middle = (680.0, 680.0)
    for radius, color in ((640, "#f3ece3"), (560, "#e6dbcd"), (545, "#f7f1ea"), (480, "#fffdf9")):
        disc(pen, middle, radius, rgba(color))
    pen.rounded_rectangle((1080, 620, 1350, 740), 56, fill=rgba("#fffdf9"))
    disc(pen, middle, 440, rgba("#5b3420"))


def _swirl(pen: ImageDraw.ImageDraw) -> None:
    middle = 430.0
    disc(pen, (middle, middle), 418, rgba("#8a5430"))
    for arm in range(3):
        for step in range(260):
            share = step / 260
            angle = 2 * math.pi * (arm / 3 + 1.25 * share)
            reach = 12 + 360 * share
            at = (middle + reach * math.cos(angle), middle + reach * math.sin(angle))
            disc(pen, at, 46 * math.sin(math.pi * (0.12 + 0.86 * share)), rgba("#f3dcb9"))
    for ring in range(6):
        box = (12 + 4 * ring, 12 + 4 * ring, 848 - 4 * ring, 848 - 4 * ring)
        pen.ellipse(box, outline=rgba("#6f3f22", 0.35), width=5)


def _steam() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for step in range(60):
            share = step / 60
            at = (240 + 80 * math.sin(5 * share), 40 + 620 * share)
            disc(pen, at, 34 + 40 * math.sin(math.pi * share), rgba("#ffffff", 0.05))

    return drawn((240, 360), draw, blur=16)


def _grain() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for plank in range(5):
            x = plank * 2 * WIDTH / 5
            pen.line([(x, 0), (x, 2 * HEIGHT)], fill=rgba("#8a6446", 0.7), width=5)
        for u, v, w in scatter(90, 9):
            x, y, reach = 2 * WIDTH * u, 2 * HEIGHT * v, 120 + 500 * w
            pen.line([(x, y), (x + 8, y + reach)], fill=rgba("#9a7353", 0.35), width=3)

    return drawn((WIDTH, HEIGHT), draw)
