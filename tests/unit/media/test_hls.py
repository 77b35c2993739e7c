"""Our own playlists, read strictly and written so that they can be read again."""

from itertools import pairwise

import pytest

from chalicelib.media.hls import (
    Media,
    Part,
    PlaylistInvalid,
    parse_master,
    parse_media,
    write_media,
)
from chalicelib.media.playlists import combine_masters, join_segments

MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="a",DEFAULT=YES,URI="main_audio.m3u8"
#EXT-X-STREAM-INF:RESOLUTION=640x360,FRAME-RATE=30,CODECS="avc1.64001e,mp4a.40.2",AUDIO="sound"
main_360p.m3u8
#EXT-X-STREAM-INF:RESOLUTION=1280x720,FRAME-RATE=30,CODECS="avc1.64001f,mp4a.40.2",AUDIO="sound"
main_720p.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MAP:URI="main_360p.cmfv",BYTERANGE="845@0"
#EXTINF:1.000000,
#EXT-X-BYTERANGE:71156@845
main_360p.cmfv
#EXTINF:0.500000,
#EXT-X-BYTERANGE:100@72001
main_360p.cmfv
#EXT-X-ENDLIST
"""


def test_a_master_playlist_lists_rungs_in_order() -> None:
    master = parse_master(MASTER)
    assert [(v.uri, v.width, v.height) for v in master.variants] == [
        ("main_360p.m3u8", 640, 360),
        ("main_720p.m3u8", 1280, 720),
    ]
    assert master.variants[0].codecs == "avc1.64001e,mp4a.40.2"
    assert master.variants[0].frame_rate == 30
    assert master.audio_uris == ("main_audio.m3u8",)


def test_a_media_playlist_gives_ranges_and_length() -> None:
    media = parse_media(MEDIA)
    assert (media.init.offset, media.init.length) == (0, 845)
    assert [(s.offset, s.length) for s in media.segments] == [(845, 71156), (72001, 100)]
    assert media.seconds == pytest.approx(1.5)


def test_what_is_written_reads_the_same() -> None:
    media = parse_media(MEDIA)
    assert parse_media(write_media(media)) == media


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#EXTM3U",
        "<html>",
        MEDIA.replace("#EXT-X-ENDLIST\n", ""),
        MEDIA.replace("845@0", "845"),
        MEDIA.replace("#EXT-X-BYTERANGE:100@72001\n", ""),
        MEDIA.replace("#EXTINF:0.500000,\n", ""),
        MEDIA.replace("0.500000", "nan"),
        MEDIA.replace('URI="main_360p.cmfv",', ""),
        MEDIA.replace("\nmain_360p.cmfv", "\n../other.cmfv"),
        MEDIA.replace("\nmain_360p.cmfv", "\nhttps://elsewhere/x"),
    ],
)
def test_a_broken_playlist_is_none(text: str) -> None:
    with pytest.raises(PlaylistInvalid):
        parse_media(text)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-VERSION:7\n",
        MASTER.replace("RESOLUTION=640x360,", ""),
        MASTER.replace("FRAME-RATE=30,", ""),
        MASTER.replace(',URI="main_audio.m3u8"', ""),
        MASTER.replace("\nmain_360p.m3u8", "\n/etc/passwd"),
    ],
)
def test_a_broken_master_is_none(text: str) -> None:
    with pytest.raises(PlaylistInvalid):
        parse_master(text)


def parts(*seconds: float) -> list[Part]:
    """Return neighbouring segments of a hundred bytes each."""
    return [Part("a.cmfa", 100 * place, 100, length) for place, length in enumerate(seconds)]


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ([1.0027, 1.0027, 1.0027, 1.0027, 1.0027], [1.0027, 2.0054, 2.0054]),
        ([1.0027, 1.0027, 1.0027, 0.0213], [1.0027, 2.0267]),
        ([1.0, 1.0, 1.0, 0.5], [1.0, 2.0, 0.5]),
        ([0.4], [0.4]),
        ([1.0, 0.02], [1.02]),
    ],
)
def test_sound_comes_in_segments_of_one_second_then_two(
    given: list[float], joined: list[float]
) -> None:
    segments = join_segments(parts(*given))
    assert [segment.seconds for segment in segments] == pytest.approx(joined)
    assert segments[0].offset == 0
    assert sum(segment.length for segment in segments) == 100 * len(given)
    for before, after in pairwise(segments):
        assert before.offset + before.length == after.offset


AV1 = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=300,AVERAGE-BANDWIDTH=200,RESOLUTION=640x360,CODECS="av01.0.04M.08"
av1_360p.m3u8
"""


def test_rungs_of_av1_follow_the_others_with_their_sound() -> None:
    sound = Media(Part("a.cmfa", 0, 10, 0), tuple(parts(1.0, 2.0)))
    combined = combine_masters(MASTER, AV1, sound)
    assert combined.startswith(MASTER)
    assert combined.removeprefix(MASTER).splitlines() == [
        "#EXT-X-STREAM-INF:BANDWIDTH=1100,AVERAGE-BANDWIDTH=733,RESOLUTION=640x360,"
        'CODECS="av01.0.04M.08,mp4a.40.2",AUDIO="sound"',
        "av1_360p.m3u8",
    ]
    assert combine_masters(combined, AV1, sound) == combined


def test_silent_rungs_of_av1_stay_as_they_are() -> None:
    silent = MASTER.replace(',mp4a.40.2",AUDIO="sound"', '"')
    assert combine_masters(silent, AV1, None) == silent + "".join(AV1.splitlines(True)[1:])


def test_two_of_a_kind_do_not_combine() -> None:
    for pair in ((MASTER, MASTER), (AV1, AV1)):
        with pytest.raises(PlaylistInvalid, match=r"H\.264 and of AV1"):
            combine_masters(*pair, None)
