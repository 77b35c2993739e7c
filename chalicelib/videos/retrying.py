"""A retry by hand of what failed: only what is missing is done again."""

from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count
from chalicelib.videos import arrival, jobs, sending, submission, timeline, transitions
from chalicelib.videos.models import Stage, Status, Step, Video

_FINISHING = (Stage.THUMBNAILS, Stage.AUDIO, Stage.FINGERPRINT)


def retry(context: Context, video: Video) -> None:
    """Take a failed video up where it stopped. Raises Problem `not_retryable`."""
    if video.status is not Status.FAILED:
        detail = f"Only what failed on our side can be tried again; this is {video.status}."
        raise Problem("not_retryable", detail)
    if not sending.is_here(context, video):
        raise Problem("not_retryable", "The file is no longer here; upload it again.")
    with context.database.transaction() as transaction:
        _retry(context, transaction, video)
    count("RetriedByHand")
    outbox.relay_quietly(context.database, context.queues)


def _retry(context: Context, transaction: Connection, video: Video) -> None:
    now = context.clock.now()
    status = Status.UPLOADED if video.probe is None else Status.PROCESSING
    if not transitions.reopen(transaction, video.row_id, status=status, now=now):
        raise Problem("not_retryable", "Somebody is trying it again already.")
    if video.probe is None:
        timeline.begin(transaction, video, [Stage.VALIDATE], now)
        arrival.announce(context, transaction, video)
        return
    made = jobs.find_latest(transaction, video.row_id, video.generation, Step.FULL)
    if made is not None and made.status == "complete" and made.attempt == video.attempt:
        timeline.begin(transaction, video, _FINISHING, now)
        jobs.renew(transaction, made.id, now)
        outbox.store(transaction, context.settings.finish_queue_url, {"job_id": made.id})
    elif transitions.mark_retried(transaction, video.row_id, video.attempt, now):
        submission.submit_chain(context, transaction, video, video.attempt + 1)
