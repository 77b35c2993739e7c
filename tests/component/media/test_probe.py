"""The probe on files as people, phones and attackers make them."""

import os
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pytest

from chalicelib.media import probe as probe_module
from chalicelib.media.models import MediaRejected
from chalicelib.media.probe import probe
from tests.media import make_clip, real_clip

# (width, height, duration in ms, transfer, with sound), or the code of the rejection.
VERDICTS: dict[str, tuple[int, int, int, str, bool] | str] = {
    "audio_only_60s.mp3": "no_video_stream",
    "black_intro_mono_portrait.mp4": (720, 1280, 8000, "sdr", True),
    "corrupt_chunk_out_of_range.mp4": "corrupt_media",
    "hdr10_pq_hevc10_2s.mp4": (320, 180, 2000, "pq", False),
    "hevc_noaudio_10s.mp4": (1280, 720, 10000, "sdr", False),
    "image_renamed.mp4": "unsupported_container",
    "landscape_1080p30_bbb_3s.mp4": (1920, 1080, 3533, "sdr", True),
    "landscape_720p25_10s.mp4": (1280, 720, 10000, "sdr", True),
    "malicious_hls.mp4": "unsupported_container",
    "multistream_subs_13s.mp4": (480, 270, 13013, "sdr", True),
    "no_duration_vp9_opus.webm": (1280, 720, 4938, "sdr", True),
    "odd_dims_321x241_vp9.mp4": (321, 241, 1000, "sdr", False),
    "phone_720p_vfr_rot180_2s.mp4": (1280, 720, 2380, "sdr", True),
    "portrait_1080x1920_3s.mp4": (1080, 1920, 3533, "sdr", True),
    "portrait_by_rotation_flag.mp4": (1080, 1920, 3533, "sdr", True),
    "rotated90_noaudio_0.6s.mp4": (270, 480, 567, "sdr", False),
    "sar_16_9_one_frame.mp4": "media_too_short",
    "truncated_700k.mp4": "corrupt_media",
    "vfr_gaps_10s.mp4": (1280, 720, 10000, "sdr", True),
}


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg; arguments as on its command line."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def picture(path: Path, source: str, *options: object) -> Path:
    """Write a silent clip of a lavfi source."""
    ffmpeg("-f", "lavfi", "-i", source, "-preset", "ultrafast", *options, path)
    return path


