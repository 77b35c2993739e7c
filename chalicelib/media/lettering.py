"""Draws a creator's words as a picture, whatever they typed; no text ever reaches ffmpeg.

The font comes with the dependencies, so that every machine draws alike: Latin, Greek and Cyrillic
letters. Accents it lacks are left off, and what it can't spell at all (other scripts, emoji) shows
as its crossed box, all of one width: nothing that was typed is lost without a sign.
"""

import io
import math
import unicodedata
from collections.abc import Sequence

from font_source_sans_pro import font_files_ttf
from PIL import Image, ImageDraw, ImageFont

from chalicelib.media.effects import Text

FONT = font_files_ttf["SourceSansProSemibold"]
SAFE_WIDTH, SAFE_HEIGHT = 0.9, 0.4  # of the picture
FONT_SIZES = {"s": 0.045, "m": 0.07, "l": 0.11}  # of the picture's short edge
SMALLEST = 8  # pixels
SHRINK = 0.85
OUTLINE = 1 / 12  # of the font's size
DARK = 128  # luma of 255; darker letters get a white outline
MORE = "…"
NEVER_A_CHARACTER = "\uffff"  # fonts draw their sign for what they lack
# Controls, zero-width and bidi marks, lone surrogates, and accents that compose with no letter.
LEFT_OUT = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})


def draw_lettering(text: Text, width: int, height: int) -> bytes:
    """Return a PNG with transparency, at most 90 % of a picture's width and 40 % of its height.

    Long lines are wrapped, then all is made smaller until it fits; what is too much even at the
    smallest size ends in "…". Text with nothing to see in it gives a single clear pixel.
    """
    safe = int(SAFE_WIDTH * width), int(SAFE_HEIGHT * height)
    size = max(SMALLEST, FONT_SIZES[text.size] * min(width, height))
    rows, font = _fit(_readable_lines(text.text), size, safe)
    left, top, right, bottom = _box(rows, font)
    # The box is clipped, since a single letter may be wider than the narrowest picture.
    clipped = max(1, min(right - left, safe[0])), max(1, min(bottom - top, safe[1]))
    picture = Image.new("RGBA", clipped)
    ImageDraw.Draw(picture).multiline_text(
        (-left, -top),
        "\n".join(rows),
        text.color,
        font,
        align="center",
        stroke_width=_outline(font),
        stroke_fill=_contrast(text.color),
    )
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _readable_lines(text: str) -> list[str]:
    """Return the lines that aren't empty, spelled with what the font has."""
    font = _font(SMALLEST)
    lines = unicodedata.normalize("NFC", text).splitlines()
    spelled = [" ".join(_spell(line, font).split()) for line in lines]
    return [line for line in spelled if line]


def _spell(line: str, font: ImageFont.FreeTypeFont) -> str:
    return "".join(_spelling(character, font) for character in line)


def _spelling(character: str, font: ImageFont.FreeTypeFont) -> str:
    """Return a character, or its plain form where only that can be drawn: "é" becomes "e"."""
    if character.isspace():
        return " "
    if unicodedata.category(character) in LEFT_OUT:
        return ""
    if _draws(font, character):
        return character
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(part for part in parts if unicodedata.category(part) not in LEFT_OUT)
    return plain if all(_draws(font, part) for part in plain) else character


def _draws(font: ImageFont.FreeTypeFont, character: str) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(NEVER_A_CHARACTER))


def _fit(
    lines: Sequence[str], size: float, safe: tuple[int, int]
) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """Return the rows and the largest font, up to `size` pixels, that fit into the safe area."""
    while True:
        font = _font(size)
        width = safe[0] - 2 * _outline(font)
        rows = [row for line in lines for row in _wrap(line, font, width)]
        if _fits(rows, font, safe):
            return rows, font
        if size == SMALLEST:
            return _cut(rows, font, safe), font
        size = max(SMALLEST, SHRINK * size)


def _wrap(line: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break between words, and within those that are longer than a row."""
    rows = [""]
    for word in line.split():
        joined = f"{rows[-1]} {word}".strip()
        if font.getlength(joined) <= width:
            rows[-1] = joined
            continue
        rows += [""] if rows[-1] else []
        for character in word:
            if rows[-1] and font.getlength(rows[-1] + character) > width:
                rows.append("")
            rows[-1] += character
    return rows


def _cut(rows: list[str], font: ImageFont.FreeTypeFont, safe: tuple[int, int]) -> list[str]:
    """Return as many rows as fit, the last with a sign that there were more."""
    kept = len(rows)
    while kept > 1 and not _fits(rows[:kept], font, safe):
        kept -= 1
    return rows if kept == len(rows) else [*rows[: kept - 1], rows[kept - 1][:-1] + MORE]


def _fits(rows: Sequence[str], font: ImageFont.FreeTypeFont, safe: tuple[int, int]) -> bool:
    left, top, right, bottom = _box(rows, font)
    return right - left <= safe[0] and bottom - top <= safe[1]


def _box(rows: Sequence[str], font: ImageFont.FreeTypeFont) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom, in pixels, of what is drawn at the origin."""
    draw = ImageDraw.Draw(Image.new("RGBA", (1, 1)))
    left, top, right, bottom = draw.multiline_textbbox(
        (0, 0), "\n".join(rows), font, align="center", stroke_width=_outline(font)
    )
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font, laid out by Pillow itself: its other way needs libraries of the machine."""
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _outline(font: ImageFont.FreeTypeFont) -> int:
    return max(1, round(OUTLINE * font.size))


def _contrast(color: str) -> str:
    """Return black, or white around letters that are dark themselves (luma as in BT.709)."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if luma < DARK else "#000000"
