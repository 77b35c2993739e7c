"""Submitting jobs: the chain that leads to publication, and the extras beside it."""

from math import ceil

from chalicelib.media.reporting import work_limit
from chalicelib.platform import ids, outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.queues import MOST_DELAY_SECONDS
from chalicelib.videos import documents, jobs, sources, timeline
from chalicelib.videos.models import CHAIN, Job, Stage, Step, Video
from chalicelib.videos.sources import Source

UPLOADING_SECONDS = 60  # of a job's budget, beside what ffmpeg may take
_FAST = frozenset({Step.PREVIEW, Step.COVER})


def submit_chain(context: Context, transaction: Connection, video: Video, attempt: int) -> None:
    """Submit what comes next on the way to publication, with a preview when it can be made.

    To be called in the transaction that opened the attempt.
    """
    source = sources.find_source(context, transaction, video)
    if source is None:
        submit(context, transaction, video, Step.RENDER, attempt=attempt)
        return
    submit(context, transaction, video, Step.FULL, attempt=attempt, source=source)
    if video.preview is None:
        submit(context, transaction, video, Step.PREVIEW, attempt=1, source=source)


def submit(
    context: Context,
    transaction: Connection,
    video: Video,
    step: Step,
    *,
    attempt: int,
    source: Source | None = None,
) -> None:
    """Submit the job of a step, in the caller's transaction; a repeat is the same job."""
    if source is None and step is not Step.RENDER:
        source = sources.find_source(context, transaction, video)
    job_id = ids.public_id()
    document = documents.build(context, video, step, attempt=attempt, job_id=job_id, source=source)
    job = Job(
        id=job_id,
        video_row_id=video.row_id,
        video_id=video.id,
        generation=video.generation,
        step=step,
        attempt=attempt,
        status="submitted",
        document=document,
    )
    now = context.clock.now()
    duration_ms = source.duration_ms if source else video.duration_ms or 0
    budget = int(work_limit(duration_ms)) + UPLOADING_SECONDS
    token = documents.token(video, step, attempt)
    if jobs.insert_job(transaction, job, token=token, budget_seconds=budget, now=now):
        send(context, transaction, job)
    if step in CHAIN:
        timeline.begin(transaction, video, [Stage.TRANSCODE], now)


def send(context: Context, transaction: Connection, job: Job) -> None:
    """Send a job to its lane, so that short work doesn't wait behind long work."""
    outbox.store(transaction, _lane(context, job), {"job_id": job.id})


def send_later(context: Context, job: Job, seconds: float) -> None:
    """Send a job to its lane again, to be taken up after a while, 15 minutes at most."""
    delay = min(MOST_DELAY_SECONDS, ceil(seconds))
    context.queues.send(_lane(context, job), {"job_id": job.id}, delay_seconds=delay)


def _lane(context: Context, job: Job) -> str:
    settings = context.settings
    if job.step in _FAST:
        return settings.fast_queue_url
    return settings.background_queue_url if job.step is Step.AV1 else settings.transcode_queue_url
