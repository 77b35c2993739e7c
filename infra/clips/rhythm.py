"""Music, dance and sport: an equaliser, vinyl, neon, a ball."""

import math

from PIL import Image, ImageDraw, ImageFilter

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import layered, still, swinging, turning
from infra.clips.paint import (
    CLEAR,
    disc,
    drawn,
    glow,
    rgba,
    ridge,
    scatter,
    sky,
    specks,
    stack,
    text,
)


def equaliser() -> Scene:
    """The clip's own sound as mirrored bars of light."""
    graph = (
        "[sound]showfreqs=s=36x320:r=30:mode=bar:fscale=log:ascale=sqrt:colors=white|white"
        ":win_size=2048:averaging=3,format=gray,split[up][down];[down]vflip[low];"
        "[up][low]vstack,scale=720:1280:flags=neighbor,format=gbrp[bars];"
        "[s0]format=gbrp[paint];[bars][paint]blend=all_mode=multiply,format=yuv444p[lit];"
        + layered("[lit]", still("[s1]"))
    )
    paint = sky("#ff3d7f", "#ff9e5e", "#ffe66d", "#4deeea", "#5b6cff")
    return Scene(graph, (paint, _blinds()))


def vinyl() -> Scene:
    """A record turning under its arm."""
    base = stack(sky("#e9c46a", "#f4a261", "#e76f51"), (glow(1000, "#fff3cf", 0.5), (-140, 120)))
    record = drawn((640, 640), _record)
    shadow = drawn((700, 700), lambda pen: disc(pen, (700, 700), 600, rgba("#4a1d10", 0.6)), blur=26)
    graph = layered(
        "[s0]",
        still("[s1]", 18, 320),
        still(turning("[s2]", 1.8), 40, 300),
        still("[s3]", 40, 300),
        ("[s4]rotate=a='0.012*sin(2*PI*t/1.8)':c=none", "330", "130"),
    )
    return Scene(graph, (base, shadow, record, _sheen(640), drawn((360, 640), _arm)))


def neon_drive() -> Scene:
    """A grid running towards a setting sun."""
    base = stack(
        sky("#0b0221", "#2b0a4d", "#7a1c79", "#ff4f8b", "#ffb36b", size=(WIDTH, 700)),
    )
    ground = Image.new("RGBA", (WIDTH, HEIGHT), rgba("#0b0221"))
    ground.paste(base, (0, 0))
    stars = specks((WIDTH, 420), 70, (0.6, 1.6), ["#ffffff"], alpha=0.9)
    far = stack(
        ground,
        (stars, (0, 0)),
        (glow(760, "#ff8fb1", 0.7), (-20, 250)),
        (drawn((440, 440), _striped_sun), (140, 380)),
        (ridge((WIDTH, HEIGHT), 690, [(2, 28), (7, 12)], "#2a0a4a", "#14042e"), (0, 0)),
    )
    graph = (
        "[s1]scroll=v=-0.0125,perspective=x0=300:y0=0:x1=420:y1=0:x2=-2600:y2=560:x3=3320:y3=560"
        ":sense=destination:interpolation=linear,format=yuva444p[floor];"
        + layered("[s0]", still("[floor]", 0, 720), still("[s2]", 0, 700))
    )
    haze = sky("#ff4f8b", "#0b0221", size=(WIDTH, 120))
    haze.putalpha(Image.linear_gradient("L").rotate(180).resize((WIDTH, 120)))
    return Scene(graph, (far, _grid(), haze))


def tunnel() -> Scene:
    """Squares of light that rush by on the beat."""
    graph = (
        "[s0]format=gbrp,zoompan=z='1.0':d=1:s=720x1280:fps=30[still];[still]null[v]"
    )
    rings = _rings()
    graph = (
        "[s1]split[ringa][ringb];"
        + layered(
            "[s0]",
            (
                "[ringa]scale=w='trunc(360*pow(2,mod(t*2,2))/2)*2':h=-2:eval=frame:flags=bilinear,"
                "rotate=a='0.35*t':ow=iw:oh=ih:c=none",
                "(W-w)/2",
                "(H-h)/2",
            ),
            still("[ringb]scale=2:2", -10, -10),
        )
    )
    return Scene(graph, (sky("#12002f", "#2a0a5e", "#12002f"), rings))


