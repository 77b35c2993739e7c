"""Transcoding as MediaConvert would do it: a job document goes in, events about it come out."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.media.jobs import full_job
from chalicelib.media.ladder import ladder
from chalicelib.media.models import Probe
from chalicelib.media.worker import run_job, work_limit
from chalicelib.platform import ids, outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import logger
from chalicelib.platform.queues import EventRefused
from chalicelib.videos import jobs, timeline
from chalicelib.videos.models import Job, Stage, Video
from chalicelib.videos.upload import source_key

SOURCE = "clipwave.transcoder"  # AWS keeps sources that begin with "aws." to itself
DETAIL_TYPE = "MediaConvert Job State Change"
QUEUE = "arn:aws:mediaconvert:::queues/clipwave"
ROLE = "arn:aws:iam:::role/clipwave-transcoder"
ENDS = frozenset({"COMPLETE", "ERROR"})


def submit(
    context: Context, transaction: Connection, video: Video, found: Probe, attempt: int
) -> None:
    """Submit the full job of an attempt, in the transaction that opened the attempt."""
    settings = context.settings
    document = full_job(
        source=f"s3://{settings.uploads_bucket}/{source_key(video.id, video.generation)}",
        destination=f"s3://{settings.media_bucket}/{media_prefix(video, attempt)}",
        renditions=ladder(found.width, found.height),
        has_audio=found.audio is not None,
        duration_ms=found.duration_ms,
        token=_token(video, attempt),
        metadata={
            "video_id": video.id,
            "generation": str(video.generation),
            "attempt": str(attempt),
            "step": "full",
        },
        queue=QUEUE,
        role=ROLE,
    )
    _submit_document(
        context,
        transaction,
        video,
        attempt=attempt,
        document=document,
        duration_ms=found.duration_ms,
    )
    silent = () if found.audio else (Stage.AUDIO,)
    timeline.skip(transaction, video, silent)


def resubmit(context: Context, transaction: Connection, video: Video, last: Job) -> None:
    """Submit the job of the attempt before once more, for the current attempt."""
    attempt = last.attempt + 1
    old, new = media_prefix(video, last.attempt), media_prefix(video, attempt)
    document = _replace_in_text(last.document, old, new)
    document["ClientRequestToken"] = _token(video, attempt)
    document["UserMetadata"] = {**document["UserMetadata"], "attempt": str(attempt)}
    _submit_document(
        context,
        transaction,
        video,
        attempt=attempt,
        document=document,
        duration_ms=video.duration_ms or 0,
    )


def work(context: Context, job_id: str) -> None:
    """Do a submitted job in this process; a job that somebody has already is left alone."""
    with context.database.transaction() as transaction:
        job = jobs.claim_job(transaction, job_id, context.clock.now())
    if job is None:
        logger.info("job_not_free", extra={"job": job_id})
        return
    with tempfile.TemporaryDirectory(prefix="transcode-") as scratch:
        run_job(
            job.id,
            dict(job.document),
            store=context.storage,
            emit=lambda detail: _report(context, detail),
            scratch=Path(scratch),
            ffmpeg=Path(context.settings.ffmpeg_path),
        )


def _report(context: Context, detail: Mapping[str, Any]) -> None:
    """Send a report. One that is lost on the way costs nothing unless it was the last one."""
    try:
        context.events.put(SOURCE, DETAIL_TYPE, detail)
    except EventRefused as error:
        if detail["status"] in ENDS:
            raise
        logger.warning("report_lost", extra={"job": detail["jobId"], "reason": str(error)})


def media_prefix(video: Video, attempt: int) -> str:
    """Return the prefix of an attempt's outputs; each has its own, so that keys never change."""
    return f"v/{video.id}/{video.generation}.{attempt}"


def _token(video: Video, attempt: int) -> str:
    return f"{video.id}-{video.generation}-{attempt}-full"


def _submit_document(
    context: Context,
    transaction: Connection,
    video: Video,
    *,
    attempt: int,
    document: dict[str, Any],
    duration_ms: int,
) -> None:
    now = context.clock.now()
    job = Job(
        id=ids.public_id(),
        video_row_id=video.row_id,
        video_id=video.id,
        generation=video.generation,
        attempt=attempt,
        status="submitted",
        document=document,
    )
    budget = int(work_limit(duration_ms))
    token = str(document["ClientRequestToken"])
    if jobs.insert_job(transaction, job, token=token, budget_seconds=budget, now=now):
        outbox.store(transaction, context.settings.transcode_queue_url, {"job_id": job.id})
    timeline.begin(transaction, video, [Stage.TRANSCODE, Stage.THUMBNAILS, Stage.AUDIO], now)


def _replace_in_text(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_replace_in_text(item, old, new) for item in value]
    if isinstance(value, dict):
        return {key: _replace_in_text(item, old, new) for key, item in value.items()}
    return value
