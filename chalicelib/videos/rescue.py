"""The sweep: every minute, whatever has stopped on its way is moved on or ended, visibly."""

from datetime import timedelta

from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.videos import arrival, endings, jobs, publish, store
from chalicelib.videos.models import Job, Status, Video
from chalicelib.videos.upload import FORM_LIFETIME, source_key

SILENCE = timedelta(seconds=90)
ARRIVAL_PATIENCE = timedelta(minutes=2)
VALIDATION_PATIENCE = timedelta(minutes=4)
VALIDATION_GIVES_UP = timedelta(minutes=30)
UPLOAD_LIFETIME = timedelta(hours=24)
BATCH = 50


def sweep(context: Context) -> dict[str, int]:
    """Move on what is stuck and return how much of each kind there was."""
    found = {
        "messages_sent": outbox.relay(context.database, context.queues),
        "jobs_retried": _retry_stalled_jobs(context),
        "arrivals_repeated": _repeat_lost_arrivals(context),
        "uploads_expired": _expire_uploads(context),
    }
    for name, number in found.items():
        count("".join(part.capitalize() for part in name.split("_")), number)
    logger.info("sweep_ended", extra=found)
    return found


def _retry_stalled_jobs(context: Context) -> int:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        stalled: list[tuple[Job, Video]] = [
            (job, video)
            for job in jobs.find_stalled(
                transaction, now=now, silent_since=now - SILENCE, limit=BATCH
            )
            if (video := store.find_video(transaction, job.video_id)) is not None
        ]
    for job, video in stalled:
        publish.retry(context, job, video, "no sign of life")
    return len(stalled)


def _repeat_lost_arrivals(context: Context) -> int:
    """Send the message about a file again when nobody acted on the first, or there was none."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        waiting = store.find_unfinished(
            transaction,
            Status.AWAITING_UPLOAD,
            changed_before=now - ARRIVAL_PATIENCE,
            limit=BATCH,
        )
        unread = store.find_unfinished(
            transaction, Status.UPLOADED, changed_before=now - VALIDATION_PATIENCE, limit=BATCH
        )
    recent = now - FORM_LIFETIME - ARRIVAL_PATIENCE
    lost = [v for v in waiting if v.created_at > recent and arrival.is_here(context, v)] + unread
    for video in lost:
        if video.status is Status.UPLOADED and video.created_at < now - VALIDATION_GIVES_UP:
            endings.fail(context, video)
        else:
            _repeat_arrival(context, video)
    return len(lost)


def _repeat_arrival(context: Context, video: Video) -> None:
    """Send what S3 would have sent, as far as the receiver reads it."""
    key = source_key(video.id, video.generation)
    message = {"Records": [{"s3": {"object": {"key": key}}}]}
    context.queues.send(context.settings.uploads_queue_url, message)


def _expire_uploads(context: Context) -> int:
    before = context.clock.now() - UPLOAD_LIFETIME
    with context.database.transaction() as transaction:
        overdue = store.find_unfinished(
            transaction, Status.AWAITING_UPLOAD, changed_before=before, limit=BATCH
        )
    for video in overdue:
        if arrival.is_here(context, video):
            _repeat_arrival(context, video)
        else:
            endings.end(context, video, Status.EXPIRED, "upload_expired")
    return len(overdue)
