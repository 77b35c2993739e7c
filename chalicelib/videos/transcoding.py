"""Doing a job: by our own worker in this process, or by handing it to MediaConvert."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.media.events import REFUSED, Reporter
from chalicelib.media.render import run_render
from chalicelib.media.worker import run_job
from chalicelib.platform.breaker import Breaker, BreakerOpen, guard
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.platform.mediaconvert import JobRejected
from chalicelib.platform.observability import logger
from chalicelib.platform.queues import EventRefused
from chalicelib.platform.retries import POLICY
from chalicelib.platform.scratch import scratch_folder
from chalicelib.platform.settings import Transcoder
from chalicelib.videos import jobs, submission
from chalicelib.videos.models import Job, Step

SOURCE = "clipwave.transcoder"  # AWS keeps sources that begin with "aws." to itself
DETAIL_TYPE = "MediaConvert Job State Change"
ENDS = frozenset({"COMPLETE", "ERROR"})
_HANDED_OVER = frozenset({Step.FULL, Step.AV1})  # the service takes longer to start than the rest


def work(context: Context, job_id: str, *, comes_again: bool = False) -> None:
    """Do a submitted job; a job that somebody has already is left alone.

    While transcoding keeps failing, jobs wait in their lanes until the breaker lets one through.

    Parameters
    ----------
    comes_again: whether the message does after a failure; if so, the job can be claimed anew then.
    """
    with context.database.transaction() as transaction:
        waiting = jobs.find_job(transaction, job_id)
    if waiting is None:
        logger.info("job_unknown", extra={"job": job_id})
        return
    try:
        with guard(context, Breaker.TRANSCODING):
            _work(context, waiting, comes_again)
    except BreakerOpen as refusal:
        submission.send_later(context, waiting, refusal.wait_seconds)
        logger.info("job_postponed", extra={"job": job_id, "seconds": refusal.wait_seconds})


def _work(context: Context, waiting: Job, comes_again: bool) -> None:
    if context.settings.transcoder is Transcoder.MEDIACONVERT and waiting.step in _HANDED_OVER:
        _hand_over(context, waiting)
    else:
        _work_here(context, waiting.id, comes_again)


def _hand_over(context: Context, job: Job) -> None:
    """Give a job to MediaConvert. After a crash in between, the same token is the same job."""
    if job.status != "submitted":
        logger.info("job_not_free", extra={"job": job.id})
        return
    try:
        external_id = context.mediaconvert.create_job(job.document)
    except JobRejected as error:
        metadata = job.document["UserMetadata"]
        reporter = Reporter(job.id, str(job.document.get("Queue")), metadata)
        _report(context, reporter.error(REFUSED, str(error)))
        return
    with context.database.transaction() as transaction:
        jobs.hand_over(transaction, job.id, external_id, context.clock.now())


def _work_here(context: Context, job_id: str, comes_again: bool) -> None:
    with context.database.transaction() as transaction:
        job = jobs.claim_job(transaction, job_id, context.clock.now())
    if job is None:
        logger.info("job_not_free", extra={"job": job_id})
        return
    try:
        _do(context, job)
    except EventRefused:
        raise  # the end may have been heard: what was made must stay as it is
    except Exception:
        if comes_again:
            _release(context, job)
        raise


def _do(context: Context, job: Job) -> None:
    run = run_render if job.step is Step.RENDER else run_job
    with scratch_folder("transcode") as scratch:
        run(
            job.id,
            dict(job.document),
            store=context.storage,
            emit=lambda detail: _report(context, detail),
            scratch=scratch,
            ffmpeg=Path(context.settings.ffmpeg_path),
        )


def _release(context: Context, job: Job) -> None:
    """Give a job back; what can't be, the sweep takes up for its silence."""
    with suppress(Problem), context.database.transaction() as transaction:
        jobs.release_job(transaction, job.id)


def _report(context: Context, detail: Mapping[str, Any]) -> None:
    """Send a report. One that is lost on the way costs nothing unless it was the last one."""
    put = partial(context.events.put, SOURCE, DETAIL_TYPE, detail)
    if detail["status"] in ENDS:
        POLICY.call(put)
        return
    try:
        put()
    except EventRefused as error:
        logger.warning("report_lost", extra={"job": detail["jobId"], "reason": str(error)})
