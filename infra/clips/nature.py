"""Weather and water: northern lights, petals, rain, the deep."""

import math

from PIL import Image, ImageDraw

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import layered, still, swinging
from infra.clips.paint import disc, drawn, glow, rgba, ridge, scatter, sky, specks, stack


def aurora() -> Scene:
    """Green and violet curtains of light over a forest."""
    stars = specks((WIDTH, HEIGHT), 220, (0.6, 1.8), ["#ffffff", "#bcd4ff"], alpha=0.9)
    night = stack(sky("#050816", "#0a1530", "#10294a", "#1c4a5c"), (stars, (0, 0)))
    veil = sky("#7a3bd6", "#3ee6a0", "#2ad1a3", "#0a3a40", "#000000", "#000000")
    curtains = (
        "perlin=s=36x10:r=30:octaves=2:persistence=0.6:xscale=5:yscale=1:tscale=0.6:seed=3,"
        "format=gray,eq=contrast=2.2:brightness=-0.18,scale=720:1280:flags=bicubic,"
        "format=gbrp[curtain];[s1]format=gbrp[veil];[curtain][veil]blend=all_mode=multiply[light];"
        "[s0]format=gbrp[night];[night][light]blend=all_mode=screen,format=yuv444p[lit];"
    )
    hills = stack(
        ridge((WIDTH, HEIGHT), 1010, [(1, 40), (3, 14)], "#0c2233", "#071420"),
        (_forest(), (0, 0)),
    )
    return Scene(curtains + layered("[lit]", still("[s2]")), (night, veil, hills))


def petals() -> Scene:
    """Cherry petals falling past a branch."""
    base = stack(
        sky("#ffd9e0", "#ffe9e4", "#fff6ea", "#ffe3dc", "#f7bfd0"),
        (glow(760, "#fff9e8", 1.0), (-120, 40)),
    )
    far = _petals(26, 9, 1.5, 3)
    near = _petals(16, 17, 0, 50)
    close = _petals(5, 40, 7, 90)
    graph = layered(
        "[s0]",
        (f"[s1]scroll=v=-0.0020:h=-0.0006", "0", "0"),
        ("[s4]", swinging(-20, 6, 5), swinging(-20, 8, 4)),
        (f"[s2]scroll=v=-0.0034:h=-0.0011", "0", "0"),
        (f"[s3]scroll=v=-0.0060:h=-0.0016", "0", "0"),
    )
    return Scene(graph, (base, far, near, close, drawn((760, 520), _branch)))


def rain() -> Scene:
    """City lights out of focus behind falling rain."""
    base = stack(
        sky("#0a1026", "#131b3c", "#2a2350", "#1a1630", "#0b0c1c"),
        (_lights(26, (16, 58), 7, 0.6, 3), (0, 0)),
        (_lights(18, (30, 80), 3, 0.35, 70), (0, 0)),
    )
    graph = layered(
        "[s0]",
        still("[s1]scroll=v=-0.020"),
        still("[s2]scroll=v=-0.034"),
    )
    return Scene(graph, (base, _streaks(70, 46, 0.22, 2), _streaks(34, 96, 0.4, 300)))


def underwater() -> Scene:
    """Sun rays through deep water, a jellyfish, bubbles."""
    base = sky("#7fe0e6", "#2aa6c4", "#10719f", "#0a3f73", "#061f45")
    small = specks((WIDTH, HEIGHT), 60, (1.5, 5), ["#e4fbff"], alpha=0.55)
    large = _bubbles(14)
    graph = layered(
        "[s0]",
        ("[s1]rotate=a='0.05*sin(2*PI*t/7)':c=none", "(W-w)/2", "-260"),
        still("[s2]scroll=v=0.0016"),
        ("[s4]", swinging(250, 26, 7), swinging(520, 46, 3.5)),
        ("[s5]", swinging(70, 18, 6, 0.4), swinging(900, 30, 3, 0.5)),
        still("[s3]scroll=v=0.0042"),
    )
    jelly = drawn((260, 420), lambda pen: _jellyfish(pen, 260), blur=0.5)
    return Scene(graph, (base, _rays(), small, large, jelly, jelly.resize((130, 210))))


def _forest() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(60, 20):
            x, base, tall = 2 * WIDTH * u, 2 * (1090 + 130 * v), 2 * (90 + 130 * w)
            for tier in range(4):
                top, half = base - tall * (1 - 0.2 * tier), tall * (0.1 + 0.05 * tier)
                foot = top + tall * 0.36
                pen.polygon([(x, top), (x - half, foot), (x + half, foot)], fill=rgba("#040b14"))
        pen.rectangle((0, 2 * 1150, 2 * WIDTH, 2 * HEIGHT), fill=rgba("#040b14"))

    return drawn((WIDTH, HEIGHT), draw)


def _petals(count: int, length: float, blur: float, start: int) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(count, start):
            fill = rgba(("#f48fb1", "#f7a8c4", "#ffc1d6")[int(3 * w)], 0.9)
            for x in (2 * WIDTH * u, 2 * WIDTH * (u - 1)):
                for y in (2 * HEIGHT * v, 2 * HEIGHT * (v - 1)):
                    pen.polygon(_petal(x, y, 2 * length, 2 * math.pi * w), fill=fill)

    return drawn((WIDTH, HEIGHT), draw, blur=blur)


