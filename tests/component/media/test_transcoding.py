"""One job from source to outputs, judged by decoding them, not by reading our own playlists."""

import io
import wave
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from chalicelib.media.hls import parse_media
from chalicelib.media.outputs import OutputsIncomplete, inspect_outputs
from tests.component.media.jobs import Done, ffmpeg, keyframes, transcode
from tests.media import make_clip

PLAIN = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Four seconds of 720p portrait with sound."""
    root = tmp_path_factory.mktemp("portrait")
    return transcode(make_clip(root / "clip.mp4", seconds=4, size="720x1280"), root)


def first_picture(path: Path) -> Image.Image:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_image()


def test_keyframes_are_aligned_on_all_rungs(portrait: Done) -> None:
    found = [keyframes(path) for path in portrait.rungs]
    assert len(found) == 3
    assert found[0] == pytest.approx([0, 1, 3], abs=1 / 30)
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_segments_are_those_keyframes_and_the_sound_follows(portrait: Done) -> None:
    for name in ("360p", "480p", "720p", "audio"):
        media = parse_media((portrait.folder / f"main_{name}.m3u8").read_text())
        lengths = [segment.seconds for segment in media.segments]
        assert lengths == pytest.approx([1, 2, 1], abs=1 / 20)


def test_every_rung_and_the_sound_last_as_long_as_the_source(portrait: Done) -> None:
    for path in (*portrait.rungs, portrait.sound, portrait.mp4):
        with av.open(str(path)) as container:
            stream = container.streams[0]
            assert stream.duration is not None
            assert stream.time_base is not None
            begins = float((stream.start_time or 0) * stream.time_base)
            lasts = float(stream.duration * stream.time_base) - begins
        assert lasts == pytest.approx(4, rel=0.05)


def test_pixels_are_square_and_colours_marked(portrait: Done) -> None:
    for name, size in (("360p", (360, 640)), ("480p", (480, 854)), ("720p", (720, 1280))):
        with av.open(str(portrait.rung(name))) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            assert (stream.width, stream.height) == size
            assert stream.sample_aspect_ratio in (None, 0, 1)
            assert context.pix_fmt == "yuv420p"
            assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)


def test_the_master_tells_players_what_they_need(portrait: Done) -> None:
    lines = portrait.store.read("media", portrait.playback.hls_key).decode().splitlines()
    streams = [line for line in lines if line.startswith("#EXT-X-STREAM-INF")]
    assert [line for line in lines if line.endswith(".m3u8")] == [
        "main_360p.m3u8",
        "main_480p.m3u8",
        "main_720p.m3u8",
    ]
    assert 'CODECS="avc1.64001e,mp4a.40.2"' in streams[0]
    for stream in streams:
        assert "FRAME-RATE=30.000" in stream
        assert 'AUDIO="sound"' in stream
    assert any('URI="main_audio.m3u8"' in line for line in lines)


def test_the_bandwidth_covers_picture_and_sound(portrait: Done) -> None:
    lines = portrait.store.read("media", portrait.playback.hls_key).decode()
    claimed = int(lines.split("BANDWIDTH=")[1].split(",")[0])
    rates = [
        max(8 * segment.length / segment.seconds for segment in parse_media(text).segments)
        for text in (
            (portrait.folder / "main_360p.m3u8").read_text(),
            (portrait.folder / "main_audio.m3u8").read_text(),
        )
    ]
    assert claimed == pytest.approx(sum(rates), rel=0.02)


def test_the_progressive_file_has_picture_and_sound_and_starts_at_once(portrait: Done) -> None:
    data = portrait.mp4.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(io.BytesIO(data)) as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        assert container.streams.video[0].height == 1280
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(4, rel=0.05)


def test_the_start_of_a_video_is_one_range(portrait: Done) -> None:
    start = portrait.playback.start
    opening = portrait.store.read("media", start.key)[: start.bytes]
    with av.open(io.BytesIO(opening)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == pytest.approx(30, abs=1)
    assert start.codecs.startswith("avc1.")


def test_the_last_event_lists_every_output(portrait: Done) -> None:
    streams, mp4, stills, frames, sound = portrait.events[-1]["outputGroupDetails"]
    sizes = [output["videoDetails"]["heightInPx"] for output in streams["outputDetails"][:-1]]
    assert sizes == [640, 854, 1280]
    assert streams["playlistFilePaths"] == ["s3://media/v/clip/1.1/main.m3u8"]
    assert streams["outputDetails"][-1]["outputFilePaths"] == [
        "s3://media/v/clip/1.1/main_audio.cmfa"
    ]
    assert mp4["outputDetails"][0]["durationInMs"] == pytest.approx(4000, rel=0.05)
    assert len(stills["outputDetails"][0]["outputFilePaths"]) == 8
    assert len(frames["outputDetails"][0]["outputFilePaths"]) == 8
    assert sound["outputDetails"][0]["outputFilePaths"] == ["s3://media/w/clip/1.1/sound.wav"]


def test_frames_show_the_video_twice_a_second(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    fading = "color=black:size=360x640:rate=30:duration=4,geq=lum='16+2*N/1.2':cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", fading, *PLAIN, source)
    frames = _stills(transcode(source, tmp_path))
    assert {frame.size for frame in frames} == {(90, 160)}
    levels = [ImageStat.Stat(frame.convert("L")).mean[0] for frame in frames]
    assert levels == pytest.approx([15 * 25 / 15 * n * 255 / 219 for n in range(8)], abs=4)


def test_long_videos_have_no_more_frames(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=2:duration=90", *PLAIN, source)
    assert len(_stills(transcode(source, tmp_path))) == 120


def test_the_sound_is_there_for_its_fingerprint(portrait: Done) -> None:
    place = portrait.outputs.sound
    assert place is not None
    with wave.open(str(portrait.store.path(place.bucket, place.key))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 11_025)
        assert sound.getnframes() / 11_025 == pytest.approx(4, rel=0.05)


def test_a_missing_or_short_file_is_noticed(tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=1), tmp_path)
    rung = done.rung("360p")
    whole = rung.read_bytes()
    rung.write_bytes(whole[:-10])
    with pytest.raises(OutputsIncomplete, match="360p"):
        inspect_outputs(done.events[-1], store=done.store, expected_ms=1000)


def test_a_silent_source_stays_silent(tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=1, sound=False), tmp_path)
    assert done.probe.audio is None
    assert done.outputs.sound is None
    assert not done.sound.exists()
    assert "mp4a" not in done.store.read("media", done.playback.hls_key).decode()


def test_picture_and_sound_stay_together(tmp_path: Path) -> None:
    flash = "color=black:size=360x640:rate=30:duration=3,drawbox=color=white:t=fill"
    tone = "sine=frequency=1000:duration=3:sample_rate=48000,volume=0"
    source = tmp_path / "clip.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", f"{flash}:enable='between(t,1.99,2.09)'"),
        *("-f", "lavfi", "-i", f"{tone}:enable='not(between(t,2,2.1))'"),
        *(*PLAIN, "-c:a", "aac", source),
    )
    done = transcode(source, tmp_path)
    apart = _beep(source) - _flash(source)
    assert _beep(done.sound) - _flash(done.rung("360p")) == pytest.approx(apart, abs=0.01)
    assert _beep(done.mp4) - _flash(done.mp4) == pytest.approx(apart, abs=0.01)


def test_metadata_of_the_source_does_not_leak(tmp_path: Path) -> None:
    source, tagged = make_clip(tmp_path / "a.mp4", seconds=1), tmp_path / "tagged.mp4"
    where = ["-metadata", "location=+48.2082+016.3738/", "-metadata", "title=at home"]
    stream = ["-metadata:s:v", "title=at home", "-metadata:s:a", "handler_name=at home"]
    options = [*where, *stream, "-movflags", "use_metadata_tags", "-c", "copy"]
    ffmpeg("-i", source, *options, tagged)
    assert b"48.2082" in tagged.read_bytes()
    done = transcode(tagged, tmp_path)
    for path in (path for path in done.store.root.joinpath("media").rglob("*") if path.is_file()):
        assert b"48.2082" not in path.read_bytes()
        assert b"at home" not in path.read_bytes()


def test_a_rotated_source_comes_out_upright(tmp_path: Path) -> None:
    source, turned = tmp_path / "a.mp4", tmp_path / "turned.mp4"
    half = "color=red:size=640x360:rate=30:duration=1,drawbox=y=ih/2:h=ih/2:color=blue:t=fill"
    ffmpeg("-f", "lavfi", "-i", half, "-pix_fmt", "yuv420p", source)
    ffmpeg("-display_rotation", "90", "-i", source, "-c", "copy", turned)
    done = transcode(turned, tmp_path)
    assert (done.playback.width, done.playback.height) == (360, 640)
    picture = first_picture(done.rung("360p"))
    left, right = picture.getpixel((20, 320)), picture.getpixel((340, 320))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]
    with av.open(str(done.rung("360p"))) as container:
        assert next(container.decode(video=0)).rotation == 0


def test_the_poster_is_not_black(tmp_path: Path) -> None:
    clip, source = make_clip(tmp_path / "a.mp4", seconds=2), tmp_path / "dark.mp4"
    dark = ["-f", "lavfi", "-i", "color=black:size=360x640:rate=30:duration=2"]
    joined = "[0:v][1:v]concat=n=2:v=1[v]"
    ffmpeg(*dark, "-i", clip, "-filter_complex", joined, "-map", "[v]", source)
    done = transcode(source, tmp_path)
    with Image.open(io.BytesIO(done.store.read("media", done.playback.poster_key))) as poster:
        assert ImageStat.Stat(poster.convert("L")).mean[0] > 40
    assert done.playback.placeholder.startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("size", "matrix", "rung"), [("1280x720", "bt709", "720p"), ("640x480", "bt601", "480p")]
)
def test_colours_that_nobody_named_are_kept(
    tmp_path: Path, size: str, matrix: str, rung: str
) -> None:
    source = tmp_path / "clip.mp4"
    red = f"color=0xC03020:size={size}:rate=25:duration=1,format=gbrp"
    unnamed = "h264_metadata=matrix_coefficients=2:colour_primaries=2:transfer_characteristics=2"
    coded = f"{red},scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p"
    ffmpeg("-f", "lavfi", "-i", coded, *PLAIN, "-bsf:v", unnamed, source)
    done = transcode(source, tmp_path)
    with av.open(str(done.rung(rung))) as container:
        planes = next(container.decode(video=0)).planes
        seen = [bytes(plane)[1000] for plane in planes]
    assert seen == pytest.approx([83, 106, 192], abs=2)  # that red in BT.709


@pytest.mark.parametrize("trc", ["smpte2084", "arib-std-b67"])
@pytest.mark.parametrize("named", ["", ":color_primaries=bt2020:colorspace=bt2020nc"])
def test_high_dynamic_range_becomes_an_ordinary_picture(
    tmp_path: Path, trc: str, named: str
) -> None:
    # Half of either signal is a bright grey on an ordinary screen, neither washed out nor dark.
    grey = f"color=0x808080:size=640x360:duration=1,format=yuv420p10le,setparams=color_trc={trc}"
    source = tmp_path / "clip.mp4"
    codec = ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast")
    ffmpeg("-f", "lavfi", "-i", grey + named, *codec, source)
    done = transcode(source, tmp_path)
    with av.open(str(done.rung("360p"))) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        assert container.streams.video[0].codec_context.color_trc == 1
    grey_level = ImageStat.Stat(frame.to_image().convert("L")).mean[0]
    assert 60 < grey_level < 230


@pytest.mark.parametrize(
    ("name", "arguments", "size", "seconds"),
    [
        ("odd", ("testsrc2=size=321x241:rate=25:duration=1", "-c:v", "libvpx-vp9"), (320, 240), 1),
        (
            "uneven",
            (
                "testsrc2=size=360x640:rate=25:duration=4,select='lt(t,1)+gt(t,2.2)'",
                *PLAIN, "-fps_mode", "vfr",
            ),
            (360, 640), 4,
        ),
        ("slow", ("testsrc2=size=360x640:rate=2:duration=4", *PLAIN), (360, 640), 4),
        ("two frames", ("testsrc2=size=360x640:rate=5:duration=0.4", *PLAIN), (360, 640), 0.4),
        (
            "anamorphic",
            ("testsrc2=size=360x480:rate=25:duration=1", "-vf", "setsar=16/9", *PLAIN),
            (640, 480), 1,
        ),
        (
            "interlaced",
            (
                "testsrc2=size=640x480:rate=50:duration=1,interlace",
                "-c:v", "libx264", "-flags", "+ildct+ilme",
            ),
            (640, 480), 1,
        ),
        ("10 bit 4:2:2", ("testsrc2=size=640x360:duration=1", "-c:v", "prores_ks"), (640, 360), 1),
    ],
)  # fmt: skip
def test_odd_sources_become_ordinary_videos(
    tmp_path: Path, name: str, arguments: tuple[str, ...], size: tuple[int, int], seconds: float
) -> None:
    source = tmp_path / ("clip.mov" if "prores_ks" in arguments else "clip.mp4")
    ffmpeg("-f", "lavfi", "-i", *arguments, source)
    done = transcode(source, tmp_path)
    assert (done.playback.width, done.playback.height) == size
    assert done.playback.duration_ms == pytest.approx(1000 * seconds, rel=0.05)
    with av.open(str(done.rungs[-1])) as container:
        shown = [frame.time for frame in container.decode(video=0) if frame.time is not None]
        gaps = [after - before for before, after in pairwise(shown)]
    assert max(gaps) == pytest.approx(min(gaps), abs=0.002)


@pytest.mark.parametrize(("picture", "sound"), [(2, 6), (4, 1)])
def test_sound_of_another_length_does_not_change_the_videos(
    tmp_path: Path, picture: int, sound: int
) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=360x640:rate=30:duration={picture}"),
        *("-f", "lavfi", "-i", f"sine=duration={sound}"),
        *(*PLAIN, "-c:a", "aac", source),
    )
    done = transcode(source, tmp_path)
    assert done.playback.duration_ms == pytest.approx(1000 * picture, rel=0.05)


def test_five_channels_become_two(tmp_path: Path) -> None:
    source = tmp_path / "clip.mkv"
    tones = "|".join(f"sin({100 * channel}*t)" for channel in range(1, 7))
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=360x640:duration=1"),
        *("-f", "lavfi", "-i", f"aevalsrc={tones}:c=5.1:duration=1:s=44100"),
        *(*PLAIN, "-c:a", "ac3", source),
    )
    done = transcode(source, tmp_path)
    assert done.probe.audio is not None
    assert done.probe.audio.channels == 6
    with av.open(str(done.sound)) as container:
        context = container.streams.audio[0].codec_context
        assert (context.name, context.channels, context.sample_rate) == ("aac", 2, 48_000)


def _stills(done: Done) -> list[Image.Image]:
    stills = [done.store.read(place.bucket, place.key) for place in done.outputs.frames]
    return [Image.open(io.BytesIO(still)) for still in stills]


def _flash(path: Path) -> float:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_image().convert("L")
            if ImageStat.Stat(picture).mean[0] > 128 and frame.time is not None:
                return frame.time
    raise AssertionError(f"no flash in {path}")


def _beep(path: Path) -> float:
    """Return when the sound begins; frames of AAC are 21 ms, so their samples are looked at."""
    with av.open(str(path)) as container:
        floats = av.AudioResampler(format="flt", layout="mono")
        for frame in container.decode(audio=0):
            for mono in floats.resample(frame):
                samples = memoryview(mono.planes[0]).cast("B").cast("f")
                loud = [abs(sample) > 0.02 for sample in samples]
                if any(loud) and mono.time is not None:
                    return mono.time + loud.index(True) / mono.sample_rate
    raise AssertionError(f"no beep in {path}")
