"""Jobs that administrators start by hand, and schedules by the clock; each leaves its figures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from chalicelib.accounts.models import Session
from chalicelib.admin import job_store
from chalicelib.admin.models import Interrupted, Job, JobName, JobState, Task, Work
from chalicelib.analytics import rolling
from chalicelib.feed import preparing, ranker_training, training
from chalicelib.moderation import audit_checks
from chalicelib.platform import audit, ids, outbox
from chalicelib.platform.context import Context
from chalicelib.platform.errors import FieldError, Problem, not_found
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import backing_up, integrity, recounting, replaying, retention
from chalicelib.videos import archiving

PARAMS = {JobName.REPLAY: frozenset({"from", "until"})}
LEASE = timedelta(minutes=15)  # a function runs no longer
GIVEN_UP = timedelta(minutes=70)  # after four times as long a message goes to the dead letters


def start(
    context: Context,
    name: str,
    *,
    dry_run: bool,
    params: Mapping[str, Any] = MappingProxyType({}),
    session: Session | None = None,
) -> Job:
    """Have a job done soon. Raises Problem `not_found` for one that there isn't.

    Also `validation_failed` for parameters that it doesn't take.
    """
    if name not in set(JobName):
        raise not_found("job")
    if unknown := sorted(params.keys() - PARAMS.get(JobName(name), frozenset())):
        errors = [
            FieldError(f"/params/{one}", "unknown_field", "Not for this job.") for one in unknown
        ]
        raise Problem("validation_failed", f"{name} takes no {unknown[0]}.", errors=errors)
    public_id = ids.public_id()
    now = context.clock.now()
    with context.database.transaction() as transaction:
        by = session.user_row_id if session else None
        job_store.insert_job(
            transaction, public_id, JobName(name), dry_run=dry_run, params=params, by=by, now=now
        )
        outbox.store(transaction, context.settings.admin_jobs_queue_url, {"job": public_id})
        if session:
            detail = {"name": name, "dry_run": dry_run, "params": dict(params)}
            audit.append(
                context,
                transaction,
                session,
                action="job",
                target=f"job:{public_id}",
                detail=detail,
            )
    return find(context, public_id)


def find(context: Context, public_id: str) -> Job:
    """Return a job. Raises Problem `not_found`."""
    with context.database.transaction() as transaction:
        job = job_store.find_job(transaction, public_id)
    if job is None:
        raise not_found("job")
    died = context.clock.now() - GIVEN_UP
    if job.state is JobState.RUNNING and job.started_at and job.started_at < died:
        return replace(job, state=JobState.FAILED, error="The worker died; start the job anew.")
    return job


def run(context: Context, public_id: str) -> None:
    """Do a job, once; what goes wrong is kept with it, to be read and started anew by hand.

    If the process dies, the message comes again and the job begins anew, or where it had got to.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        job = job_store.claim(transaction, public_id, now, LEASE)
    if job is None:
        logger.info("job_not_due", extra={"job": public_id})
        return
    logger.info("job_started", extra={"job": job.id, "job_name": job.name})

    def reach(percent: int, reached: Mapping[str, Any]) -> None:
        with context.database.transaction() as transaction:
            job_store.set_reached(transaction, job.id, percent, reached)

    try:
        result = WORK[job.name](context, Task(job.dry_run, job.params, job.reached, reach))
    except Interrupted:
        logger.info("job_interrupted", extra={"job": job.id, "job_name": job.name})
        with context.database.transaction() as transaction:
            job_store.put_back(transaction, job.id)
            outbox.store(transaction, context.settings.admin_jobs_queue_url, {"job": job.id})
        return
    except Exception as error:
        logger.exception("job_failed", extra={"job": job.id, "job_name": job.name})
        count("AdminJobFailed")
        reason = f"{type(error).__name__}: {error}"
        with context.database.transaction() as transaction:
            job_store.end_job(
                transaction, job.id, JobState.FAILED, error=reason, now=context.clock.now()
            )
        return
    with context.database.transaction() as transaction:
        job_store.end_job(
            transaction, job.id, JobState.DONE, result=result, now=context.clock.now()
        )
    logger.info("job_done", extra={"job": job.id, "job_name": job.name, **result})


def _train(context: Context, task: Task) -> Mapping[str, Any]:
    if task.dry_run:
        return training.describe(context)
    items = training.train(context)
    task.tell(80)
    return {"items": items, "ranker": ranker_training.train(context)}


def _backfill_user_embeddings(context: Context, task: Task) -> Mapping[str, Any]:
    return preparing.backfill(context, dry_run=task.dry_run, tell=task.tell)


def _retain(context: Context, task: Task) -> Mapping[str, Any]:
    return retention.run(context, dry_run=task.dry_run, tell=task.tell)


def _archive(context: Context, task: Task) -> Mapping[str, Any]:
    return archiving.run(context, dry_run=task.dry_run, tell=task.tell)


def _check_integrity(context: Context, task: Task) -> Mapping[str, Any]:
    return integrity.check(context, repair=not task.dry_run, tell=task.tell)


def _back_up(context: Context, task: Task) -> Mapping[str, Any]:
    return backing_up.back_up(context, dry_run=task.dry_run, tell=task.tell)


def _seal_audit(context: Context, task: Task) -> Mapping[str, Any]:
    return {"entries": 0 if task.dry_run else audit_checks.seal(context)}


def _recount(context: Context, task: Task) -> Mapping[str, Any]:
    return recounting.recount(context, repair=not task.dry_run)


def _roll_up(context: Context, task: Task) -> Mapping[str, Any]:
    if task.dry_run:
        return {"lag_seconds": rolling.lag_seconds(context)}
    return rolling.roll(context)


def _replay(context: Context, task: Task) -> Mapping[str, Any]:
    try:
        found = replaying.replay(
            context,
            params=task.params,
            reached=task.reached,
            keep=task.reach,
            dry_run=task.dry_run,
        )
    except replaying.TimeOver as over:
        raise Interrupted from over
    return found if task.dry_run else {**found, "rolled_up": rolling.roll(context)["marks"]}


WORK: Mapping[JobName, Work] = {
    JobName.TRAIN: _train,
    JobName.RETENTION: _retain,
    JobName.ARCHIVE: _archive,
    JobName.BACKUP: _back_up,
    JobName.INTEGRITY: _check_integrity,
    JobName.SEAL_AUDIT: _seal_audit,
    JobName.RECOUNT: _recount,
    JobName.ROLL_UP: _roll_up,
    JobName.REPLAY: _replay,
    JobName.BACKFILL_USER_EMBEDDINGS: _backfill_user_embeddings,
}
