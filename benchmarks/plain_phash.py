"""What is usually done: a pHash of the whole frame, the baseline of our fingerprints."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalicelib.media.fingerprints import MAX_DISTANCE

EDGE = 32
LOWEST = 8
_TIMES = (2 * np.arange(EDGE) + 1) * np.pi / (2 * EDGE)
_WAVES = np.cos(np.outer(np.arange(LOWEST), _TIMES))
_BITS = np.uint64(1) << np.arange(LOWEST * LOWEST, dtype=np.uint64)


def plain_hashes(frames: Sequence[bytes]) -> NDArray[np.uint64]:
    """Return a hash per frame: 8 by 8 lowest frequencies of 32 by 32 pixels against their median.

    Black frames are left out here too, as everything would match everything by them.
    """
    hashes = []
    for frame in frames:
        with Image.open(io.BytesIO(frame)) as picture:
            small = np.asarray(picture.convert("L").resize((EDGE, EDGE)), np.float64)
        if small.std() > 1:
            spectrum = (_WAVES @ small @ _WAVES.T).ravel()
            hashes.append(_BITS[spectrum > np.median(spectrum)].sum())
    return np.array(hashes, np.uint64)


def plain_share(looked_for: NDArray[np.uint64], known: NDArray[np.uint64]) -> float:
    """Return the share of frames that are near to one of the known ones."""
    if not looked_for.size or not known.size:
        return 0.0
    nearest = np.bitwise_count(looked_for[:, None] ^ known).min(axis=1)
    return float((nearest <= MAX_DISTANCE).mean())
