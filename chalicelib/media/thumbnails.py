"""Choosing a poster that shows something, and shrinking it to what fits into a feed item."""

import base64
import io
from collections.abc import Sequence

PLACEHOLDER_EDGE = 24  # pixels, the longer one
PLACEHOLDER_QUALITY = 60
DARKEST = 24  # mean luma below which a picture counts as black, of 255
FLATTEST = 10  # standard deviation below which it shows nothing


def choose_poster(stills: Sequence[bytes]) -> int:
    """Return which still to show: the first that is neither black nor flat, never the opening one.

    Where all are dark or flat, the most lively of them. Raises OSError for what is no picture.
    """
    if len(stills) == 1:
        return 0
    measured = [_measure(still) for still in stills]
    for place, (mean, deviation) in enumerate(measured[1:], start=1):
        if mean >= DARKEST and deviation >= FLATTEST:
            return place
    return max(range(1, len(stills)), key=lambda place: measured[place][::-1])


def make_placeholder(still: bytes) -> str:
    """Return a picture a few pixels across as a data URI of less than a kilobyte."""
    from PIL import Image  # noqa: PLC0415 - heavy, and the API imports this module

    with Image.open(io.BytesIO(still)) as picture:
        scale = PLACEHOLDER_EDGE / max(picture.size)
        width, height = (max(1, round(length * scale)) for length in picture.size)
        small = picture.convert("RGB").resize((width, height))
    data = io.BytesIO()
    small.save(data, "JPEG", quality=PLACEHOLDER_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()


def _measure(still: bytes) -> tuple[float, float]:
    from PIL import Image, ImageStat  # noqa: PLC0415

    with Image.open(io.BytesIO(still)) as picture:
        statistics = ImageStat.Stat(picture.convert("L"))
    return statistics.mean[0], statistics.stddev[0]