def rejection(path: Path) -> str:
    """Return the code with which a file is refused."""
    with pytest.raises(MediaRejected) as caught:
        probe(path)
    assert caught.value.detail
    return caught.value.code


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, portrait, with sound, the index at the front."""
    folder = tmp_path_factory.mktemp("clip")
    ffmpeg(
        "-i", make_clip(folder / "c.mp4"), "-c", "copy", "-movflags", "+faststart", folder / "f.mp4"
    )
    return folder / "f.mp4"


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict_on_a_real_clip(name: str) -> None:
    path = real_clip(name)
    expected = VERDICTS[name]
    if isinstance(expected, str):
        assert rejection(path) == expected
        return
    found = probe(path)
    seen = (found.width, found.height, found.duration_ms, found.transfer, bool(found.audio))
    assert seen == expected


def test_describes_an_ordinary_clip(clip: Path) -> None:
    found = probe(clip)
    assert (found.container, found.video_codec, found.pixel_format) == ("mov", "h264", "yuv420p")
    assert (found.width, found.height, found.rotation) == (360, 640, 0)
    assert found.duration_ms == pytest.approx(2000, abs=40)
    assert found.frame_rate == pytest.approx(30, abs=0.1)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.channels, found.audio.sample_rate) == ("aac", 1, 44100)
    assert not found.interlaced


def test_a_silent_clip_has_no_audio(tmp_path: Path) -> None:
    assert probe(make_clip(tmp_path / "c.mp4", sound=False)).audio is None


def test_the_display_size_heeds_rotation_and_pixel_shape(clip: Path, tmp_path: Path) -> None:
    turned, wide = tmp_path / "turned.mp4", tmp_path / "wide.mp4"
    ffmpeg("-display_rotation", 90, "-i", clip, "-c", "copy", turned)
    picture(wide, "testsrc2=size=360x480:duration=1", "-vf", "setsar=16/9")
    found = probe(turned)
    assert (found.width, found.height, found.rotation) == (640, 360, 90)
    assert (probe(wide).width, probe(wide).height) == (640, 480)


def test_uneven_frames_are_rated_by_their_usual_interval(tmp_path: Path) -> None:
    hole = "testsrc2=size=320x240:rate=25:duration=4,select='lt(t,1)+gt(t,3)'"
    found = probe(picture(tmp_path / "vfr.mp4", hole, "-fps_mode", "vfr"))
    assert found.frame_rate == pytest.approx(25, abs=0.1)
    assert found.duration_ms == pytest.approx(4000, abs=50)


@pytest.mark.parametrize(
    ("trc", "transfer"), [("smpte2084", "pq"), ("arib-std-b67", "hlg"), ("bt709", "sdr")]
)
def test_tells_high_dynamic_range(tmp_path: Path, trc: str, transfer: str) -> None:
    source = f"testsrc2=size=320x240:duration=1,format=yuv420p10le,setparams=color_trc={trc}"
    options = ("-c:v", "libx265", "-x265-params", "log-level=none")
    path = picture(tmp_path / "hdr.mp4", source, *options)
    assert probe(path).transfer == transfer


def test_tells_interlaced_pictures(tmp_path: Path) -> None:
    source = "testsrc2=size=320x240:duration=1,interlace"
    path = picture(tmp_path / "i.mp4", source, "-c:v", "libx264", "-flags", "+ildct+ilme")
    assert probe(path).interlaced


@pytest.mark.parametrize("name", ["c.webm", "c.mkv", "c.mov", "c.ts", "c.avi", "c.ogv"])
def test_takes_the_containers_people_have(tmp_path: Path, name: str) -> None:
    codec = {"c.webm": "libvpx", "c.ogv": "libtheora", "c.avi": "mpeg4"}.get(name, "libx264")
    options = ("-c:v", codec, "-pix_fmt", "yuv420p")
    found = probe(picture(tmp_path / name, "testsrc2=size=320x240:duration=1", *options))
    assert found.duration_ms == pytest.approx(1000, abs=60)


def test_a_recording_without_a_duration_is_measured(tmp_path: Path) -> None:
    source = "testsrc2=size=320x240:duration=2"
    live = picture(tmp_path / "live.webm", source, "-c:v", "libvpx", "-live", 1)
    options = ("-movflags", "+frag_keyframe+empty_moov", "-g", 10)
    fragmented = picture(tmp_path / "frag.mp4", source, *options)
    assert probe(live).duration_ms == pytest.approx(2000, abs=60)
    assert probe(fragmented).duration_ms == pytest.approx(2000, abs=60)


def test_a_clip_that_was_trimmed_by_its_edit_list_passes(clip: Path, tmp_path: Path) -> None:
    trimmed = tmp_path / "trimmed.mp4"
    ffmpeg("-ss", 1.2, "-i", clip, "-c", "copy", trimmed)
    assert probe(trimmed).duration_ms == pytest.approx(800, abs=80)


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("testsrc2=size=160x120:rate=1:duration=190", (), "media_too_long"),
        ("testsrc2=size=160x120:rate=25:duration=0.2", (), "media_too_short"),
        ("testsrc2=size=160x120:rate=1:duration=1", (), "media_too_short"),
        ("testsrc2=size=64x64:duration=1", (), "resolution_out_of_range"),
        ("color=size=4800x600:rate=5:duration=1", (), "resolution_out_of_range"),
        ("color=size=160x120:rate=300:duration=1", (), "frame_rate_out_of_range"),
        ("color=size=160x120:rate=1/4:duration=20", (), "frame_rate_out_of_range"),
        ("testsrc2=size=160x120:duration=1", ("-c:v", "ffv1"), "unsupported_codec"),
    ],
)
def test_refuses_what_is_out_of_bounds(
    tmp_path: Path, source: str, options: tuple[str, ...], code: str
) -> None:
    assert rejection(picture(tmp_path / "c.mkv", source, *options)) == code


def test_a_length_beyond_the_limit_is_seen_without_a_header(tmp_path: Path) -> None:
    source = "testsrc2=size=160x120:rate=1:duration=190"
    path = picture(tmp_path / "live.webm", source, "-c:v", "libvpx", "-live", 1)
    assert rejection(path) == "media_too_long"


def test_sound_alone_is_no_video(clip: Path, tmp_path: Path) -> None:
    sound, covered = tmp_path / "sound.m4a", tmp_path / "covered.mp3"
    ffmpeg("-i", clip, "-vn", "-c", "copy", sound)
    cover = picture(tmp_path / "cover.png", "testsrc2=size=320x240", "-frames:v", 1)
    ffmpeg("-i", clip, "-i", cover, "-map", "0:a", "-map", "1:v", "-c:v", "copy", covered)
    assert rejection(sound) == "no_video_stream"
    assert rejection(covered) == "no_video_stream"


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_refuses_a_file_that_ends_too_early(clip: Path, tmp_path: Path, share: float) -> None:
    whole = clip.read_bytes()
    path = tmp_path / "part.mp4"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert rejection(path) == "corrupt_media"


def test_refuses_a_picture_of_garbage(clip: Path, tmp_path: Path) -> None:
    whole = bytearray(clip.read_bytes())
    start = whole.index(b"mdat") + 4
    whole[start:] = os.urandom(len(whole) - start)
    path = tmp_path / "garbage.mp4"
    path.write_bytes(whole)
    assert rejection(path) == "corrupt_media"


def test_refuses_a_header_that_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    whole = picture(tmp_path / "c.mkv", "testsrc2=size=320x240:duration=10").read_bytes()
    path = tmp_path / "part.mkv"
    path.write_bytes(whole[: len(whole) // 4])
    assert rejection(path) == "corrupt_media"


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        b"MZ" + bytes(200),
        b"\xff",
    ],
)
def test_refuses_by_the_first_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert rejection(path) == "unsupported_container"


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x00\x00\x18ftypisom", b"\x1aE\xdf\xa3" + bytes(99)]
)
def test_refuses_hollow_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert rejection(path) == "corrupt_media"


def child_that(body: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another script in the place of the probe's child."""
    script = folder / "child.py"
    script.write_text(body)
    monkeypatch.setattr(probe_module, "CHILD", script)