def _petal(x: float, y: float, length: float, turn: float) -> list[tuple[float, float]]:
    outline = []
    for step in range(24):
        angle = 2 * math.pi * step / 24
        along = length * math.cos(angle) * (0.82 if abs(angle) < 0.2 else 1)
        across = 0.55 * length * math.sin(angle) * (1.1 + 0.5 * math.cos(angle))
        outline.append(
            (x + along * math.cos(turn) - across * math.sin(turn),
             y + along * math.sin(turn) + across * math.cos(turn))
        )  # fmt: skip
    return outline


def _branch(pen: ImageDraw.ImageDraw) -> None:
    spine = [(0, 150), (260, 210), (520, 200), (800, 300), (1040, 300), (1280, 400)]
    for (x, y), (next_x, next_y) in zip(spine, spine[1:], strict=False):
        width = round(44 - 30 * x / 1280)
        pen.line([(x, y), (next_x, next_y)], fill=rgba("#6b4048"), width=width)
        disc(pen, (next_x, next_y), width / 2, rgba("#6b4048"))
    for twig in ([(520, 200), (640, 90), (760, 60)], [(800, 300), (860, 440), (960, 520)]):
        pen.line(twig, fill=rgba("#6b4048"), width=14, joint="curve")
    for u, v, w in scatter(34, 8):
        x = 60 + 1240 * u
        y = 190 + 190 * (x / 1280) ** 1.4 + 190 * (v - 0.5)
        _blossom(pen, x, y, 26 + 26 * w)


def _blossom(pen: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    for leaf in range(5):
        angle = 2 * math.pi * leaf / 5 + x
        at = (x + size * 0.62 * math.cos(angle), y + size * 0.62 * math.sin(angle))
        disc(pen, at, size * 0.52, rgba(("#ffd3e1", "#ffc0d5")[leaf % 2]))
    disc(pen, (x, y), size * 0.24, rgba("#e56b93"))


def _lights(
    count: int, radii: tuple[float, float], blur: float, alpha: float, start: int
) -> Image.Image:
    colors = ["#ffb347", "#ff5e7a", "#5ad1ff", "#ffd98a", "#a88bff"]
    return specks(
        (WIDTH, HEIGHT), count, radii, colors, alpha=alpha, blur=blur, start=start
    )


def _streaks(count: int, length: float, alpha: float, start: int) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(count, start):
            x, y, reach = 2 * WIDTH * u, 2 * HEIGHT * v, 2 * length * (0.5 + w)
            for top in (y, y - 2 * HEIGHT):
                fill = rgba("#cfe3ff", alpha * (0.4 + 0.6 * w))
                pen.line([(x, top), (x - reach * 0.06, top + reach)], fill=fill, width=3)

    return drawn((WIDTH, HEIGHT), draw, blur=0.7)


def _rays() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(11, 4):
            x, spread = 400 + 1600 * u, 40 + 130 * w
            foot = x + 900 * (u - 0.5)
            fill = rgba("#e8ffff", 0.10 + 0.14 * v)
            pen.polygon([(x, 0), (x + 40, 0), (foot + spread, 2300), (foot - spread, 2300)], fill)

    layer = drawn((1200, 1400), draw, blur=9)
    fade = Image.linear_gradient("L").rotate(180).resize(layer.size)
    alpha = Image.composite(layer.getchannel("A"), Image.new("L", layer.size), fade)
    layer.putalpha(alpha)
    return layer


def _bubbles(count: int) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(count, 33):
            x, y, radius = 40 + (2 * WIDTH - 80) * u, 60 + (2 * HEIGHT - 120) * v, 12 + 40 * w * w
            disc(pen, (x, y), radius, rgba("#d8fbff", 0.16))
            box = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(box, outline=rgba("#f2ffff", 0.7), width=3)
            disc(pen, (x - radius * 0.4, y - radius * 0.4), radius * 0.16, rgba("#ffffff", 0.9))

    return drawn((WIDTH, HEIGHT), draw)


def _jellyfish(pen: ImageDraw.ImageDraw, size: int) -> None:
    middle = size
    for arm in range(9):
        x = middle + (arm - 4) * size * 0.17
        line = [
            (x + 16 * math.sin(y / 46 + arm) * (1 + y / 500), size * 0.78 + y)
            for y in range(0, round(size * (1.6 + 0.5 * ((arm * 5) % 3))), 12)
        ]
        pen.line(line, fill=rgba("#ffc9ef", 0.55), width=7, joint="curve")
    for shell in range(5):
        share = 1 - 0.17 * shell
        half, top = size * 0.86 * share, size * (0.12 + 0.1 * shell)
        box = (middle - half, top, middle + half, top + size * 1.5 * share)
        pen.pieslice(box, 180, 360, fill=rgba("#ff9fe0", 0.30))
