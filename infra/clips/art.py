"""Abstract pictures: silk, a kaleidoscope, cut paper, a word."""

from PIL import Image, ImageDraw, ImageFilter

from infra.clips.models import HEIGHT, WIDTH, Scene
from infra.clips.motion import Layer, layered, still
from infra.clips.paint import CLEAR, drawn, rgba, ridge, scatter, sky, star_polygon, text


def silk() -> Scene:
    """Folds of colour that slide through each other."""
    graph = (
        "gradients=s=180x320:r=30:n=4:c0=#0d1b4c:c1=#b5179e:c2=#ff7b54:c3=#3a0ca3"
        ":x0=0:y0=40:x1=150:y1=300:speed=0.012:seed=4:type=linear[one];"
        "gradients=s=180x320:r=30:n=4:c0=#4cc9f0:c1=#101a4a:c2=#f72585:c3=#ffd166"
        ":speed=0.016:seed=9:type=spiral,gblur=14[two];"
        "[one][two]blend=all_mode=softlight:all_opacity=0.9[mixed];"
        "perlin=s=45x80:r=30:octaves=1:xscale=3:yscale=4:tscale=0.5:seed=5,scale=180:320,"
        "format=gray,split[fold][shift];[mixed]format=gbrp[cloth];"
        "[fold]eq=contrast=1.5,format=gbrp[fx];[shift]vflip,format=gbrp[fy];"
        "[cloth][fx][fy]displace=edge=mirror,scale=720:1280:flags=bicubic,gblur=3,"
        "eq=saturation=1.15:contrast=1.08[v]"
    )
    return Scene(graph)


def kaleidoscope() -> Scene:
    """A pattern turning under mirrors."""
    graph = (
        "[s0]rotate=a='2*PI*t/16':c=none,crop=360:360:560:120,format=yuv444p,split=2[a][b];"
        "[b]hflip[c];[a][c]hstack,split=2[top][copy];[copy]vflip[bottom];"
        "[top][bottom]vstack,split=3[m][n][o];"
        "[n]crop=720:280:0:440[over];[o]crop=720:280:0:0[under];[over][m][under]vstack=3[v]"
    )
    return Scene(graph, (_mosaic(),))


def cut_paper() -> Scene:
    """Waves of coloured paper, each throwing a shadow on the next."""
    tones = ["#ffe8b8", "#ffc97b", "#ff9f5a", "#f7705f", "#cf4a6a", "#8d3069", "#4a1f57", "#23133f"]
    sheets = [
        ridge(
            (2 * WIDTH, HEIGHT), 150 + 145 * place, [(2 + place % 3, 46), (5 - place % 2, 18)], tone, tone
        )
        for place, tone in enumerate(tones[1:])
    ]
    sheets = [_with_shadow(sheet) for sheet in sheets]
    layers = [
        still(f"[s{place + 1}]scroll=h={0.0007 * (1 if place % 2 else -1) * (1 + place / 6):.5f}")
        for place in range(len(sheets))
    ]
    return Scene(layered("[s0]", *layers), (sky(tones[0], "#fff3d6", tones[0]), *sheets))


def breathe() -> Scene:
    """One word in rows that slide past each other."""
    row = _row("BREATHE", 130)
    tones = ["#f4efe6", "#e8ddcb"]
    base = sky("#1f4d3f", "#173a34", "#0f2a2b")
    rows = [_tinted(row, tones[place % 2], 0.25 + 0.75 * (place == 3)) for place in range(7)]
    layers: list[Layer] = []
    for place in range(7):
        speed = (0.0016 + 0.0003 * (place % 3)) * (1 if place % 2 else -1)
        layers.append(still(f"[s{place + 1}]scroll=h={speed:.5f}", 0, 70 + 168 * place))
    return Scene(layered("[s0]", *layers), (base, *rows))


def _mosaic() -> Image.Image:
    tones = ["#ff5d8f", "#ffd166", "#06d6a0", "#118ab2", "#8338ec", "#fb5607", "#f1faee"]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((0, 0, 2200, 2200), fill=rgba("#1b1040"))
        for place, (u, v, w) in enumerate(scatter(150, 2)):
            center = (2200 * u, 2200 * v)
            color = rgba(tones[place % 7], 0.88)
            outline = star_polygon(center, 60 + 150 * w, 3 + place % 4, 0.35 + 0.5 * v)
            pen.polygon(outline, fill=color, outline=rgba("#fff", 0.25))

    return drawn((1100, 1100), draw)


def _with_shadow(sheet: Image.Image) -> Image.Image:
    shadow = Image.new("RGBA", sheet.size, rgba("#2a0d2a"))
    alpha = sheet.getchannel("A").filter(ImageFilter.GaussianBlur(14))
    raised = Image.new("L", sheet.size)
    raised.paste(alpha.point(lambda value: int(value * 0.45)), (0, -12))
    shadow.putalpha(raised)
    return Image.alpha_composite(shadow, sheet)


def _row(word: str, height: int) -> Image.Image:
    line = text(f"{word} ", height, "#ffffff")
    gap = 60
    row = Image.new("RGBA", (2 * (line.width + gap), line.height + 8), CLEAR)
    for place in range(2):
        row.paste(line, (place * (line.width + gap) + gap // 2, 4))
    return row


def _tinted(row: Image.Image, color: str, alpha: float) -> Image.Image:
    tinted = Image.new("RGBA", row.size, rgba(color))
    tinted.putalpha(row.getchannel("A").point(lambda value: int(value * alpha)))
    return tinted