def disco() -> Scene:
    """A mirror ball and the lights it throws."""
    base = stack(
        sky("#1a0633", "#3b0f5c", "#6a1b6e", "#2a0a45"),
        (glow(1100, "#ff5fa2", 0.5), (-400, 500)),
        (glow(1100, "#3fa9ff", 0.5), (120, 600)),
    )
    size = 400
    spots = specks((1500, 1500), 130, (8, 26), ["#ffd1ec", "#c9e7ff", "#fff3c4"], alpha=0.6, blur=4)
    mask = drawn((size, size), lambda pen: disc(pen, (size, size), size - 2, "white"))
    graph = (
        f"[s2]scroll=h=0.0025,crop={size}:{size}:0:0,format=gbrp[tiles];[s3]alphaextract[round];"
        "[tiles][round]alphamerge[ball];"
        + layered(
            "[s0]",
            ("[s1]rotate=a='0.22*t':c=none", "(W-w)/2", "430-h/2"),
            still("[s5]"),
            still("[ball]", 160, 230),
            still("[s4]", 160, 230),
        )
    )
    cord = drawn((WIDTH, HEIGHT), lambda pen: pen.rectangle((716, 0, 724, 480), rgba("#d9c8e8")))
    return Scene(graph, (base, spots, _tiles(size), mask, _ball_light(size), cord))


def dance() -> Scene:
    """The word, jumping on the beat with its colours apart."""
    base = sky("#ffdd00", "#ffb700", "#ff8a00")
    word = [text("DANCE", 190, color) for color in ("#ff006e", "#00bbf9", "#1a1423")]
    bounce = "40*abs(sin(PI*t*2))"
    layers = []
    for row in range(3):
        middle = 300 + 300 * row
        for part, (dx, dy) in enumerate(((-10, 6), (10, -6), (0, 0))):
            spread = f"{dx}*(1+0.9*cos(4*PI*t+{row}))"
            x = f"(W-w)/2+{spread}+{24 * (row - 1)}*sin(2*PI*t/2+{row})"
            layers.append((f"[w{row}{part}]", x, f"{middle}+{dy}-{bounce}"))
    split = ";".join(
        f"[s{part + 1}]split=3[w0{part}][w1{part}][w2{part}]" for part in range(3)
    )
    return Scene(f"{split};{layered('[s0]', *layers)}", (base, *word))


def basketball() -> Scene:
    """A ball bouncing on a court."""
    base = stack(
        sky("#f7c59f", "#f2a65a", "#e98a3c", size=(WIDTH, HEIGHT)),
        (sky("#2e5e8c", "#28527a", size=(WIDTH, 360)), (0, 920)),
        (drawn((WIDTH, HEIGHT), _court), (0, 0)),
    )
    shadow = drawn((360, 90), lambda pen: pen.ellipse((40, 40, 680, 140), rgba("#0f2a44", 0.6)), blur=9)
    up = "(1-pow(2*mod(t,1)-1,2))"
    graph = layered(
        "[s0]",
        (f"[s1]scale=w='trunc((360-150*{up})/2)*2':h=-2:eval=frame", "(W-w)/2", "1062-h/2"),
        (turning("[s2]", 3), "(W-w)/2", f"780-560*{up}"),
    )
    return Scene(graph, (base, shadow, drawn((300, 300), _ball)))


def swim() -> Scene:
    """Lanes of a pool gliding by under moving light."""
    tiles = drawn((WIDTH, HEIGHT), _pool)
    graph = (
        "[s0]scroll=v=0.0040,format=gbrp[pool];"
        "perlin=s=90x160:r=30:octaves=2:persistence=0.5:xscale=7:yscale=9:tscale=1.2:seed=8,"
        "format=gray,scale=360:640:flags=bicubic,split=3[wx][wy][glint];"
        "[wx]eq=contrast=0.35,scale=720:1280,format=gbrp[dx];"
        "[wy]hflip,eq=contrast=0.35,scale=720:1280,format=gbrp[dy];"
        "[pool][dx][dy]displace=edge=mirror[bent];"
        "[glint]lut=y='clip(255-9*abs(val-128),0,150)',scale=720:1280:flags=bicubic,format=gbrp[net];"
        "[bent][net]blend=all_mode=screen:all_opacity=0.55,format=yuv444p[water];"
        + layered("[water]", still("[s1]scroll=v=0.0040"))
    )
    return Scene(graph, (tiles, drawn((WIDTH, HEIGHT), _lane_ropes)))


