"""What a video looks like: perceptual hashes of its frames, which survive editing.

A hash has the signs of a picture's 64 lowest DCT frequencies, the mean left out, in the manner of
pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). Cropping
is answered by hashing the middle of the picture too, bars by looking inside them as well. In a
mirrored picture odd horizontal frequencies change their sign, so its hash costs nothing. Not
recognised are most crops away from the middle, and pictures that are symmetric in both directions:
most of their frequencies are nought, and the signs of those are noise.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalicelib.media.fingerprints import MAX_DISTANCE

Hashes = NDArray[np.uint64]
Pixels = NDArray[np.float32]
Span = tuple[float, float]
View = tuple[Span, Span]  # rows and columns, as shares of the height and width

WHOLE = (0.0, 1.0)
CROPS = (1.0, 0.85, 0.7)  # a step is small enough to recognise what lies between two
PORTRAIT = 9 / 16
# Shapes of originals that a portrait video may show in its middle, whatever is around them.
ORIGINAL_SHAPES = (21 / 9, 16 / 9, 4 / 3, 1.0, 4 / 5)
STORED_FRAMES = 60  # and in longer videos one per second: short ones need more to be recognised
LEAST_FRAMES = 2  # a single one may be anything
FLATTEST = 8  # standard deviation of luma, of 255, below which a frame shows nothing
BAR_FLATNESS = 6  # standard deviation of a line that belongs to a bar, over its length and time
SMALLEST_CONTENT = 0.2  # of an edge; what wider bars leave is no picture
WAVES = 11  # per direction; the 64 lowest frequencies need no more

# The 64 lowest frequencies (vertical, horizontal), in the order of a zigzag, without the mean.
_FREQUENCIES = sorted(product(range(WAVES), repeat=2), key=lambda pair: (sum(pair), pair))[1:65]
_VERTICAL, _HORIZONTAL = np.array(_FREQUENCIES).T
_BITS = np.uint64(1) << np.arange(64, dtype=np.uint64)
_MIRROR = np.bitwise_or.reduce(_BITS[_HORIZONTAL % 2 == 1])


@dataclass(frozen=True, eq=False)
class PictureFingerprint:
    """Hashes of the frames that show something.

    `stored`, of shape (crops, frames), are what others are compared with. `looked_for`, of shape
    (variants, frames), show this video as what it may be an edit of; each variant is one guess.
    """

    stored: Hashes
    looked_for: Hashes

    def stored_rows(self) -> list[tuple[int, int, int]]:
        """Return (frame, crop, hash) of what is stored; hashes are signed 64-bit integers."""
        crops, frames = np.indices(self.stored.shape)
        columns = (frames, crops, self.stored.view(np.int64))
        return list(zip(*(column.ravel().tolist() for column in columns), strict=True))

    def probes(self, frames: int) -> list[tuple[int, int]]:
        """Return (frame, hash) of all variants of at most so many frames, spread over the video."""
        count = self.looked_for.shape[1]
        places = np.unique(np.linspace(0, count - 1, min(frames, count)).astype(int))
        hashes = self.looked_for[:, places].view(np.int64)
        return [
            (frame, value)
            for variant in hashes.tolist()
            for frame, value in zip(places.tolist(), variant, strict=True)
        ]

    def share_in(self, hashes: Sequence[int]) -> float:
        """Return the share of frames, 0 to 1, that a video with these stored hashes shows too."""
        if not hashes or not self.looked_for.size:
            return 0.0
        known = np.array(hashes, np.int64).view(np.uint64)
        nearest = [
            np.bitwise_count(variant[:, None] ^ known).min(axis=1) for variant in self.looked_for
        ]
        return float((np.stack(nearest) <= MAX_DISTANCE).mean(axis=1).max())


def picture_fingerprint(frames: Sequence[bytes], interval: float) -> PictureFingerprint:
    """Return the fingerprint of JPEG frames of one size, taken every `interval` seconds.

    Black and flat frames are left out; where fewer than two are left, the fingerprint is empty.
    Raises OSError for what is no picture.
    """
    pixels = _decode(frames)
    pixels = pixels[pixels.std(axis=(1, 2)) >= FLATTEST]
    if len(pixels) < LEAST_FRAMES:
        nothing = np.zeros((0, 0), np.uint64)
        return PictureFingerprint(nothing, nothing)
    every = 1 if len(pixels) <= STORED_FRAMES else max(1, round(1 / interval))
    same = [(_middle(crop), _middle(crop)) for crop in CROPS] + _inside_bars(pixels)
    height, width = pixels.shape[1:]
    looked_for = _hashes(pixels, same + _originals(width / height))
    return PictureFingerprint(
        stored=_hashes(pixels[::every], same + _portraits(width / height)),
        looked_for=np.concatenate([looked_for, looked_for ^ _MIRROR]),
    )


def _decode(frames: Sequence[bytes]) -> Pixels:
    """Return luma of shape (frames, height, width), 0 to 255."""
    pictures = []
    for frame in frames:
        with Image.open(io.BytesIO(frame)) as picture:
            pictures.append(np.asarray(picture.convert("L"), np.float32))
    return np.stack(pictures) if pictures else np.zeros((0, 1, 1), np.float32)


def _middle(share: float) -> Span:
    return (1 - share) / 2, (1 + share) / 2


def _inside_bars(pixels: Pixels) -> list[View]:
    """Return what letterbox and pillarbox bars leave, if there are any."""
    rows = _lively(pixels.std(axis=(0, 2)))
    columns = _lively(pixels.std(axis=(0, 1)))
    return [] if rows == columns == WHOLE else [(rows, columns)]


def _lively(deviations: NDArray[np.float32]) -> Span:
    """Return the span of lines between the flat and unchanging ones at both edges."""
    places = np.flatnonzero(deviations > BAR_FLATNESS)
    count = len(deviations)
    if not places.size or places[-1] - places[0] < SMALLEST_CONTENT * count:
        return WHOLE
    return places[0] / count, (places[-1] + 1) / count


def _originals(shape: float) -> list[View]:
    """Return where in a portrait video an original of another shape may be; shapes are w / h."""
    shares = [shape / original for original in ORIGINAL_SHAPES]
    return [(_middle(share), WHOLE) for share in shares if shape < 1 and share < 1]


def _portraits(shape: float) -> list[View]:
    """Return what portrait videos cut out of a landscape one."""
    return [(WHOLE, _middle(PORTRAIT / shape))] if shape > 1 else []


def _hashes(pixels: Pixels, views: Sequence[View]) -> Hashes:
    """Return hashes of shape (views, frames)."""
    height, width = pixels.shape[1:]
    hashes = []
    for rows, columns in views:
        spectrum = _cosines(height, rows) @ pixels @ _cosines(width, columns).T
        positive = spectrum[:, _VERTICAL, _HORIZONTAL] > 0
        hashes.append(np.bitwise_or.reduce(np.where(positive, _BITS, np.uint64(0)), axis=1))
    return np.stack(hashes)


def _cosines(length: int, span: Span) -> Pixels:
    """Return the DCT-II's first basis functions over a part of a line, nought outside of it.

    Pixels that the part covers in part count in part.
    """
    edges = np.linspace(0, 1, length + 1).clip(*span)
    middles = (edges[1:] + edges[:-1]) / 2
    angles = np.pi * (middles - span[0]) / (span[1] - span[0])
    waves: Pixels = (np.cos(np.outer(np.arange(WAVES), angles)) * np.diff(edges)).astype(np.float32)
    return waves
