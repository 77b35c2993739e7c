"""Job documents for tests."""

from typing import Any

from chalicelib.media.jobs import Submission, av1_job, cover_job, full_job, preview_job
from chalicelib.media.ladder import ladder

SOURCE = "s3://uploads/raw/abc/1/source"
SUBMISSION = Submission(
    token="abc-1-1-full",
    metadata={"video_id": "abc", "generation": "1", "attempt": "1", "step": "full"},
    queue="arn:aws:mediaconvert:::queues/clipwave",
    role="arn:aws:iam:::role/clipwave-transcoder",
)


def document(
    *, has_audio: bool = True, width: int = 1080, height: int = 1920, duration_ms: int = 8000
) -> dict[str, Any]:
    """Return a full job as the service writes it."""
    return full_job(
        source=SOURCE,
        destination="s3://media/v/abc/1.1",
        work="s3://media/w/abc/1.1",
        renditions=ladder(width, height),
        has_audio=has_audio,
        duration_ms=duration_ms,
        submission=SUBMISSION,
    )


def preview(
    *, remux: bool = True, has_audio: bool = True, sound_remux: bool = True
) -> dict[str, Any]:
    """Return a preview job."""
    return preview_job(
        source=SOURCE,
        destination="s3://media/p/abc/1.1",
        rendition=ladder(1080, 1920)[-1],
        remux=remux,
        has_audio=has_audio,
        sound_remux=sound_remux,
        submission=SUBMISSION,
    )


def cover(*, at_ms: int = 1500, frame_rate: float = 25.0) -> dict[str, Any]:
    """Return a cover job."""
    return cover_job(
        source="s3://media/v/abc/1.1/main_720p.mp4",
        destination="s3://media/v/abc/1.1",
        width=720,
        height=1280,
        at_ms=at_ms,
        frame_rate=frame_rate,
        submission=SUBMISSION,
    )


def av1() -> dict[str, Any]:
    """Return a job for AV1 rungs."""
    return av1_job(
        source=SOURCE,
        destination="s3://media/v/abc/1.1",
        renditions=ladder(1080, 1920),
        submission=SUBMISSION,
    )
