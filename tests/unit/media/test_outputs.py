"""Finished jobs are believed only as far as what they left behind."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chalicelib.media.outputs import OutputsIncomplete, inspect_outputs
from chalicelib.media.thumbnails import choose_poster, make_placeholder
from tests.fakes import DirectoryStorage

MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",URI="main_audio.m3u8"
#EXT-X-STREAM-INF:RESOLUTION=360x640,FRAME-RATE=25.000,CODECS="avc1.64001e,mp4a.40.2",AUDIO="sound"
main_360p.m3u8
#EXT-X-STREAM-INF:RESOLUTION=720x1280,FRAME-RATE=25.000,CODECS="avc1.64001f,mp4a.40.2",AUDIO="sound"
main_720p.m3u8
"""
FILES = {"main_360p": "cmfv", "main_720p": "cmfv", "main_audio": "cmfa"}


def still(kind: str) -> bytes:
    """Return a JPEG: black, grey, or a picture of something."""
    picture = {
        "black": lambda: Image.new("RGB", (36, 64)),
        "grey": lambda: Image.new("RGB", (36, 64), (128, 128, 128)),
        "picture": lambda: Image.linear_gradient("L").resize((36, 64)),
    }[kind]()
    data = io.BytesIO()
    picture.save(data, "JPEG")
    return data.getvalue()


def playlist(file: str, *seconds: float) -> str:
    lines = ["#EXTM3U", f'#EXT-X-MAP:URI="{file}",BYTERANGE="10@0"']
    for place, length in enumerate(seconds):
        lines += [f"#EXTINF:{length},", f"#EXT-X-BYTERANGE:100@{10 + 100 * place}", file]
    return "\n".join([*lines, "#EXT-X-ENDLIST"])


class Outputs:
    """The outputs of a job of five seconds, to be damaged."""

    def __init__(self, root: Path) -> None:
        self.store = DirectoryStorage(root)
        self.write("main.m3u8", MASTER.encode())
        for name, ending in FILES.items():
            self.write(f"{name}.m3u8", playlist(f"{name}.{ending}", 1, 2, 2).encode())
            self.write(f"{name}.{ending}", bytes(310))
        self.write("main_720p.mp4", bytes(700))
        for place, kind in enumerate(["picture", "black", "grey", "picture"]):
            self.write(f"poster.000000{place}.jpg", still(kind))
            self.write(f"frames.000000{place}.jpg", still(kind))
        self.write("sound.wav", bytes(100))

    def write(self, name: str, data: bytes) -> None:
        self.store.write("media", f"v/1.1/{name}", data)

    def remove(self, name: str) -> None:
        self.store.path("media", f"v/1.1/{name}").unlink()

    def detail(self) -> dict[str, Any]:
        prefix = "s3://media/v/1.1/"
        stills = [f"{prefix}poster.000000{place}.jpg" for place in range(4)]
        size = {"widthInPx": 720, "heightInPx": 1280}
        mp4 = {"outputFilePaths": [f"{prefix}main_720p.mp4"], "videoDetails": size}
        return {
            "outputGroupDetails": [
                {"outputDetails": [{"outputFilePaths": stills}]},
                {"outputDetails": [mp4]},
                {"outputDetails": [{"outputFilePaths": [f"{prefix}frames.0000003.jpg"]}]},
                {"outputDetails": [{"outputFilePaths": [f"{prefix}sound.wav"]}]},
                {"playlistFilePaths": [f"{prefix}main.m3u8"], "outputDetails": [{}]},
            ]
        }

    def inspect(self, expected_ms: int = 5000) -> Any:
        return inspect_outputs(self.detail(), store=self.store, expected_ms=expected_ms)


@pytest.fixture
def outputs(tmp_path: Path) -> Outputs:
    return Outputs(tmp_path)


