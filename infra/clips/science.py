"""Mathematics and space: a fractal, the game of life, a planet."""

import math

from PIL import Image, ImageDraw

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import layered, still
from infra.clips.paint import disc, drawn, glow, rgba, scatter, sky, specks, stack

CELL = 20


def fractal() -> Scene:
    """A dive into the Mandelbrot set."""
    graph = (
        "mandelbrot=s=360x640:rate=30:maxiter=260:start_x=-0.743643887037151"
        ":start_y=-0.131825904205330:start_scale=0.06:end_scale=0.0009:end_pts=300"
        ":inner=black:outer=normalized_iteration_count,format=gray,"
        "eq=contrast=1.25,format=gbrp,"
        "curves=r='0/0.02 0.35/0.10 0.6/0.85 0.85/1 1/1'"
        ":g='0/0.01 0.35/0.18 0.6/0.45 0.85/0.85 1/0.98'"
        ":b='0/0.10 0.35/0.48 0.6/0.30 0.85/0.45 1/0.9',gblur=0.6[v]"
    )
    return Scene(graph)


def life() -> Scene:
    """Conway's cells, lit like lamps, leaving trails."""
    columns, rows = WIDTH // CELL, HEIGHT // CELL
    graph = (
        f"life=s={columns}x{rows}:r=10:ratio=0.28:seed=11:mold=18:stitch=1"
        ":life_color=#7dffcf:death_color=#12324a:mold_color=#123a7a,"
        f"fps=30,scale={WIDTH}:{HEIGHT}:flags=neighbor,format=yuv444p[cells];"
        + layered("[cells]", still("[s0]"))
    )
    return Scene(graph, (_grille(),))


def planet() -> Scene:
    """A ringed planet, its moon, and the stars behind them."""
    far = stack(
        sky("#080a1c", "#120f2e", "#1d1440", "#0b0b20"),
        (glow(1000, "#5b2a86", 0.6), (-300, 500)),
        (glow(800, "#1f4f8a", 0.6), (200, -100)),
    )
    dim = specks((WIDTH, HEIGHT), 180, (0.5, 1.4), ["#cfd8ff", "#ffffff"], alpha=0.8)
    bright = specks((WIDTH, HEIGHT), 40, (1.2, 2.6), ["#ffffff", "#ffe9c4"], alpha=1, start=400)
    size = 440
    shape = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(shape).ellipse((4, 4, 2 * size - 4, 2 * size - 4), fill=255)
    mask = Image.merge("RGBA", [Image.new("L", (size, size), 255)] * 3 + [shape.reduce(2)])
    graph = (
        f"[s3]scroll=h=-0.0016,crop={size}:{size}:0:0,format=gbrp[surface];"
        f"[s4]alphaextract[disc];[surface][disc]alphamerge[globe];"
        + layered(
            "[s0]",
            still("[s1]scroll=h=0.0003"),
            still("[s2]scroll=h=0.0007"),
            still("[s6]"),
            still("[globe]", 140, 420),
            still("[s5]", 140, 420),
            still("[s7]"),
            ("[s8]", "W/2-w/2+310*cos(0.9*t+2.6)", "610+120*sin(0.9*t+2.6)"),
        )
    )
    back, front = _rings()
    moon = stack(
        drawn((70, 70), lambda pen: disc(pen, (70, 70), 66, rgba("#d8d2e6"))),
        (drawn((70, 70), lambda pen: disc(pen, (94, 88), 62, rgba("#3a3158", 0.55)), blur=6), (0, 0)),
    )
    moon.putalpha(drawn((70, 70), lambda pen: disc(pen, (70, 70), 66, "white")).getchannel("A"))
    return Scene(graph, (far, dim, bright, _bands(size), mask, _shade(size), back, front, moon))


def _grille() -> Image.Image:
    tile = drawn((CELL, CELL), lambda pen: pen.rounded_rectangle((3, 3, 36, 36), 10, fill="white"))
    holes = Image.new("L", (WIDTH, HEIGHT))
    for x in range(0, WIDTH, CELL):
        for y in range(0, HEIGHT, CELL):
            holes.paste(tile.getchannel("A"), (x, y))
    grille = Image.new("RGBA", (WIDTH, HEIGHT), rgba("#06101c"))
    grille.putalpha(holes.point(lambda value: 255 - value))
    return grille


def _bands(size: int) -> Image.Image:
    """Return a planet's weather, which tiles sideways."""
    wide = 2 * size
    tones = ["#f2c38f", "#d98f5c", "#f7dcb4", "#c8734a", "#eab27a", "#fbe6c8", "#b9603f", "#e7a86c"]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for band in range(14):
            top = 2 * size * band / 14
            edge = [
                (x, top + 10 * math.sin(2 * math.pi * (x / (2 * wide)) * (3 + band % 4) + band))
                for x in range(0, 2 * wide + 1, 8)
            ]
            pen.polygon([*edge, (2 * wide, 2 * size), (0, 2 * size)], fill=rgba(tones[band % 8]))
        pen.ellipse((600, 520, 860, 620), fill=rgba("#b4492f"))
        pen.ellipse((640, 540, 820, 600), fill=rgba("#d8714d"))
        for u, v, w in scatter(26, 6):
            x, y = 2 * wide * u, 2 * size * v
            pen.ellipse((x, y, x + 60 + 120 * w, y + 10 + 10 * w), fill=rgba("#fff0d8", 0.35))

    return drawn((wide, size), draw, blur=2)


def _shade(size: int) -> Image.Image:
    shadow = drawn(
        (size, size), lambda pen: disc(pen, (size * 0.72, size * 0.66), size * 0.86, "white"), blur=46
    )
    disk = drawn((size, size), lambda pen: disc(pen, (size, size), size - 4, "white"))
    dark = Image.new("RGBA", (size, size), rgba("#0a0618"))
    lit = shadow.getchannel("A").point(lambda value: 235 - int(value * 235 / 255))
    dark.putalpha(Image.composite(lit, Image.new("L", lit.size), disk.getchannel("A")))
    return dark


def _rings() -> tuple[Image.Image, Image.Image]:
    """Return the half of the rings behind the planet, and the half before it."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for ring in range(26):
            reach = 560 + 7.5 * ring
            alpha = 0.75 * abs(math.sin(0.55 * ring)) + 0.1
            box = (720 - reach, 1280 - reach * 0.3, 720 + reach, 1280 + reach * 0.3)
            pen.ellipse(box, outline=rgba("#f3d9b5", alpha), width=7)

    whole = drawn((WIDTH, HEIGHT), draw).rotate(-14, Image.Resampling.BICUBIC)
    upper = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(upper).polygon([(0, 0), (WIDTH, 0), (WIDTH, 640 + 90), (0, 640 - 90)], fill=255)
    clear = Image.new("RGBA", whole.size, (0, 0, 0, 0))
    return Image.composite(whole, clear, upper), Image.composite(clear, whole, upper)
