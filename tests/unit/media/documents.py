"""Job documents for tests."""

from typing import Any

from chalicelib.media.jobs import full_job
from chalicelib.media.ladder import ladder


def document(
    *, has_audio: bool = True, width: int = 1080, height: int = 1920, duration_ms: int = 8000
) -> dict[str, Any]:
    """Return a job as the service writes it."""
    return full_job(
        source="s3://uploads/raw/abc/1/source",
        destination="s3://media/v/abc/1.1",
        renditions=ladder(width, height),
        has_audio=has_audio,
        duration_ms=duration_ms,
        token="abc-1-1-full",
        metadata={"video_id": "abc", "generation": "1", "attempt": "1", "step": "full"},
        queue="arn:aws:mediaconvert:::queues/clipwave",
        role="arn:aws:iam:::role/clipwave-transcoder",
    )