def _blinds() -> Image.Image:
    """Return a grille that cuts bars into rounded lamps."""
    lamp = drawn((20, 16), lambda pen: pen.rounded_rectangle((4, 4, 35, 27), 8, fill="white"))
    holes = Image.new("L", (WIDTH, HEIGHT))
    for x in range(0, WIDTH, 20):
        for y in range(0, HEIGHT, 16):
            holes.paste(lamp.getchannel("A"), (x, y))
    grille = Image.new("RGBA", (WIDTH, HEIGHT), rgba("#0a0a14"))
    grille.putalpha(holes.point(lambda value: 255 - value))
    return grille


def _record(pen: ImageDraw.ImageDraw) -> None:
    middle = (640.0, 640.0)
    disc(pen, middle, 620, rgba("#15131a"))
    for groove in range(56):
        reach = 240 + 6.6 * groove
        tone = "#2a2730" if groove % 7 else "#0c0b10"
        box = (640 - reach, 640 - reach, 640 + reach, 640 + reach)
        pen.ellipse(box, outline=rgba(tone), width=3)
    disc(pen, middle, 216, rgba("#2a9d8f"))
    disc(pen, middle, 196, rgba("#f1e7d0"))
    disc(pen, middle, 178, rgba("#2a9d8f"))
    pen.pieslice((462, 462, 818, 818), 20, 110, fill=rgba("#e9c46a"))
    pen.pieslice((462, 462, 818, 818), 200, 290, fill=rgba("#e76f51"))
    disc(pen, middle, 70, rgba("#f1e7d0"))
    disc(pen, middle, 16, rgba("#15131a"))


def _sheen(size: int) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for start in (300, 120):
            for step in range(12):
                pen.pieslice(
                    (40, 40, 2 * size - 40, 2 * size - 40),
                    start + 2 * step, start + 50 - 2 * step, fill=rgba("#ffffff", 0.018),
                )  # fmt: skip
        disc(pen, (size, size), 220, CLEAR)

    return drawn((size, size), draw, blur=2)


def _arm(pen: ImageDraw.ImageDraw) -> None:
    disc(pen, (560, 110), 90, rgba("#3b3440"))
    disc(pen, (560, 110), 56, rgba("#8d8794"))
    pen.line([(560, 110), (520, 760), (360, 1060)], fill=rgba("#d9d4de"), width=22, joint="curve")
    pen.line([(392, 1000), (330, 1120)], fill=rgba("#3b3440"), width=52)


def _striped_sun(pen: ImageDraw.ImageDraw) -> None:
    for y in range(20, 860, 2):
        share = (y - 20) / 840
        if share > 0.5 and math.sin(share * share * 60) > 1.35 - share:
            continue
        half = math.sqrt(max(0.0, 420**2 - (y - 440) ** 2))
        blend = Image.blend(Image.new("RGB", (1, 1), "#ffe66d"), Image.new("RGB", (1, 1), "#ff2e88"), share)
        pen.rectangle((440 - half, y, 440 + half, y + 2), fill=blend.getpixel((0, 0)))  # type: ignore[arg-type]


def _grid() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((0, 0, 1440, 1120), fill=rgba("#14042e"))
        for x in range(0, 1441, 48):
            pen.line([(x, 0), (x, 1120)], fill=rgba("#ff5fd2"), width=3)
        for y in range(0, 1120, 140):
            pen.line([(0, y), (1440, y)], fill=rgba("#59e7ff"), width=10)

    return drawn((WIDTH, 560), draw)


