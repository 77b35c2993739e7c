"""A video is recognised after what people do to videos, and not taken for another."""

import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from chalicelib.media.fingerprints.picture import PictureFingerprint, picture_fingerprint
from tests.unit.media.fingerprints.pictures import frames, jpeg, plain

Edit = Callable[[Image.Image], Image.Image]


def fingerprint(pictures: list[bytes], interval: float = 0.5) -> PictureFingerprint:
    return picture_fingerprint(pictures, interval)


def stored(made: PictureFingerprint) -> list[int]:
    return [value for _, _, value in made.stored_rows()]


def cropped(share: float) -> Edit:
    def edit(picture: Image.Image) -> Image.Image:
        return ImageOps.fit(picture, (round(picture.width * share), round(picture.height * share)))

    return lambda picture: edit(_middle(picture, share))


def _middle(picture: Image.Image, share: float) -> Image.Image:
    x, y = picture.width * (1 - share) / 2, picture.height * (1 - share) / 2
    return picture.crop((round(x), round(y), round(picture.width - x), round(picture.height - y)))


def with_bars(picture: Image.Image, color: str = "black") -> Image.Image:
    frame = Image.new("RGB", (picture.width, round(picture.height * 1.5)), color)
    frame.paste(picture, (0, picture.height // 4))
    return frame


def in_portrait(picture: Image.Image) -> Image.Image:
    """A landscape picture in the middle of a portrait one, over a blurred copy of itself."""
    frame = picture.resize((12, 20)).resize((90, 160), Image.Resampling.BICUBIC)
    shown = picture.resize((90, round(90 * picture.height / picture.width)))
    frame.paste(shown, (0, (160 - shown.height) // 2))
    return frame


def brighter(picture: Image.Image) -> Image.Image:
    return picture.point(lambda value: round(value * 0.8 + 45))


EDITS: dict[str, Edit] = {
    "mirrored": ImageOps.mirror,
    "cropped by 10 %": cropped(0.9),
    "cropped by 20 %": cropped(0.8),
    "letterboxed": with_bars,
    "in white bars": lambda picture: with_bars(picture, "white"),
    "brighter": brighter,
    "grey": ImageOps.grayscale,
    "smaller": lambda picture: picture.resize((46, 80)),
    "mirrored and cropped": lambda picture: cropped(0.85)(ImageOps.mirror(picture)),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_copy_is_recognised(name: str) -> None:
    original = stored(fingerprint(frames(1)))
    assert fingerprint(frames(1, edit=EDITS[name])).share_in(original) >= 0.5


def test_a_landscape_video_is_recognised_inside_a_portrait_one() -> None:
    original = stored(fingerprint(frames(1, size=(160, 90))))
    copy = fingerprint(frames(1, size=(160, 90), edit=in_portrait))
    assert copy.share_in(original) >= 0.5


def test_a_portrait_cut_out_of_a_landscape_video_is_recognised() -> None:
    def cut(picture: Image.Image) -> Image.Image:
        return picture.crop((55, 0, 106, 90))

    original = stored(fingerprint(frames(1, size=(160, 90))))
    assert fingerprint(frames(1, size=(160, 90), edit=cut)).share_in(original) >= 0.5


def test_a_part_of_a_video_is_recognised() -> None:
    whole = frames(1, 20)
    assert fingerprint(whole[7:15]).share_in(stored(fingerprint(whole))) == 1


def test_other_videos_are_not_taken_for_it() -> None:
    made = [fingerprint(frames(seed)) for seed in range(30)]
    shares = [one.share_in(stored(other)) for one in made for other in made if one is not other]
    assert max(shares) < 0.5


def test_what_shows_nothing_has_no_fingerprint_and_is_like_nothing() -> None:
    empty = fingerprint([plain(0), plain(2), plain(128), plain(255)])
    assert empty.stored_rows() == []
    assert empty.probes(12) == []
    assert empty.share_in(stored(fingerprint(frames(1)))) == 0
    assert fingerprint([]).stored_rows() == []


def test_black_frames_between_scenes_carry_no_weight() -> None:
    dark = [plain(0)] * 20
    mixed = fingerprint([*dark, *frames(1), *dark])
    assert mixed.share_in(stored(fingerprint(frames(1)))) == 1
    assert fingerprint([*dark, *frames(2)]).share_in(stored(mixed)) < 0.5


def test_a_single_picture_is_no_evidence() -> None:
    assert fingerprint([*frames(1, 1), plain(0)]).stored_rows() == []


def test_a_long_video_is_stored_with_one_frame_a_second() -> None:
    rows = fingerprint(frames(1, 100)).stored_rows()
    assert len({frame for frame, _, _ in rows}) == 50
    assert len(rows) == len({(frame, crop) for frame, crop, _ in rows}) == 150


def test_few_frames_are_looked_up_and_they_are_spread_over_the_video() -> None:
    probes = fingerprint(frames(1, 100)).probes(12)
    places = sorted({frame for frame, _ in probes})
    assert (len(places), places[0], places[-1]) == (12, 0, 99)
    assert all(-(2**63) <= value < 2**63 for _, value in probes)


def test_three_minutes_take_well_under_a_second() -> None:
    pictures = frames(1, 120)
    began = time.process_time()
    fingerprint(pictures, 1.5)
    assert time.process_time() - began < 1


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        fingerprint([jpeg(Image.new("L", (9, 16))), b"no picture"])
