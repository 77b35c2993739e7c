"""What transcoders report, and what follows from it.

Reports come at least once and in any order; each has its effect once, because a job ends once and
every change of a video's status names the attempt and the states it may leave.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.media.events import rejection_code
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.videos import (
    endings,
    extras,
    jobs,
    shelving,
    sources,
    store,
    submission,
    timeline,
    transitions,
)
from chalicelib.videos.models import CHAIN, Job, Stage, Status, Step, Video

MAX_ATTEMPTS = 3  # of an extra
_DOUBTFUL = frozenset({"corrupt_media", "decode_timeout"})  # a file passed a look into it before
RENDERING_SHARE = 40  # percent of the transcode stage, where there is something to render


def handle_job_event(context: Context, detail: Mapping[str, Any]) -> None:
    """Take in one "MediaConvert Job State Change"."""
    # Our own id is in the metadata of every job; the service's jobs have another `jobId`.
    job_id = str(detail.get("userMetadata", {}).get("job_id") or detail["jobId"])
    with context.database.transaction() as transaction:
        job = jobs.find_job(transaction, job_id)
        video = store.find_video(transaction, job.video_id) if job else None
    if job is None or video is None:
        logger.warning("job_unknown", extra={"job": job_id})
        return
    if detail["status"] == "COMPLETE":
        _complete(context, job, video, detail)
    elif detail["status"] in ("ERROR", "CANCELED"):
        _give_up_or_retry(context, job, video, detail)
    else:
        _advance(context, job, video, detail)


def retry(context: Context, job: Job, video: Video, reason: str) -> None:
    """Try a lost, failed or useless job again under a new attempt, or give it up after the last."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        if not jobs.end_job(transaction, job.id, "superseded", now, reason):
            return
        if job.step not in CHAIN:
            _retry_extra(context, transaction, job, video)
        elif job.attempt >= video.attempts_allowed:
            endings.fail(context, video)
        elif transitions.mark_retried(transaction, video.row_id, job.attempt, now):
            submission.submit_chain(context, transaction, video, job.attempt + 1)
    count("JobRetried")
    extra = {"job": job.id, "step": job.step, "video": video.id, "reason": reason}
    logger.warning("job_lost", extra=extra)
    outbox.relay_quietly(context.database, context.queues)


def _retry_extra(context: Context, transaction: Connection, job: Job, video: Video) -> None:
    shelving.ask_to_place(context, transaction, video.id)  # for what it may have left elsewhere
    current = store.find_videos(transaction, [video.row_id])[0]  # its files may have moved
    if not extras.is_wanted(job.step, current):
        return
    if job.attempt < MAX_ATTEMPTS:
        submission.submit(context, transaction, current, job.step, attempt=job.attempt + 1)
    else:
        count("ExtraGivenUp")


def _advance(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    percent = int(detail.get("jobProgress", {}).get("jobPercentComplete", 0))
    with context.database.transaction() as transaction:
        under_way = jobs.note_progress(transaction, job.id, percent, context.clock.now())
        if under_way and job.step in CHAIN and job.attempt == video.attempt:
            share = _share(job, video, percent)
            timeline.advance(transaction, video, Stage.TRANSCODE, share)


def _share(job: Job, video: Video, percent: int) -> int:
    """Return how far the transcode stage is, which may have two jobs."""
    if job.step is Step.RENDER:
        return percent * RENDERING_SHARE // 100
    if sources.needs_rendering(video):
        return RENDERING_SHARE + percent * (100 - RENDERING_SHARE) // 100
    return percent


def _complete(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    if job.step is Step.RENDER:
        _use_mezzanine(context, job, video, detail)
    elif job.step is Step.FULL:
        _hand_on(context, job, video, detail)
    else:
        try:
            extras.take_in(context, job, video, detail)
        except extras.Unusable as error:
            retry(context, job, video, str(error))
    outbox.relay_quietly(context.database, context.queues)


def _use_mezzanine(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    with context.database.transaction() as transaction:
        if not _is_current(job, video):
            return
        if not jobs.complete_job(transaction, job.id, detail, context.clock.now()):
            return
        source = sources.find_source(context, transaction, video)
        assert source is not None  # noqa: S101 - the job that makes it is complete
        transitions.mark_rendered(
            transaction,
            video.row_id,
            duration_ms=source.duration_ms,
            width=source.width,
            height=source.height,
        )
        submission.submit_chain(context, transaction, video, job.attempt)
        timeline.advance(transaction, video, Stage.TRANSCODE, RENDERING_SHARE)


def _hand_on(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        if not _is_current(job, video):
            return
        if not jobs.complete_job(transaction, job.id, detail, now):
            return
        timeline.finish(transaction, video, [Stage.TRANSCODE], now)
        begun = [Stage.THUMBNAILS, Stage.AUDIO, Stage.FINGERPRINT]
        timeline.begin(transaction, video, begun, now)
        outbox.store(transaction, context.settings.finish_queue_url, {"job_id": job.id})


def _is_current(job: Job, video: Video) -> bool:
    return video.status is Status.PROCESSING and video.attempt == job.attempt


def _give_up_or_retry(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    code = rejection_code(int(detail.get("errorCode", 0)))
    message = str(detail.get("errorMessage", ""))
    if code is None or _is_doubtful(job, video, code):
        retry(context, job, video, message)
        return
    with context.database.transaction() as transaction:
        ended = jobs.end_job(transaction, job.id, "error", context.clock.now(), message)
        if not ended:
            return
        if job.step not in CHAIN:
            count("ExtraGivenUp")
            logger.warning("extra_given_up", extra={"job": job.id, "reason": message})
        elif video.attempt == job.attempt:
            _end(context, video, code)


def _is_doubtful(job: Job, video: Video, code: str) -> bool:
    """Whether a verdict may be the machine's fault: then a second attempt has to confirm it."""
    return job.step in CHAIN and code in _DOUBTFUL and job.attempt + 1 < video.attempts_allowed


def _end(context: Context, video: Video, code: str) -> None:
    """End a video's way; what is our own fault can be tried again by hand."""
    if code == "internal":
        endings.fail(context, video)
    else:
        endings.reject(context, video, code)
