"""What effects do to real files: to their picture, their sound, their length; and how jobs end."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from chalicelib.media.effects import Effects, Text, Trim
from chalicelib.media.probe import probe
from chalicelib.media.progress import WorkInterrupted
from chalicelib.media.render import render_document, run_render
from tests.component.media.renders import FFMPEG, RATE, Bench, Made, lavfi
from tests.media import make_clip, real_clip

FRAME_MS = 34


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def clip(clips: Path) -> Path:
    """Two seconds, 640x360, a 440 Hz tone."""
    return make_clip(clips / "clip.mp4", size="640x360")


@pytest.fixture(scope="module")
def grey(clips: Path) -> Path:
    """Two seconds of mid-grey, 360x640, silent."""
    return lavfi(clips / "grey.mp4", "color=gray:size=360x640:rate=30:duration=2")


@pytest.fixture(scope="module")
def tone(clips: Path) -> Path:
    """Half a second of 1000 Hz, to be put under clips."""
    return lavfi(
        clips / "tone.mp4", "aevalsrc='sin(2*PI*1000*t)/8|0':sample_rate=44100:duration=0.5"
    )


def test_the_mezzanine_is_what_the_next_step_expects(bench: Bench, clips: Path) -> None:
    source = lavfi(
        clips / "long.mp4",
        "testsrc2=size=640x360:rate=60:duration=5",
        "sine=duration=5",
        options=("-metadata", "title=secret", "-metadata", "location=+48.1+011.5/"),
    )
    made = bench.render(source, Effects(mirror=True))
    found = made.probe
    assert (found.video_codec, found.pixel_format, found.frame_rate) == ("h264", "yuv420p", 30)
    assert (found.width, found.height, found.rotation) == (640, 360, 0)
    assert (found.transfer, found.assumed_matrix) == ("sdr", None)
    assert found.audio is not None
    assert found.audio.codec == "aac"
    data = made.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"secret" not in data
    assert b"+48.1" not in data
    with av.open(str(made.path)) as file:
        assert file.streams.video[0].profile == "High"
        keys = [float(frame.time or 0) for frame in file.decode(video=0) if frame.key_frame]
    assert keys == pytest.approx([0, 2, 4], abs=0.01)


def test_the_events_tell_of_the_file(bench: Bench, clip: Path) -> None:
    made = bench.render(clip, Effects(fit="crop"))
    assert [made.events[at]["status"] for at in (0, -1)] == ["PROGRESSING", "COMPLETE"]
    assert made.events[-1]["userMetadata"] == {"video_id": "clip"}
    assert bench.store.uploads == [("video/mp4", "no-store")]
    (group,) = made.events[-1]["outputGroupDetails"]
    assert group == {
        "type": "FILE_GROUP",
        "outputDetails": [
            {
                "outputFilePaths": ["s3://media/w/clip/1.1/mezzanine.mp4"],
                "durationInMs": made.probe.duration_ms,
                "videoDetails": {"widthInPx": 202, "heightInPx": 360},
            }
        ],
    }


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("portrait_1080x1920_3s.mp4", (1080, 1920)),
        ("landscape_720p25_10s.mp4", (1280, 720)),
        ("portrait_by_rotation_flag.mp4", (1080, 1920)),
        ("rotated90_noaudio_0.6s.mp4", (270, 480)),
        ("phone_720p_vfr_rot180_2s.mp4", (1280, 720)),
        ("hdr10_pq_hevc10_2s.mp4", (320, 180)),
        ("odd_dims_321x241_vp9.mp4", (320, 240)),
        ("no_duration_vp9_opus.webm", None),
        ("multistream_subs_13s.mp4", None),
        ("vfr_gaps_10s.mp4", None),
    ],
)
def test_real_clips_are_rendered_upright_at_their_own_length(
    bench: Bench, name: str, size: tuple[int, int] | None
) -> None:
    source = real_clip(name)
    found = probe(source)
    kept = min(1500, found.duration_ms)
    made = bench.render(source, Effects(trim=Trim(0, kept), filter="vivid")).probe
    assert (made.width, made.height) == size or size is None
    assert (made.rotation, made.transfer, made.pixel_format) == (0, "sdr", "yuv420p")
    assert made.frame_rate <= 30
    assert (made.audio is None) == (found.audio is None)
    assert abs(made.duration_ms - kept) <= 1000 / made.frame_rate + 1


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.0, 1.3, 2.0])
def test_trim_and_speed_make_the_length_of_picture_and_sound(
    bench: Bench, clip: Path, speed: float
) -> None:
    made = bench.render(clip, Effects(trim=Trim(300, 1500), speed=speed))
    assert abs(made.probe.duration_ms - 1200 / speed) <= FRAME_MS
    assert abs(1000 * len(made.sound()) / RATE - 1200 / speed) <= FRAME_MS


def test_a_trim_beyond_the_end_keeps_what_there_is(bench: Bench, clip: Path) -> None:
    made = bench.render(clip, Effects(trim=Trim(1500, 9000)))
    assert abs(made.probe.duration_ms - 500) <= FRAME_MS


@pytest.fixture(scope="module")
def flashes(clips: Path) -> Path:
    """Four seconds in which a white flash and a beep begin together at 1.0 and at 2.5 s."""
    when = "between(t,1,1.2)+between(t,2.5,2.7)"
    picture = (
        f"color=black:size=320x240:rate=30:duration=4,drawbox=color=white:t=fill:enable='{when}'"
    )
    beep = f"aevalsrc='sin(2*PI*1000*t)*({when})':sample_rate=48000:duration=4"
    return lavfi(clips / "flashes.mp4", picture, beep)


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("start_ms", [0, 700])
def test_picture_and_sound_stay_together(
    bench: Bench, flashes: Path, speed: float, start_ms: int
) -> None:
    made = bench.render(flashes, Effects(trim=Trim(start_ms, 4000), speed=speed))
    seen = list(_onsets((at, picture.mean() > 100) for at, picture in made.frames()))
    level = abs(made.sound()[: len(made.sound()) // 240 * 240]).reshape(-1, 240).max(axis=1)
    heard = list(_onsets((place * 240 / RATE, loud > 0.3) for place, loud in enumerate(level)))
    expected = [(second - start_ms / 1000) / speed for second in (1.0, 2.5)]
    assert seen == pytest.approx(expected, abs=0.035)
    assert heard == pytest.approx(seen, abs=0.05)


def _onsets(signal: Iterator[tuple[float, bool]]) -> Iterator[float]:
    """Return when something begins; not again within a fifth of a second."""
    was, last = False, -1.0
    for at, on in signal:
        if on and not was and at - last > 0.2:
            yield at
        was, last = on, at if on else last


def test_the_picture_held_at_the_cut_is_not_lost(bench: Bench, clips: Path) -> None:
    """Of one picture a second, a cut between two begins with the earlier one."""
    colours = (
        "color=red:size=320x240:rate=1:duration=2[a];color=blue:size=320x240:rate=1:duration=2"
    )
    source = lavfi(clips / "slow.mp4", f"{colours}[b];[a][b]concat")
    red, _, blue = bench.render(source, Effects(trim=Trim(1500, 3500))).pixel(0.0)
    assert red > 200
    assert blue < 60


@pytest.fixture(scope="module")
def halves(clips: Path) -> Path:
    """Red on the left, blue on the right; 640x360."""
    blue = "drawbox=x=iw/2:w=iw/2:h=ih:color=blue:t=fill"
    return lavfi(clips / "halves.mp4", f"color=red:size=640x360:rate=30:duration=1,{blue}")


def test_a_mirrored_picture_is_mirrored_and_its_text_is_not(bench: Bench, halves: Path) -> None:
    text = Text("|", 0.25, 0.5, "l", "#00ff00")
    straight = bench.render(halves, Effects(text=(text,)))
    assert straight.pixel(0.5, x=0.1)[0] > 200
    assert straight.pixel(0.5, x=0.9)[2] > 200
    mirrored = bench.render(halves, Effects(mirror=True, text=(text,)))
    assert mirrored.pixel(0.5, x=0.1)[2] > 200
    assert mirrored.pixel(0.5, x=0.9)[0] > 200
    assert mirrored.pixel(0.5, x=0.25)[1] > 200


def test_cropping_keeps_the_centre(bench: Bench, halves: Path) -> None:
    made = bench.render(halves, Effects(fit="crop"))
    assert abs(made.probe.width / made.probe.height - 9 / 16) < 0.01
    assert made.pixel(0.5, x=0.25)[0] > 200
    assert made.pixel(0.5, x=0.75)[2] > 200


def test_padding_keeps_the_whole_picture_between_black_bars(bench: Bench, halves: Path) -> None:
    made = bench.render(halves, Effects(fit="pad", filter="warm"))
    assert abs(made.probe.width / made.probe.height - 9 / 16) < 0.01
    assert made.pixel(0.5, x=0.02)[0] > 200
    assert made.pixel(0.5, x=0.98)[2] > 200
    for y in (0.02, 0.3, 0.7, 0.98):
        assert max(made.pixel(0.5, y=y)) < 8


def test_text_is_seen_where_and_while_it_should_be(bench: Bench, grey: Path) -> None:
    """The times are on the output's timeline, which here is half as long as the source's."""
    text = Text("Hello", 0.4, 0.7, "l", "#ff0000", start_ms=300, end_ms=700)
    made = bench.render(grey, Effects(speed=2, text=(text,)))
    shown = []
    for at, picture in made.frames():
        red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
        rows, columns = np.nonzero((red > 180) & (green < 60) & (blue < 60))
        if len(rows):
            shown.append(at)
            assert (columns.min() + columns.max()) / 2 / 360 == pytest.approx(0.4, abs=0.02)
            assert (rows.min() + rows.max()) / 2 / 640 == pytest.approx(0.7, abs=0.02)
    assert shown[0] == pytest.approx(0.3, abs=0.001)
    assert shown[-1] == pytest.approx(0.667, abs=0.001)
    assert len(shown) == 12


def test_the_colour_of_text_is_exact(bench: Bench, clips: Path) -> None:
    source = lavfi(clips / "large.mp4", "color=gray:size=1080x1080:rate=5:duration=0.6")
    made = bench.render(source, Effects(text=(Text("|", 0.5, 0.5, "l", "#20a0e0"),)))
    assert made.pixel(0.5) == pytest.approx([0x20, 0xA0, 0xE0], abs=8)


def test_hostile_text_is_drawn_and_nothing_else_happens(bench: Bench, grey: Path) -> None:
    words = [
        "':'%{eif\\:1\\:d}", "../../etc/passwd", "[picture];movie=/etc/passwd", "\u202e\u200b",
        "e" + "\u0301" * 79, "👩\u200d👧" * 20, "\u05e9\u05dc\u05d5", "a\n" * 40, "%d%s", "x" * 80,
    ]  # fmt: skip
    texts = tuple(Text(one, 0.5, at / 10, "s", "#ffffff") for at, one in enumerate(words))
    made = bench.render(grey, Effects(text=texts))
    assert (made.picture() > 230).any()


def test_looks_change_colours_as_their_names_say(bench: Bench, clips: Path) -> None:
    source = lavfi(clips / "beige.mp4", "color=#b09070:size=320x320:rate=10:duration=0.5")

    def look(name: str, x: float = 0.5, y: float = 0.5) -> list[int]:
        return bench.render(source, Effects.from_json({"filter": name})).pixel(0.2, x, y)

    def warmth(name: str) -> int:
        red, _, blue = look(name)
        return red - blue

    plain = warmth("none")
    assert look("none") == pytest.approx([0xB0, 0x90, 0x70], abs=6)
    assert abs(warmth("mono")) <= 2
    assert warmth("cool") < plain - 8
    assert warmth("warm") > plain + 8
    assert warmth("vivid") > plain + 8
    for name in ("vignette", "vintage"):
        assert sum(look(name, 0.02, 0.02)) < 0.8 * sum(look(name))


@pytest.mark.parametrize("volume", [0, 0.5, 1, 2])
def test_the_volume_is_that_of_the_clip(bench: Bench, clip: Path, volume: float) -> None:
    before = Made(clip, []).probe
    assert before.audio is not None
    made = bench.render(clip, Effects(volume=volume))
    assert made.level(440) == pytest.approx(0.125 * volume, rel=0.06, abs=0.001)


def test_speed_keeps_the_pitch(bench: Bench, clip: Path) -> None:
    made = bench.render(clip, Effects(speed=1.5))
    assert made.level(440) > 0.1
    assert made.level(660) < 0.01


@pytest.mark.parametrize(("mix", "share"), [(None, 0.5), (0, 0), (0.25, 0.25), (1, 1)])
def test_the_chosen_sound_has_its_share_to_the_end(
    bench: Bench, clip: Path, tone: Path, mix: float | None, share: float
) -> None:
    """It is a quarter as long as the clip, so it is heard again."""
    made = bench.render(clip, Effects(sound_mix=mix), tone)
    assert abs(len(made.sound()) / RATE - 2) < 0.05
    for begin in (0.05, 1.1, 1.55):
        own, chosen = (made.level(hertz, begin, begin + 0.4) for hertz in (440, 1000))
        assert own == pytest.approx(0.125 * (1 - share), rel=0.1, abs=0.003)
        assert chosen == pytest.approx(0.125 * share, rel=0.15, abs=0.003)


def test_a_silent_clip_is_heard_with_the_chosen_sound_alone(
    bench: Bench, grey: Path, tone: Path
) -> None:
    assert bench.render(grey, Effects(), tone).level(1000, 0.05, 0.45) > 0.11


def test_a_chosen_sound_keeps_its_own_tempo(bench: Bench, grey: Path, tone: Path) -> None:
    made = bench.render(grey, Effects(speed=2), tone)
    assert made.level(1000, 0.05, 0.45) > 0.11
    assert abs(len(made.sound()) / RATE - 1) < 0.05


def test_loud_sound_is_limited_not_clipped(bench: Bench, clips: Path) -> None:
    source = lavfi(
        clips / "loud.mp4",
        "testsrc2=size=320x240:rate=30:duration=1",
        "sine=frequency=440:duration=1,volume=7",
    )
    made = bench.render(source, Effects(volume=2))
    assert abs(made.sound()).max() <= 1.02
    assert made.level(1320) < 0.03  # a clipped sine's third harmonic has a third of its level


def test_sound_that_ends_before_the_kept_part_leaves_silence(bench: Bench, clips: Path) -> None:
    source = lavfi(
        clips / "short.mp4", "testsrc2=size=320x240:rate=30:duration=2", "sine=duration=0.5"
    )
    made = bench.render(source, Effects(trim=Trim(1000, 2000)))
    assert abs(len(made.sound()) / RATE - 1) < 0.05
    assert abs(made.sound()).max() < 0.001


def test_effects_that_leave_too_little_reject_the_video(bench: Bench, clip: Path) -> None:
    beyond = {"trim": {"start_ms": 2500, "end_ms": 4000}}
    assert bench.verdict(clip, beyond) == "media_too_short"
    nearly = {"trim": {"start_ms": 1800, "end_ms": 4000}}
    assert bench.verdict(clip, nearly) == "media_too_short"


def test_a_source_that_cannot_be_read_keeps_its_reason(bench: Bench, clip: Path) -> None:
    broken = bench.root / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[:3000])
    assert bench.verdict(broken, {"mirror": True}) == "corrupt_media"
    broken.write_bytes(b"<html>" + bytes(600))
    assert bench.verdict(broken, {"mirror": True}) == "unsupported_container"


def test_a_recipe_of_another_version_is_refused_with_its_place(bench: Bench, clip: Path) -> None:
    assert bench.verdict(clip, {"blur": 1}) == "internal"


def test_an_encoder_that_fails_or_makes_nothing_rejects_the_file(bench: Bench, clip: Path) -> None:
    fake = bench.root / "ffmpeg"
    for script in ("echo 'Invalid data found' >&2; exit 1", 'for last; do :; done; : > "$last"'):
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        assert bench.verdict(clip, {"mirror": True}, ffmpeg=fake) == "corrupt_media"


def test_a_missing_encoder_or_source_ends_nothing(bench: Bench, clip: Path) -> None:
    with pytest.raises(WorkInterrupted):
        bench.run(clip, {"mirror": True}, ffmpeg=bench.root / "nowhere")
    with pytest.raises(FileNotFoundError):
        run_render(
            "job",
            render_document(
                recipe={},
                source="s3://uploads/gone",
                sound=None,
                destination="s3://media/w/m",
                metadata={},
            ),
            store=bench.store,
            emit=lambda _: None,
            scratch=bench.scratch,
            ffmpeg=FFMPEG,
        )
    assert not any(bench.scratch.iterdir())
