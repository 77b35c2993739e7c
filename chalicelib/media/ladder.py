"""Which renditions a source becomes."""

from chalicelib.media.models import Rendition

# Short edge: (CRF for x264, bits per second at most).
RUNGS = {
    1080: (23, 5_000_000),
    720: (23, 2_800_000),
    480: (24, 1_400_000),
    360: (25, 800_000),
}
SMALLEST = min(RUNGS)


def ladder(width: int, height: int) -> tuple[Rendition, ...]:
    """Return the renditions of a source by its display size, largest first, never upscaled.

    A source whose short edge is under 360 gets one rendition of its own size.
    """
    short = min(width, height)
    edges = [edge for edge in RUNGS if edge <= short]
    return tuple(_rendition(edge, width, height) for edge in edges or [_even_floor(short)])


def _rendition(edge: int, width: int, height: int) -> Rendition:
    crf, max_bitrate = RUNGS.get(edge, RUNGS[SMALLEST])
    scale = edge / min(width, height)
    return Rendition(
        name=f"{edge}p",
        width=_scaled(width, scale),
        height=_scaled(height, scale),
        crf=crf,
        max_bitrate=max_bitrate,
    )


def _scaled(length: int, scale: float) -> int:
    """Return the nearest even length that is not above the source's."""
    return min(2 * round(length * scale / 2), _even_floor(length))


def _even_floor(length: int) -> int:
    return max(2, length - length % 2)
