"""How jobs end when something is wrong: with the file, with the job, or with the machine."""

import copy
import os
import shutil
import threading
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from chalicelib.media import heartbeat as heartbeat_module
from chalicelib.media import reporting
from chalicelib.media.events import rejection_code
from chalicelib.media.probe import probe
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut, WorkInterrupted, run_ffmpeg
from chalicelib.media.worker import run_job
from tests.component.media.jobs import FFMPEG, SOURCE_KEY, job_for, run
from tests.fakes import DirectoryStorage
from tests.media import make_clip


class Case:
    """A clip in a store, its job, and an empty scratch folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.scratch = root, root / "scratch"
        self.store = DirectoryStorage(root / "buckets")
        clip = make_clip(root / "clip.mp4", seconds=1)
        self.document = job_for(probe(clip))
        self.clip = clip.read_bytes()
        self.put(self.clip)
        self.scratch.mkdir()

    def put(self, data: bytes) -> None:
        self.store.write("uploads", SOURCE_KEY, data)

    def run(self, ffmpeg: Path = FFMPEG) -> list[dict[str, Any]]:
        return run(self.document, self.store, self.scratch, ffmpeg)

    def fake_ffmpeg(self, script: str) -> Path:
        path = self.root / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def ended_with(events: list[dict[str, Any]]) -> str | None:
    """Return the API's code that the last event stands for."""
    assert events[-1]["status"] == "ERROR"
    assert events[-1]["errorMessage"]
    return rejection_code(events[-1]["errorCode"])


def test_a_source_that_cannot_be_read_ends_the_job(case: Case) -> None:
    case.put(case.clip[:5000])
    events = case.run()
    assert events[0]["status"] == "PROGRESSING"
    assert ended_with(events) == "corrupt_media"
    assert not any(case.scratch.iterdir())


def test_a_source_that_became_another_file_keeps_its_own_reason(case: Case) -> None:
    case.put(b"<html>" + bytes(600))
    assert ended_with(case.run()) == "unsupported_container"


def test_a_refused_job_says_where(case: Case) -> None:
    case.document["Settings"]["Inputs"][0]["Crop"] = {"X": 1}
    events = case.run()
    assert [event["status"] for event in events] == ["ERROR"]
    assert ended_with(events) == "internal"
    assert "Settings.Inputs[0].Crop" in events[-1]["errorMessage"]


def test_an_encoder_that_finds_nothing_rejects_the_file(case: Case) -> None:
    events = case.run(case.fake_ffmpeg("echo 'Invalid data found' >&2; exit 1"))
    assert ended_with(events) == "corrupt_media"
    assert "Invalid data found" in events[-1]["errorMessage"]


def test_an_encoder_that_writes_nothing_is_noticed(case: Case) -> None:
    assert ended_with(case.run(case.fake_ffmpeg("exit 0"))) == "corrupt_media"


def test_a_job_past_its_deadline_is_ended(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "MOST_SECONDS", 0.3)
    assert ended_with(case.run(case.fake_ffmpeg("sleep 60"))) == "decode_timeout"


@pytest.mark.parametrize(
    "script", ["echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1",
               "kill -KILL $$"],
)  # fmt: skip
def test_a_machine_that_gives_out_does_not_end_the_job(case: Case, script: str) -> None:
    with pytest.raises(WorkInterrupted):
        case.run(case.fake_ffmpeg(script))
    assert not any(case.scratch.iterdir())


def test_a_missing_encoder_does_not_reject_the_file(case: Case) -> None:
    with pytest.raises(WorkInterrupted, match="No such file"):
        case.run(case.root / "nowhere")


def test_too_little_room_is_noticed_before_the_download(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 1 << 20))
    with pytest.raises(WorkInterrupted, match="1 MiB are free"):
        case.run()


