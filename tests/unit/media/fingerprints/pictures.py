"""Frames for tests: scenes of soft blobs, different for each seed, moving a little over time."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = (90, 160)


def frames(
    seed: int,
    count: int = 8,
    *,
    size: tuple[int, int] = SIZE,
    edit: Callable[[Image.Image], Image.Image] = lambda picture: picture,
) -> list[bytes]:
    """Return JPEG frames of a scene, edited."""
    scenes = np.random.default_rng(seed).integers(0, 256, (2, 12, 8, 3)).astype(np.float32)
    return [jpeg(edit(_scene(scenes, place / max(1, count - 1), size))) for place in range(count)]


def plain(luma: int) -> bytes:
    """Return a frame of one shade of grey."""
    return jpeg(Image.new("L", SIZE, luma))


def jpeg(picture: Image.Image) -> bytes:
    """Return a picture as a JPEG of middling quality."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=70)
    return data.getvalue()


def _scene(scenes: NDArray[np.float32], share: float, size: tuple[int, int]) -> Image.Image:
    mixed = scenes[0] * (1 - share) + scenes[1] * share
    return Image.fromarray(mixed.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
