"""The sweep: every minute, whatever has stopped on its way is moved on or ended, visibly."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from chalicelib.platform import breaker, outbox
from chalicelib.platform.breaker import Breaker, State
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.videos import (
    arrival,
    endings,
    follow,
    jobs,
    multipart,
    sending,
    shelving,
    store,
    submission,
)
from chalicelib.videos.models import Job, Status, Video

SILENCE = timedelta(seconds=90)
ARRIVAL_PATIENCE = timedelta(minutes=2)
VALIDATION_PATIENCE = timedelta(minutes=4)
FINISH_PATIENCE = timedelta(minutes=4)
GIVE_UP = timedelta(minutes=30)
UPLOAD_LIFETIME = timedelta(hours=24)
LONG_AGO = timedelta(days=3650)
BATCH = 50


class SweepIncomplete(Exception):
    """Some kinds of what is stuck could not be looked after; the message names them."""


def sweep(context: Context) -> dict[str, int]:
    """Move on what is stuck and return how much of each kind there was.

    Each kind by itself: what S3 or a queue keeps from being done must not keep the others. Raises
    SweepIncomplete at the end when one of them failed.
    """
    found: dict[str, int] = {}
    failed = []
    for name, work in _KINDS.items():
        try:
            found[name] = work(context)
        except Exception:
            logger.exception("sweep_failed", extra={"part": name})
            failed.append(name)
            continue
        count("".join(part.capitalize() for part in name.split("_")), found[name])
    logger.info("sweep_ended", extra=found)
    if failed:
        raise SweepIncomplete(", ".join(failed))
    return found


def _retry_silent_jobs(context: Context) -> int:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        silent = [
            (job, video)
            for job in jobs.find_silent(
                transaction, now=now, silent_since=now - SILENCE, limit=BATCH
            )
            if (video := store.find_video(transaction, job.video_id)) is not None
        ]
    return sum(_retry(context, job, video) for job, video in silent)


def _retry(context: Context, job: Job, video: Video) -> bool:
    """Retry a silent job, unless MediaConvert says that it is at it. Returns whether it did."""
    if job.external_id is not None:
        state = context.mediaconvert.job_state(job.external_id)
        if state in ("submitted", "progressing"):
            with context.database.transaction() as transaction:
                jobs.note_progress(transaction, job.id, 0, context.clock.now())
            return False
    follow.retry(context, job, video, "no sign of life")
    return True


def _send_waiting_jobs(context: Context) -> int:
    """Send the messages of waiting jobs again; the worker that claims one first does it.

    While the transcoder is left alone, they wait for that, and more messages would be no help.
    """
    if _is_left_alone(context, Breaker.TRANSCODING):
        return 0
    silent_since = context.clock.now() - SILENCE
    with context.database.transaction() as transaction:
        waiting = jobs.find_waiting(transaction, silent_since=silent_since, limit=BATCH)
        for job in waiting:
            submission.send(context, transaction, job)
    return len(waiting)


def _repeat_finishes(context: Context) -> int:
    """Send the message about a complete job again, and fail the video when that never helps."""
    if _is_left_alone(context, Breaker.CDN):
        return 0
    now = context.clock.now()
    with context.database.transaction() as transaction:
        late = jobs.find_unfinished(transaction, ended_before=now - FINISH_PATIENCE, limit=BATCH)
        hopeless = jobs.find_unfinished(transaction, ended_before=now - GIVE_UP, limit=BATCH)
        for job in late:
            video = store.find_video(transaction, job.video_id)
            if video is not None and job in hopeless:
                endings.fail(context, video)
            else:
                message = {"job_id": job.id}
                outbox.store(transaction, context.settings.finish_queue_url, message)
    return len(late)


def _is_left_alone(context: Context, name: Breaker) -> bool:
    return breaker.read(context, name).state is State.OPEN


def _repeat_lost_arrivals(context: Context) -> int:
    """Send the message about a file again when nobody acted on the first, or there was none."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        waiting = store.find_awaiting(
            transaction,
            since=now - UPLOAD_LIFETIME,
            until=now - ARRIVAL_PATIENCE,
            limit=BATCH,
        )
        unread = store.find_uploaded(
            transaction, changed_before=now - VALIDATION_PATIENCE, limit=BATCH
        )
    lost = [video for video in waiting if sending.is_here(context, video)] + unread
    for video in lost:
        _announce(context, video)
    return len(lost)


def _expire_uploads(context: Context) -> int:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        overdue = store.find_awaiting(
            transaction, since=now - LONG_AGO, until=now - UPLOAD_LIFETIME, limit=BATCH
        )
    for video in overdue:
        multipart.abort_upload(context, video)  # first, so that it can't be completed meanwhile
        if sending.is_here(context, video):
            _announce(context, video)
        else:
            endings.end(context, video, Status.EXPIRED, "upload_expired")
    return len(overdue)


def _announce(context: Context, video: Video) -> None:
    with context.database.transaction() as transaction:
        arrival.announce(context, transaction, video)


def _place(context: Context) -> int:
    with context.database.transaction() as transaction:
        found = shelving.misplaced(transaction, BATCH)
        for video_id in found:
            shelving.ask_to_place(context, transaction, video_id)
    return len(found)


_KINDS: Mapping[str, Callable[[Context], int]] = {
    "jobs_retried": _retry_silent_jobs,
    "jobs_sent_again": _send_waiting_jobs,
    "finishes_repeated": _repeat_finishes,
    "arrivals_repeated": _repeat_lost_arrivals,
    "uploads_expired": _expire_uploads,
    "parts_aborted": multipart.abort_orphans,
    "videos_misplaced": _place,
    "messages_sent": lambda context: outbox.relay(context.database, context.queues),
}