def _rings() -> Image.Image:
    tones = ["#ff2e88", "#ffb703", "#3af2ff", "#9b5cff"]
    side = 1600

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for place in range(9):
            half = side * 0.98 / 2 ** (place / 2)
            box = (side - half, side - half, side + half, side + half)
            width = max(3, round(half * 0.035))
            pen.rounded_rectangle(box, half * 0.3, outline=rgba(tones[place % 4]), width=width)

    crisp = drawn((side, side), draw)
    return Image.alpha_composite(crisp.filter(ImageFilter.GaussianBlur(10)), crisp)


def _tiles(size: int) -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        rows = 20
        for row in range(rows):
            top = size - size * math.cos(math.pi * row / rows)
            foot = size - size * math.cos(math.pi * (row + 1) / rows)
            for column in range(40):
                u = (column * 0.618 + row * 0.377) % 1
                tone = ("#f7e9ff", "#b9a5d6", "#8a76b8", "#ff9ad5", "#8fd0ff", "#5d4b8a")[int(6 * u)]
                left = column * 4 * size / 40
                pen.rectangle((left + 2, top + 2, left + 4 * size / 40 - 2, foot - 2), rgba(tone))

    layer = Image.new("RGBA", (2 * size, size), rgba("#241338"))
    return Image.alpha_composite(layer, drawn((2 * size, size), draw))


def _ball_light(size: int) -> Image.Image:
    lit = stack(
        Image.new("RGBA", (size, size), CLEAR),
        (glow(size, "#ffffff", 0.9), (-size // 6, -size // 5)),
    )
    shade = Image.new("RGBA", (size, size), rgba("#12041f"))
    rim = Image.radial_gradient("L").resize((size, size))
    shade.putalpha(rim.point(lambda value: max(0, int((value - 70) * 1.9)) if value > 70 else 0))
    mask = drawn((size, size), lambda pen: disc(pen, (size, size), size - 2, "white")).getchannel("A")
    whole = Image.alpha_composite(shade, lit)
    whole.putalpha(Image.composite(whole.getchannel("A"), Image.new("L", (size, size)), mask))
    return whole


def _court(pen: ImageDraw.ImageDraw) -> None:
    line = rgba("#f4ead8", 0.9)
    pen.line([(0, 1840), (1440, 1840)], fill=line, width=10)
    pen.arc((220, 2000, 1220, 2400), 0, 360, fill=line, width=10)
    pen.line([(720, 1840), (720, 2560)], fill=line, width=10)
    disc(pen, (720, 700), 560, rgba("#fff1dc", 0.25))


def _ball(pen: ImageDraw.ImageDraw) -> None:
    disc(pen, (300, 300), 292, rgba("#c4501b"))
    disc(pen, (290, 288), 272, rgba("#e2672a"))
    disc(pen, (262, 250), 190, rgba("#ee7d3c", 0.8))
    seam = rgba("#3a1a0c")
    pen.ellipse((8, 8, 592, 592), outline=seam, width=10)
    pen.line([(8, 300), (592, 300)], fill=seam, width=10)
    pen.line([(300, 8), (300, 592)], fill=seam, width=10)
    pen.arc((-240, 60, 180, 540), 285, 75, fill=seam, width=10)
    pen.arc((420, 60, 840, 540), 105, 255, fill=seam, width=10)


def _pool(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 0, 1440, 2560), fill=rgba("#22b3d6"))
    for x in range(0, 1441, 80):
        pen.line([(x, 0), (x, 2560)], fill=rgba("#1a9cc0", 0.8), width=4)
    for y in range(0, 2560, 80):
        pen.line([(0, y), (1440, y)], fill=rgba("#1a9cc0", 0.8), width=4)
    for lane in (240, 720, 1200):
        pen.rectangle((lane - 44, 0, lane + 44, 2560), fill=rgba("#0d5f8a", 0.85))


def _lane_ropes(pen: ImageDraw.ImageDraw) -> None:
    for x in (480, 960):
        for place in range(32):
            y = 80 * place
            color = "#ff4d4d" if place % 8 < 4 else "#fdfdfd"
            pen.rounded_rectangle((x - 22, y + 6, x + 22, y + 74), 18, fill=rgba(color))
            pen.rounded_rectangle((x - 16, y + 10, x - 6, y + 66), 5, fill=rgba("#ffffff", 0.45))
    for _, v, w in scatter(1):
        disc(pen, (-100 * v, -100 * w), 1, CLEAR)
