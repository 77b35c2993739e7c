"""Our own playlists, read strictly."""

import pytest

from chalicelib.media.hls import PlaylistInvalid, parse_master, parse_media

MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="a",DEFAULT=YES,URI="main_audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=569248,RESOLUTION=640x360,CODECS="avc1.64001e,mp4a.40.2",AUDIO="sound"
main_360p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1484812,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2",AUDIO="sound"
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
    assert master.audio_uris == ("main_audio.m3u8",)


def test_a_media_playlist_gives_ranges_and_length() -> None:
    media = parse_media(MEDIA)
    assert (media.init.offset, media.init.length) == (0, 845)
    assert [(s.offset, s.length) for s in media.segments] == [(845, 71156), (72001, 100)]
    assert media.seconds == pytest.approx(1.5)


@pytest.mark.parametrize(
    "text",
    ["", "#EXTM3U", MEDIA.replace("#EXT-X-ENDLIST\n", ""), MEDIA.replace("845@0", "845"), "<html>"],
)
def test_half_a_playlist_is_none(text: str) -> None:
    with pytest.raises(PlaylistInvalid):
        parse_media(text)


def test_a_master_without_rungs_is_none() -> None:
    with pytest.raises(PlaylistInvalid):
        parse_master("#EXTM3U\n#EXT-X-VERSION:7\n")