def test_a_whole_set_says_how_to_play_it(outputs: Outputs) -> None:
    found = outputs.inspect()
    playback = found.playback
    assert (playback.hls_key, playback.mp4_key) == ("v/1.1/main.m3u8", "v/1.1/main_720p.mp4")
    assert (playback.width, playback.height, playback.duration_ms) == (720, 1280, 5000)
    assert playback.audio_key == "v/1.1/main_audio.cmfa"
    assert (playback.mp4_width, playback.mp4_height, playback.frame_rate) == (720, 1280, 25)
    assert playback.poster_key == "v/1.1/poster.0000003.jpg"
    assert (playback.start.key, playback.start.bytes) == ("v/1.1/main_360p.cmfv", 110)
    assert playback.start.codecs == "avc1.64001e"
    assert str(found.sound) == "s3://media/v/1.1/sound.wav"


def test_stills_are_numbered_from_zero_up_to_the_last_which_the_service_names(
    outputs: Outputs,
) -> None:
    assert [place.name for place in outputs.inspect().frames] == [
        f"frames.000000{number}.jpg" for number in range(4)
    ]


@pytest.mark.parametrize(
    "name",
    [
        "main.m3u8", "main_360p.m3u8", "main_audio.m3u8", "main_720p.cmfv", "main_audio.cmfa",
        "main_720p.mp4", "poster.0000002.jpg",
    ],
)  # fmt: skip
def test_a_missing_file_is_named(outputs: Outputs, name: str) -> None:
    outputs.remove(name)
    with pytest.raises(OutputsIncomplete, match=name):
        outputs.inspect()


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("main_720p.cmfv", bytes(309), "309 bytes of 310"),
        ("main_720p.mp4", b"", "main_720p.mp4"),
        ("main.m3u8", b"\xff\xfe", "no playlist"),
        ("main_720p.m3u8", playlist("main_720p.cmfv", 1, 2).encode(), "the rungs last"),
        ("main_audio.m3u8", playlist("../x.cmfa", 1).encode(), "no file beside"),
        ("poster.0000001.jpg", b"no picture", "a still"),
    ],
)
def test_damage_is_noticed(outputs: Outputs, name: str, data: bytes, match: str) -> None:
    outputs.write(name, data)
    with pytest.raises(OutputsIncomplete, match=match):
        outputs.inspect()


def test_sound_does_not_hide_a_picture_that_ends_early(outputs: Outputs) -> None:
    for name in ("main_360p", "main_720p"):
        outputs.write(f"{name}.m3u8", playlist(f"{name}.cmfv", 1).encode())
    with pytest.raises(OutputsIncomplete, match="lasts 1000 ms"):
        outputs.inspect()


def test_sound_may_end_before_the_picture(outputs: Outputs) -> None:
    outputs.write("main_audio.m3u8", playlist("main_audio.cmfa", 1).encode())
    assert outputs.inspect().playback.duration_ms == 5000


@pytest.mark.parametrize("expected_ms", [10_100, 2000])
def test_the_length_must_be_near_the_sources(outputs: Outputs, expected_ms: int) -> None:
    with pytest.raises(OutputsIncomplete, match="the source"):
        outputs.inspect(expected_ms)


def test_the_start_must_be_one_range(outputs: Outputs) -> None:
    text = playlist("main_360p.cmfv", 1, 2, 2).replace("10@0", "9@0")
    outputs.write("main_360p.m3u8", text.encode())
    with pytest.raises(OutputsIncomplete, match="init section"):
        outputs.inspect()


def test_an_event_without_outputs_is_incomplete(outputs: Outputs) -> None:
    with pytest.raises(OutputsIncomplete, match="names no"):
        inspect_outputs({"outputGroupDetails": []}, store=outputs.store, expected_ms=1)


@pytest.mark.parametrize(
    ("kinds", "chosen"),
    [
        (["picture", "picture"], 1),
        (["picture", "black", "grey", "picture"], 3),
        (["picture", "black", "grey"], 2),
        (["black"], 0),
    ],
)
def test_the_poster_is_neither_the_opening_nor_black(kinds: list[str], chosen: int) -> None:
    assert choose_poster([still(kind) for kind in kinds]) == chosen


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (100, 4000), (4000, 100)])
def test_a_placeholder_is_tiny_whatever_the_shape(size: tuple[int, int]) -> None:
    data = io.BytesIO()
    Image.effect_noise(size, 80).save(data, "JPEG")
    placeholder = make_placeholder(data.getvalue())
    assert placeholder.startswith("data:image/jpeg;base64,")
    assert len(placeholder) < 1500
