"""What a job tells while it runs, and how it ended."""

import threading
import time
from typing import Any

import pytest

from chalicelib.media import heartbeat as heartbeat_module
from chalicelib.media.events import DECODE_ERROR, Reporter, error_code, rejection_code
from chalicelib.media.heartbeat import Heartbeat
from chalicelib.media.progress import parse_progress
from chalicelib.videos.verdicts import verdict

REPORTER = Reporter("job-1", "queue", {"video_id": "abc"})


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("out_time_us=1500000\n", 1.5),
        ("out_time_us=-21333\n", 0.0),
        ("out_time_us=N/A\n", None),
        ("out_time=00:00:01.500000\n", None),
        ("frame=12\n", None),
        ("[libx264 @ 0x1] broken\n", None),
        ("", None),
    ],
)
def test_progress_is_read_line_by_line(line: str, seconds: float | None) -> None:
    assert parse_progress(line) == seconds


def test_events_look_like_the_services_own() -> None:
    update = REPORTER.status_update(42, "TRANSCODING")
    assert abs(update.pop("timestamp") - 1000 * time.time()) < 5000
    assert update == {
        "accountId": "000000000000",
        "queue": "queue",
        "jobId": "job-1",
        "status": "STATUS_UPDATE",
        "userMetadata": {"video_id": "abc"},
        "jobProgress": {"jobPercentComplete": 42, "currentPhase": "TRANSCODING"},
    }
    failure = REPORTER.error(DECODE_ERROR, "why")
    assert (failure["status"], failure["errorCode"], failure["errorMessage"]) == (
        "ERROR",
        1040,
        "why",
    )


@pytest.mark.parametrize(
    "code",
    [
        "corrupt_media", "decode_timeout", "frame_rate_out_of_range", "internal", "media_too_long",
        "media_too_short", "no_video_stream", "resolution_out_of_range", "unsupported_codec",
        "unsupported_container",
    ],
)  # fmt: skip
def test_a_rejection_survives_the_event(code: str) -> None:
    assert rejection_code(error_code(code)) == code
    assert verdict(code).title


@pytest.mark.parametrize("code", [1010, 1041, 1434, 1999, 3450])
def test_other_errors_of_the_service_are_worth_another_try(code: int) -> None:
    assert rejection_code(code) is None


def test_a_heartbeat_goes_on_while_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat_module, "EVERY_SECONDS", 0.01)
    events: list[dict[str, Any]] = []
    twice = threading.Event()

    def emit(detail: dict[str, Any]) -> None:
        events.append(detail)
        if len(events) > 3:
            twice.set()

    with Heartbeat(emit, REPORTER) as heartbeat:
        heartbeat.advance("TRANSCODING", 50)
        heartbeat.advance("TRANSCODING", 20)
        assert twice.wait(5)
    heard = len(events)
    assert events[0]["status"] == "PROGRESSING"
    assert {event["status"] for event in events[1:]} == {"STATUS_UPDATE"}
    assert events[-1]["jobProgress"] == {
        "jobPercentComplete": 50,
        "currentPhase": "TRANSCODING",
    }
    time.sleep(0.05)
    assert len(events) == heard
