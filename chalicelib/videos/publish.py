"""What the transcoder reports, and the last step: check what it made, then publish.

Reports come at least once and in any order; each has its effect once, because every change of
state names the attempt and the states it may leave.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from chalicelib.media.events import rejection_code
from chalicelib.media.outputs import OutputsIncomplete, inspect_outputs
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.videos import endings, jobs, store, timeline, transcoding
from chalicelib.videos.models import Job, Stage, Status, Video

MAX_ATTEMPTS = 3


def handle_job_event(context: Context, detail: Mapping[str, Any]) -> None:
    """Take in one "MediaConvert Job State Change"."""
    with context.database.transaction() as transaction:
        job = jobs.find_job(transaction, str(detail["jobId"]))
        video = store.find_video(transaction, job.video_id) if job else None
    if job is None or video is None:
        logger.warning("job_unknown", extra={"job": detail["jobId"]})
        return
    if detail["status"] == "COMPLETE":
        _complete(context, job, video, detail)
    elif detail["status"] == "ERROR":
        _give_up_or_retry(context, job, video, detail)
    else:
        _advance(context, job, video, detail)


def retry(context: Context, job: Job, video: Video, reason: str) -> None:
    """Try a lost or failed job again under a new attempt, or fail the video after the third."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        if not jobs.end_job(transaction, job.id, "superseded", now, reason):
            return
        if job.attempt >= MAX_ATTEMPTS:
            endings.fail(context, video)
        elif store.mark_retried(transaction, video.row_id, job.attempt, now):
            transcoding.resubmit(context, transaction, video, job)
    count("JobRetried")
    logger.warning("job_lost", extra={"job": job.id, "video": video.id, "reason": reason})
    outbox.relay(context.database, context.queues)


def _advance(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    percent = int(detail.get("jobProgress", {}).get("jobPercentComplete", 0))
    with context.database.transaction() as transaction:
        if jobs.note_progress(transaction, job.id, percent, context.clock.now()):
            timeline.advance(transaction, video, Stage.TRANSCODE, percent)


def _complete(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    if video.status is not Status.PROCESSING or video.attempt != job.attempt:
        return
    try:
        playback = inspect_outputs(
            detail, store=context.storage, expected_ms=video.duration_ms or 0
        )
    except OutputsIncomplete as error:
        retry(context, job, video, str(error))
        return
    now = context.clock.now()
    with context.database.transaction() as transaction:
        jobs.end_job(transaction, job.id, "complete", now)
        status = store.mark_finished(
            transaction,
            video.row_id,
            job.attempt,
            playback=dataclasses.asdict(playback),
            now=now,
        )
        if status is None:
            return
        timeline.finish_running(transaction, video, now)
        timeline.finish(transaction, video, [Stage.PUBLISH], now)
    count("VideoPublished")
    logger.info("video_finished", extra={"video": video.id, "status": status})


def _give_up_or_retry(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    code = rejection_code(int(detail["errorCode"]))
    message = str(detail.get("errorMessage", ""))
    if code is None:
        retry(context, job, video, message)
        return
    with context.database.transaction() as transaction:
        ended = jobs.end_job(transaction, job.id, "error", context.clock.now(), message)
        if ended and video.attempt == job.attempt:
            endings.reject(context, video, code)
