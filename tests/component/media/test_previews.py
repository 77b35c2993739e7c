"""Previews: as the source is where that plays, else the lowest rung."""

from pathlib import Path
from typing import Any

import av
import pytest

from chalicelib.media.events import rejection_code
from chalicelib.media.jobs import preview_job
from chalicelib.media.ladder import ladder
from chalicelib.media.models import Preview, Probe
from chalicelib.media.outputs import OutputsIncomplete, inspect_preview
from chalicelib.media.probe import probe
from chalicelib.media.remux import can_remux, can_remux_sound
from tests.component.media.jobs import SOURCE_KEY, SUBMISSION, ffmpeg, run
from tests.fakes import DirectoryStorage
from tests.media import make_clip


class Case:
    """A source in a store, and where its preview comes to be."""

    def __init__(self, source: Path, root: Path) -> None:
        self.probe = probe(source)
        self.root = root
        self.store = DirectoryStorage(root / "buckets")
        self.store.write("uploads", SOURCE_KEY, source.read_bytes())

    @property
    def path(self) -> Path:
        return self.store.path("media", "p/clip/1.1/preview.mp4")

    def document(self, **changes: bool) -> dict[str, Any]:
        wanted = {
            "remux": can_remux(self.probe),
            "has_audio": self.probe.audio is not None,
            "sound_remux": can_remux_sound(self.probe),
        }
        return preview_job(
            source=f"s3://uploads/{SOURCE_KEY}",
            destination="s3://media/p/clip/1.1",
            rendition=ladder(self.probe.width, self.probe.height)[-1],
            **{**wanted, **changes},
            submission=SUBMISSION,
        )

    def make(self, **changes: bool) -> Preview:
        events = run(self.document(**changes), self.store, self.root / "scratch")
        assert events[-1]["status"] == "COMPLETE", events[-1]
        return inspect_preview(events[-1], store=self.store)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_source_that_plays_is_not_encoded_again(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", size="720x1280")
    ffmpeg("-i", source, "-c", "copy", "-bsf:v", "h264_mp4toannexb", tmp_path / "clip.ts")
    for path in (source, tmp_path / "clip.ts"):
        case = Case(path, tmp_path / path.suffix.lstrip("."))
        preview = case.make()
        assert (preview.key, preview.width, preview.height) == (
            "p/clip/1.1/preview.mp4", 720, 1280,
        )  # fmt: skip
        assert preview.duration_ms == pytest.approx(2000, abs=60)
        made, given = probe(case.path), probe(source)
        assert len(packets(case.path)) == len(packets(source))
        assert sum(map(len, packets(case.path))) == pytest.approx(
            sum(map(len, packets(source))), rel=0.02
        )
        assert made.audio is not None
        assert given.audio is not None
        assert made.audio.sample_rate == given.audio.sample_rate
        data = case.path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")


def test_a_copy_keeps_no_metadata_but_stands_upright(tmp_path: Path) -> None:
    clip, noted, source = (tmp_path / name for name in ("a.mp4", "noted.mp4", "source.mp4"))
    make_clip(clip, size="640x360")
    note = "h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+at48.2082"
    ffmpeg("-i", clip, "-c", "copy", "-bsf:v", note, noted)
    where = ["-metadata", "location=+48.2082+016.3738/", "-metadata", "title=at home"]
    stream = ["-metadata:s:v", "title=at home", "-metadata:s:a", "handler_name=at home"]
    copied = ["-movflags", "use_metadata_tags", "-c", "copy"]
    ffmpeg("-display_rotation", 90, "-i", noted, *where, *stream, *copied, source)
    assert source.read_bytes().count(b"48.2082") > 1
    case = Case(source, tmp_path)
    preview = case.make()
    assert (preview.width, preview.height) == (360, 640)
    assert b"48.2082" not in case.path.read_bytes()
    assert b"at home" not in case.path.read_bytes()


def test_another_source_becomes_the_lowest_rung(tmp_path: Path) -> None:
    source = tmp_path / "clip.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=2"),
        *("-f", "lavfi", "-i", "sine=duration=2"),
        *("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-c:a", "libopus", source),
    )
    case = Case(source, tmp_path)
    preview = case.make()
    assert (preview.width, preview.height) == (640, 360)
    assert preview.duration_ms == pytest.approx(2000, abs=60)
    made = probe(case.path)
    assert (made.video_codec, made.audio and made.audio.codec) == ("h264", "aac")


@pytest.mark.parametrize(("remux", "sound_remux"), [(True, False), (False, True)])
def test_picture_and_sound_are_copied_one_without_the_other(
    tmp_path: Path, remux: bool, sound_remux: bool
) -> None:
    case = Case(make_clip(tmp_path / "clip.mp4", size="480x854"), tmp_path)
    assert case.make(remux=remux, sound_remux=sound_remux).width == (480 if remux else 360)
    made = probe(case.path)
    assert made.audio is not None
    assert made.audio.sample_rate == (44_100 if sound_remux else 48_000)


def test_a_silent_source_has_a_silent_preview(tmp_path: Path) -> None:
    case = Case(make_clip(tmp_path / "clip.mp4", sound=False), tmp_path)
    case.make()
    assert probe(case.path).audio is None


def test_a_copy_of_what_players_cannot_play_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=duration=1", "-c:v", "mpeg4", source)
    case = Case(source, tmp_path)
    events = run(case.document(remux=True), case.store, tmp_path / "scratch")
    assert rejection_code(events[-1]["errorCode"]) == "internal"
    assert "mpeg4 can't pass through" in events[-1]["errorMessage"]


def test_a_preview_that_is_gone_is_noticed(tmp_path: Path) -> None:
    case = Case(make_clip(tmp_path / "clip.mp4"), tmp_path)
    events = run(case.document(), case.store, tmp_path / "scratch")
    case.path.unlink()
    with pytest.raises(OutputsIncomplete, match=r"preview\.mp4"):
        inspect_preview(events[-1], store=case.store)


def test_long_groups_of_pictures_are_seen(tmp_path: Path) -> None:
    found: list[Probe] = []
    for name, gop in (("short", 60), ("long", 300)):
        source = tmp_path / f"{name}.mp4"
        lasting = "testsrc2=size=320x240:rate=30:duration=6"
        ffmpeg("-f", "lavfi", "-i", lasting, "-c:v", "libx264", "-preset", "ultrafast",
               "-pix_fmt", "yuv420p", "-g", gop, "-sc_threshold", 0, source)  # fmt: skip
        found.append(probe(source))
    assert [probe.longest_gop_ms for probe in found] == pytest.approx([2000, 6000], abs=40)
    assert [can_remux(probe) for probe in found] == [True, False]