def test_a_source_that_vanished_raises_so_that_it_is_tried_again(case: Case) -> None:
    case.store.path("uploads", SOURCE_KEY).unlink()
    with pytest.raises(FileNotFoundError):
        case.run()
    assert not any(case.scratch.iterdir())


class SlowStorage(DirectoryStorage):
    """A store that answers only when allowed, and keeps the order of what it was given."""

    allowed = threading.Event()
    uploaded: list[tuple[str, str, str]]

    def download(self, bucket: str, key: str, path: Path) -> None:
        assert self.allowed.wait(10)
        super().download(bucket, key, path)

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        self.uploaded.append((path.name, content_type, cache_control))
        super().upload(path, bucket, key, content_type, cache_control)


def test_signs_of_life_come_while_the_store_is_slow_and_playlists_last(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "EVERY_SECONDS", 0.05)
    store = SlowStorage(case.store.root)
    object.__setattr__(store, "uploaded", [])
    events: list[dict[str, Any]] = []

    def emit(detail: dict[str, Any]) -> None:
        events.append(copy.deepcopy(detail))
        if len(events) == 4:
            store.allowed.set()

    run_job("j", case.document, store=store, emit=emit, scratch=case.scratch, ffmpeg=FFMPEG)
    statuses = [event["status"] for event in events]
    assert statuses[:4] == ["PROGRESSING", *3 * ["STATUS_UPDATE"]]
    assert statuses[-1] == "COMPLETE"
    percents = [event["jobProgress"]["jobPercentComplete"] for event in events[1:-1]]
    assert percents == sorted(percents)
    assert events[1]["jobProgress"]["currentPhase"] == "PROBING"
    names = [name for name, _, _ in store.uploaded]
    assert names[-1] == "main.m3u8"
    assert not any(name.endswith(".m3u8") for name in names[: names.index("main_360p.cmfv")])
    kinds = {Path(name).suffix: kind for name, kind, _ in store.uploaded}
    assert kinds == {
        ".m3u8": "application/vnd.apple.mpegurl",
        ".cmfv": "video/mp4",
        ".cmfa": "audio/mp4",
        ".mp4": "video/mp4",
        ".jpg": "image/jpeg",
        ".wav": "audio/wav",
    }
    working = {control for name, _, control in store.uploaded if name.startswith(("fr", "so"))}
    played = {control for name, _, control in store.uploaded if name.startswith(("ma", "po"))}
    assert working == {"no-store"}
    assert played == {"public, max-age=31536000, immutable"}


def test_the_encoder_sees_no_secrets_and_no_more_than_its_share(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "secret")
    script = case.fake_ffmpeg("env >&2; ulimit -n >&2; exit 1")
    with pytest.raises(FfmpegFailed) as failed:
        run_ffmpeg([str(script)], directory=case.scratch, limit_seconds=5)
    assert "secret" not in str(failed.value)
    assert str(failed.value).endswith("256")


def test_a_talkative_encoder_is_cut_short(case: Case) -> None:
    script = case.fake_ffmpeg("yes 'the same complaint' | head -c 5000000 >&2; exit 1")
    with pytest.raises(FfmpegFailed) as failed:
        run_ffmpeg([str(script)], directory=case.scratch, limit_seconds=20)
    assert len(str(failed.value)) < 4000


def test_the_whole_process_group_is_ended(case: Case) -> None:
    pid = case.root / "pid"
    script = case.fake_ffmpeg(f"sleep 60 & echo $! > {pid}; wait")
    with pytest.raises(FfmpegTimedOut):
        run_ffmpeg([str(script)], directory=case.scratch, limit_seconds=0.5)
    assert _ends(int(pid.read_text()))


def _ends(pid: int) -> bool:
    """Whether a process is gone within a second: a signal takes its time on a busy machine."""
    until = time.monotonic() + 1
    while _runs(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not _runs(pid)


def _runs(pid: int) -> bool:
    """Whether a process does anything; one that nobody reaped yet doesn't."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
