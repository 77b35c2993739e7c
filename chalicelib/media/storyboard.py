"""The pictures that a player shows while somebody looks for a place in a video.

One sprite of small tiles, and a WebVTT file whose cues name a tile each by a media fragment
(W3C Media Fragments URI 1.0, section 4.2.2), which is what players understand.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image

MAX_TILES = 100
COLUMNS = 10
QUALITY = 75


@dataclass(frozen=True)
class Storyboard:
    """A JPEG sprite, and the WebVTT that says which of its tiles stands for which time."""

    image: bytes
    vtt: str


def make_storyboard(
    frames: Sequence[bytes], interval: float, duration_ms: int, image_name: str
) -> Storyboard:
    """Lay out JPEG frames, taken every `interval` seconds from the first one on, as a storyboard.

    `image_name` is how the WebVTT names the sprite, relative to itself. Cues follow each other
    without a gap from 0 to the end. Raises ValueError where there is no frame, OSError for what
    is no picture.
    """
    if not frames:
        raise ValueError("a storyboard needs a frame at least")
    step_ms = interval * 1000
    inside = frames[: max(1, math.ceil(duration_ms / step_ms))]
    every = math.ceil(len(inside) / MAX_TILES)
    tiles = [_decode(frame) for frame in inside[::every]]
    starts = [int(place * every * step_ms) for place in range(len(tiles))]
    return Storyboard(_sprite(tiles), _cues(tiles[0].size, [*starts, duration_ms], image_name))


def _decode(frame: bytes) -> Image.Image:
    with Image.open(io.BytesIO(frame)) as picture:
        return picture.convert("RGB")


def _sprite(tiles: Sequence[Image.Image]) -> bytes:
    width, height = tiles[0].size
    rows = math.ceil(len(tiles) / COLUMNS)
    sprite = Image.new("RGB", (width * min(len(tiles), COLUMNS), height * rows))
    for place, tile in enumerate(tiles):
        sprite.paste(tile, _corner(place, tile.size))
    data = io.BytesIO()
    sprite.save(data, "JPEG", quality=QUALITY)
    return data.getvalue()


def _cues(size: tuple[int, int], times_ms: Sequence[int], image_name: str) -> str:
    """Return WebVTT with one cue between each two neighbouring times."""
    lines = ["WEBVTT", ""]
    for place, (start, end) in enumerate(pairwise(times_ms)):
        x, y = _corner(place, size)
        fragment = f"#xywh={x},{y},{size[0]},{size[1]}"
        lines += [f"{_timestamp(start)} --> {_timestamp(end)}", f"{image_name}{fragment}", ""]
    return "\n".join(lines)


def _corner(place: int, size: tuple[int, int]) -> tuple[int, int]:
    row, column = divmod(place, COLUMNS)
    return column * size[0], row * size[1]


def _timestamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
