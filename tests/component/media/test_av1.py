"""AV1 rungs that join a finished stream, so that players can change over at any segment."""

import dataclasses
from pathlib import Path

import av
import pytest

from chalicelib.media.hls import parse_master, parse_media
from chalicelib.media.jobs import av1_job
from chalicelib.media.ladder import ladder
from chalicelib.media.outputs import OutputsIncomplete, join_av1
from tests.component.media.jobs import SOURCE_KEY, SUBMISSION, Done, keyframes, run, transcode
from tests.media import make_clip


@dataclasses.dataclass(frozen=True)
class Joined:
    """A finished video, and its master playlist with the rungs of both codecs."""

    done: Done
    detail: dict[str, object]
    key: str


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    root = tmp_path_factory.mktemp("av1")
    done = transcode(make_clip(root / "clip.mp4", seconds=4, size="480x854"), root)
    document = av1_job(
        source=f"s3://uploads/{SOURCE_KEY}",
        destination="s3://media/v/clip/1.1",
        renditions=ladder(480, 854),
        submission=SUBMISSION,
    )
    events = run(document, done.store, root / "scratch")
    assert events[-1]["status"] == "COMPLETE", events[-1]
    key = join_av1(events[-1], store=done.store, bucket="media", master_key=done.playback.hls_key)
    return Joined(done, events[-1], key)


def first_shown(path: Path) -> float:
    with av.open(str(path)) as container:
        return min(float(frame.time or 0) for frame in container.decode(video=0))


def test_players_begin_as_before_and_find_av1_at_the_end(joined: Joined) -> None:
    assert joined.key != joined.done.playback.hls_key
    text = joined.done.store.read("media", joined.key).decode()
    master = parse_master(text)
    assert [(rung.uri, rung.codecs[:5]) for rung in master.variants] == [
        ("main_360p.m3u8", "avc1."),
        ("main_480p.m3u8", "avc1."),
        ("av1_360p.m3u8", "av01."),
        ("av1_480p.m3u8", "av01."),
    ]
    assert all(rung.codecs.endswith(",mp4a.40.2") for rung in master.variants)
    assert text.count('AUDIO="sound"') == 4
    assert master.audio_uris == ("main_audio.m3u8",)


def test_both_codecs_have_the_same_clock_and_the_same_segments(joined: Joined) -> None:
    folder = joined.done.folder
    h264, av1 = folder / "main_480p.cmfv", folder / "av1_480p.cmfv"
    assert first_shown(av1) == pytest.approx(first_shown(h264), abs=0.005)
    assert keyframes(av1) == pytest.approx(keyframes(h264), abs=0.005)
    lengths = [
        [segment.seconds for segment in parse_media(path.read_text()).segments]
        for path in (h264.with_suffix(".m3u8"), av1.with_suffix(".m3u8"))
    ]
    assert lengths[1] == pytest.approx(lengths[0], abs=0.01)


def test_the_pictures_are_av1_of_8_bits(joined: Joined) -> None:
    with av.open(str(joined.done.folder / "av1_360p.cmfv")) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(video=0))
    assert stream.codec_context.codec.canonical_name == "av1"
    assert (frame.width, frame.height, frame.format.name) == (360, 640, "yuv420p")
    assert frame.colorspace == 1


def test_the_bandwidth_covers_the_sound_too(joined: Joined) -> None:
    folder = joined.done.folder
    rates = [
        max(8 * segment.length / segment.seconds for segment in parse_media(text).segments)
        for text in (
            (folder / "av1_360p.m3u8").read_text(),
            (folder / "main_audio.m3u8").read_text(),
        )
    ]
    text = joined.done.store.read("media", joined.key).decode()
    line = text.splitlines()[text.splitlines().index("av1_360p.m3u8") - 1]
    claimed = int(line.split("BANDWIDTH=")[1].split(",")[0])
    assert claimed == pytest.approx(sum(rates), rel=0.02)


def test_joining_once_more_changes_nothing(joined: Joined) -> None:
    store = joined.done.store
    before = store.read("media", joined.key)
    again = join_av1(joined.detail, store=store, bucket="media", master_key=joined.key)
    assert again == joined.key
    assert store.read("media", again) == before


def test_rungs_of_elsewhere_do_not_join(joined: Joined) -> None:
    key = "p/clip/1.1/main.m3u8"
    store = joined.done.store
    store.write("media", key, store.read("media", joined.done.playback.hls_key))
    with pytest.raises(OutputsIncomplete, match="not beside"):
        join_av1(joined.detail, store=store, bucket="media", master_key=key)
