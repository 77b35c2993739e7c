"""The documents of all steps, and where what they make is put."""

from collections.abc import Mapping
from typing import Any

from chalicelib.media import jobs as media
from chalicelib.media.ladder import ladder
from chalicelib.media.render import render_document
from chalicelib.platform.context import Context
from chalicelib.platform.settings import Transcoder
from chalicelib.videos.delivery import HIDDEN, PUBLIC
from chalicelib.videos.models import Step, Video, Visibility
from chalicelib.videos.sources import Source, original

WORK = "w"
WORKERS_QUEUE = "arn:aws:mediaconvert:::queues/clipwave"
WORKERS_ROLE = "arn:aws:iam:::role/clipwave-transcoder"


def area(video: Video) -> str:
    """Return the part of the media bucket where a video's files belong once it is done."""
    return PUBLIC if video.visibility is Visibility.PUBLIC and not video.draft else HIDDEN


def prefix(place: str, video: Video, attempt: int) -> str:
    """Return where an attempt's files go; each attempt has its own, so that keys never change."""
    return f"{place}/{video.id}/{video.generation}.{attempt}"


def token(video: Video, step: Step, attempt: int) -> str:
    """Return what makes a repeated submission the same job."""
    made_anew = f"-{video.cover_ms}-{video.version}" if step is Step.COVER else ""
    return f"{video.id}-{video.generation}-{attempt}-{step}{made_anew}"


def build(
    context: Context, video: Video, step: Step, *, attempt: int, job_id: str, source: Source | None
) -> dict[str, Any]:
    """Return the document of a step. Only the render step, which makes it, needs no source."""
    metadata = {
        "job_id": job_id,
        "video_id": video.id,
        "generation": str(video.generation),
        "attempt": str(attempt),
        "step": str(step),
    }
    if step is Step.RENDER:
        return _render(context, video, attempt, metadata)
    assert source is not None  # noqa: S101 - the chain renders first
    if step is Step.COVER:
        metadata["cover_ms"] = str(video.cover_ms)
    queue, role = _queue_and_role(context, step)
    submission = media.Submission(token(video, step, attempt), metadata, queue, role)
    if step is Step.COVER:
        return _cover(context, video, submission)
    renditions = ladder(source.width, source.height)
    if step is Step.PREVIEW:
        return media.preview_job(
            source=source.uri,
            destination=_uri(context, prefix(HIDDEN, video, attempt)),
            rendition=renditions[-1],
            remux=source.can_remux,
            has_audio=source.has_sound,
            sound_remux=source.can_remux_sound,
            submission=submission,
        )
    if step is Step.AV1:
        return media.av1_job(
            source=source.uri,
            destination=_uri(context, _home(video)),
            renditions=renditions,
            submission=submission,
        )
    return media.full_job(
        source=source.uri,
        destination=_uri(context, prefix(area(video), video, attempt)),
        work=_uri(context, prefix(WORK, video, attempt)),
        renditions=renditions,
        has_audio=source.has_sound,
        duration_ms=source.duration_ms,
        submission=submission,
    )


def _render(
    context: Context, video: Video, attempt: int, metadata: Mapping[str, str]
) -> dict[str, Any]:
    bucket = context.settings.media_bucket
    sound = f"s3://{bucket}/{video.sound.audio_key}" if video.sound_chosen and video.sound else None
    return render_document(
        recipe=dict(video.effects or {}),
        source=original(context, video),
        sound=sound,
        destination=_uri(context, f"{prefix(WORK, video, attempt)}/mezzanine"),
        metadata=metadata,
    )


def _cover(context: Context, video: Video, submission: media.Submission) -> dict[str, Any]:
    """Take the cover from our own MP4: it is upright, and has the effects in it."""
    playback = video.playback or {}
    return media.cover_job(
        source=_uri(context, playback["mp4_key"]),
        destination=_uri(context, _home(video)),
        width=playback["mp4_width"],
        height=playback["mp4_height"],
        at_ms=video.cover_ms or 0,
        frame_rate=playback["frame_rate"],
        submission=submission,
    )


def _home(video: Video) -> str:
    """Return the prefix where a finished video's files are."""
    key: str = (video.playback or {})["hls_key"]
    return key.rpartition("/")[0]


def _queue_and_role(context: Context, step: Step) -> tuple[str, str]:
    settings = context.settings
    if settings.transcoder is Transcoder.MEDIACONVERT and step in (Step.FULL, Step.AV1):
        return settings.mediaconvert_queue_arn, settings.mediaconvert_role_arn
    return WORKERS_QUEUE, WORKERS_ROLE


def _uri(context: Context, key: str) -> str:
    return f"s3://{context.settings.media_bucket}/{key}"