def test_a_hanging_decoder_is_ended(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    body = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    child_that(body, tmp_path, monkeypatch)
    monkeypatch.setattr(probe_module, "WALL_SECONDS", 1)
    assert rejection(clip) == "decode_timeout"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("name", "code"),
    [("SIGXCPU", "decode_timeout"), ("SIGKILL", "decode_timeout"), ("SIGSEGV", "corrupt_media")],
)
def test_a_killed_decoder_is_a_verdict(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    body = f"import os, signal\nos.kill(os.getpid(), signal.{name})"
    child_that(body, tmp_path, monkeypatch)
    assert rejection(clip) == code


def test_a_broken_probe_is_no_verdict(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_that("raise SystemExit('no such module')", tmp_path, monkeypatch)
    with pytest.raises(RuntimeError, match="no such module"):
        probe(clip)


def test_a_file_that_breaks_the_reader_is_a_verdict(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "import json, pathlib\n"
        "from chalicelib.media import inspection, probe_child\n"
        "def broken(path, demuxer): raise ZeroDivisionError('a time base of nothing')\n"
        "inspection.inspect = broken\n"
        "print(json.dumps(probe_child.answer(pathlib.Path('x'), 'mov')))"
    )
    child_that(body, tmp_path, monkeypatch)
    assert rejection(clip) == "corrupt_media"


def test_large_pictures_fit_into_a_small_machine(tmp_path: Path) -> None:
    source = "color=gray:size=3840x2160:rate=30:duration=1.4,format=yuv420p10le"
    options = ("-c:v", "libx265", "-x265-params", "log-level=none")
    path = picture(tmp_path / "4k.mp4", source, *options)
    body = (
        "import resource, sys; from pathlib import Path\n"
        "from chalicelib.media.probe import probe\n"
        "assert probe(Path(sys.argv[1])).width == 3840\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", body, path],
        env={"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    kilobytes = int(run.stdout) / (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 600_000


def test_the_decoder_is_confined(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "secret")
    body = (
        "import json, os, resource as r\n"
        "from chalicelib.media.confinement import confine\n"
        "from chalicelib.media.probe_child import LIMITS\n"
        "confine(LIMITS)\n"
        "kinds = r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE\n"
        "print(json.dumps({'rejected': {'code': 'seen', 'detail': json.dumps(\n"
        "    [[r.getrlimit(kind)[0] for kind in kinds], 'DATABASE_URL' in os.environ])}}))"
    )
    child_that(body, tmp_path, monkeypatch)
    with pytest.raises(MediaRejected) as caught:
        probe(clip)
    assert caught.value.detail == "[[10, 2147483648, 0, 32], false]"
