"""Places: sea, mountains, balloons."""

from PIL import Image, ImageDraw

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import layered, still, swinging
from infra.clips.paint import disc, drawn, glow, rgba, ridge, scatter, sky, specks, stack

HORIZON = 760


def sunset_sea() -> Scene:
    """A low sun over water that glitters, and a boat."""
    sun = drawn((220, 220), lambda pen: disc(pen, (220, 220), 190, rgba("#fff1c9")), blur=2)
    base = stack(
        sky("#24114a", "#6b2a72", "#d9566b", "#ff9d5c", "#ffd58a", size=(WIDTH, HEIGHT)),
        (glow(900, "#ffb35e", 0.9), (-90, HORIZON - 560)),
        (sun, (250, HORIZON - 190)),
        (ridge((WIDTH, HEIGHT), HORIZON - 34, [(1, 26), (3, 12)], "#8a3a63", "#5d2858"), (0, 0)),
        (sky("#d9745f", "#7c3568", "#2a1450", size=(WIDTH, HEIGHT - HORIZON)), (0, HORIZON)),
        (glow(560, "#ffc27a", 0.8).resize((420, 900)), (150, HORIZON - 330)),
    )
    slow, quick = _glitter(90, "#ffd9a0", 0.55), _glitter(60, "#3a1550", 0.35)
    graph = layered(
        "[s0]",
        still("[s1]scroll=h=0.0011", 0, HORIZON),
        still("[s2]scroll=h=-0.0016", 0, HORIZON),
        ("[s3]", "60+22*t", swinging(HORIZON - 96, 4, 3)),
    )
    return Scene(graph, (base, slow, quick, drawn((150, 130), _boat)))


def misty_mountains() -> Scene:
    """Ridge behind ridge, drifting by at dawn."""
    base = stack(
        sky("#f3b79b", "#f6cdb0", "#f8e3cc", "#dfe5df", "#b9cdd2"),
        (glow(700, "#fff4dd", 1.0), (210, 120)),
    )
    tones = [
        ("#c7cfd6", "#dfe3e2"),
        ("#9db3c1", "#cfd9da"),
        ("#6f91a5", "#aebfc6"),
        ("#436b82", "#87a2ad"),
        ("#1f4458", "#3d6475"),
    ]
    ridges = [
        ridge(
            (2 * WIDTH, HEIGHT), 430 + 150 * place, [(2, 60), (5, 26), (11, 9 + place)], *colors
        )
        for place, colors in enumerate(tones)
    ]
    layers = [
        still(f"[s{place + 1}]scroll=h={0.0002 * (1.7**place):.5f}", 0, 0)
        for place in range(len(ridges))
    ]
    birds = ("[s6]", "-260+95*t", swinging(330, 14, 4))
    return Scene(layered("[s0]", *layers, birds), (base, *ridges, drawn((240, 120), _birds)))


def balloons() -> Scene:
    """Striped balloons rising through clouds."""
    base = sky("#6fb7e9", "#a5d6f2", "#d8eef7", "#fdebd3", "#ffd3b5")
    clouds = [_clouds(5, 0.75, 3), _clouds(4, 0.95, 40)]
    stripes = [("#e8505b", "#f9d56e"), ("#14b1ab", "#f3ecc2"), ("#6a4c93", "#ff9f68")]
    sprites = [
        drawn((size, round(size * 1.35)), lambda pen, s=size, c=colors: _balloon(pen, s, c))
        for size, colors in zip((150, 240, 330), stripes, strict=True)
    ]
    graph = layered(
        "[s0]",
        still("[s1]scroll=h=0.0006"),
        ("[s3]", swinging(500, 10, 5), "430-16*t"),
        ("[s4]", swinging(90, 14, 6, 0.3), "360-26*t"),
        still("[s2]scroll=h=0.0014"),
        ("[s5]", swinging(330, 18, 7, 0.6), "860-40*t"),
    )
    return Scene(graph, (base, *clouds, *sprites))


def _glitter(count: int, color: str, alpha: float) -> Image.Image:
    size = (WIDTH, HEIGHT - HORIZON)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for u, v, w in scatter(count, 11):
            y = 2 * size[1] * v**1.6
            reach = (14 + 130 * v) * (0.4 + w)
            x = 2 * WIDTH * u
            for place in (x, x - 2 * WIDTH, x + 2 * WIDTH):
                box = (place - reach, y, place + reach, y + 3 + 10 * v)
                pen.ellipse(box, fill=rgba(color, alpha * (0.3 + 0.7 * w)))

    return drawn(size, draw, blur=0.6)


def _boat(pen: ImageDraw.ImageDraw) -> None:
    dark = rgba("#1c0d33")
    pen.polygon([(30, 190), (270, 190), (220, 240), (70, 240)], fill=dark)
    pen.line([(145, 190), (145, 10)], fill=dark, width=6)
    pen.polygon([(155, 20), (155, 175), (255, 175)], fill=rgba("#3a1a4d"))
    pen.polygon([(135, 50), (135, 175), (60, 175)], fill=rgba("#2c133f"))


def _birds(pen: ImageDraw.ImageDraw) -> None:
    for u, v, w in scatter(7, 5):
        x, y, span = 40 + 380 * u, 40 + 160 * v, 16 + 16 * w
        pen.arc((x - 2 * span, y, x, y + span), 200, 340, fill=rgba("#2f4a5a"), width=5)
        pen.arc((x, y, x + 2 * span, y + span), 200, 340, fill=rgba("#2f4a5a"), width=5)


def _clouds(count: int, alpha: float, start: int) -> Image.Image:
    cloud = specks((300, 110), 26, (18, 48), ["#ffffff"], alpha=1, blur=5, start=start)
    layer = Image.new("RGBA", (2 * WIDTH, HEIGHT), (255, 255, 255, 0))
    for u, v, w in scatter(count, start):
        sized = cloud.resize((round(300 * (0.7 + w)), round(110 * (0.7 + w))))
        sized.putalpha(sized.getchannel("A").point(lambda value: int(value * alpha * 0.8)))
        layer.alpha_composite(sized, (round((2 * WIDTH - 520) * u), round((HEIGHT - 240) * v)))
    return layer


def _balloon(pen: ImageDraw.ImageDraw, size: int, colors: tuple[str, str]) -> None:
    middle, across = size, 2 * size
    for stripe in range(6):
        squeeze = 1 - stripe / 6
        half = middle * squeeze * 0.94
        fill = rgba(colors[stripe % 2])
        pen.ellipse((middle - half, across * 0.03, middle + half, across * 0.97), fill=fill)
    neck = across * 1.02
    pen.polygon(
        [(middle * 0.62, across * 0.88), (middle * 1.38, across * 0.88),
         (middle * 1.1, neck), (middle * 0.9, neck)],
        fill=rgba(colors[0]),
    )  # fmt: skip
    basket = (middle * 0.88, across * 1.16, middle * 1.12, across * 1.27)
    for x in (0.9, 1.1):
        pen.line([(middle * x, neck), (middle * x, basket[1])], fill=rgba("#6b4a2f"), width=4)
    pen.rounded_rectangle(basket, 8, fill=rgba("#8a5a33"))
