"""SQL about jobs: submitted, claimed by one worker, alive by heartbeat, ended once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection
from chalicelib.videos.models import Job, Step

_JOB = """
    SELECT j.id, j.video_id AS video_row_id, v.public_id AS video_id, j.generation, j.step,
           j.attempt, j.status::text AS status, j.document, j.external_id, j.outputs
    FROM media_jobs j JOIN videos v ON v.id = j.video_id
"""


def insert_job(
    transaction: Connection, job: Job, *, token: str, budget_seconds: int, now: datetime
) -> bool:
    """Keep a job to be done. The same token is the same job: returns whether it is a new one."""
    cursor = transaction.execute(
        "INSERT INTO media_jobs (id, token, video_id, generation, step, attempt, document,"
        " budget_seconds, heartbeat_at, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (token) DO NOTHING",
        (
            job.id, token, job.video_row_id, job.generation, job.step, job.attempt,
            Jsonb(dict(job.document)), budget_seconds, now, now,
        ),
    )  # fmt: skip
    return cursor.rowcount == 1


def claim_job(transaction: Connection, job_id: str, now: datetime) -> Job | None:
    """Take a job for work. None when it is taken, ended or superseded already."""
    row = transaction.execute(
        "UPDATE media_jobs SET status = 'progressing', started_at = %(now)s,"
        " heartbeat_at = %(now)s, deadline_at = %(now)s + make_interval(secs => budget_seconds)"
        " WHERE id = %(id)s AND status = 'submitted' RETURNING id",
        {"now": now, "id": job_id},
    ).fetchone()
    return None if row is None else find_job(transaction, job_id)


def release_job(transaction: Connection, job_id: str) -> None:
    """Give back a job whose work was broken off, so that it can be claimed again."""
    transaction.execute(
        "UPDATE media_jobs SET status = 'submitted', started_at = NULL, deadline_at = NULL"
        " WHERE id = %s AND status = 'progressing' AND external_id IS NULL",
        (job_id,),
    )


def hand_over(transaction: Connection, job_id: str, external_id: str, now: datetime) -> None:
    """Note that MediaConvert does a job; it has no deadline of ours."""
    transaction.execute(
        "UPDATE media_jobs SET status = 'progressing', external_id = %s, heartbeat_at = %s,"
        " started_at = coalesce(started_at, %s) WHERE id = %s AND status = 'submitted'",
        (external_id, now, now, job_id),
    )


def find_job(transaction: Connection, job_id: str) -> Job | None:
    """Return one job."""
    row = transaction.execute(_JOB + "WHERE j.id = %s", (job_id,)).fetchone()
    return None if row is None else _job(row)


def find_latest(
    transaction: Connection, video_row_id: int, generation: int, step: Step
) -> Job | None:
    """Return the last job of a step, of whatever state."""
    row = transaction.execute(
        _JOB + "WHERE j.video_id = %s AND j.generation = %s AND j.step = %s"
        " ORDER BY j.attempt DESC, j.created_at DESC LIMIT 1",
        (video_row_id, generation, step),
    ).fetchone()
    return None if row is None else _job(row)


def note_progress(transaction: Connection, job_id: str, percent: int, now: datetime) -> bool:
    """Record a sign of life. Returns whether the job is still under way."""
    cursor = transaction.execute(
        "UPDATE media_jobs SET percent = greatest(percent, %s), status = 'progressing',"
        " heartbeat_at = %s, started_at = coalesce(started_at, %s) WHERE id = %s"
        " AND status IN ('submitted', 'progressing')",
        (percent, now, now, job_id),
    )
    return cursor.rowcount == 1


def complete_job(
    transaction: Connection, job_id: str, outputs: Mapping[str, Any], now: datetime
) -> bool:
    """End a job with what it made. Returns whether it was still under way."""
    cursor = transaction.execute(
        "UPDATE media_jobs SET status = 'complete', percent = 100, outputs = %s, ended_at = %s"
        " WHERE id = %s AND status IN ('submitted', 'progressing')",
        (Jsonb(dict(outputs)), now, job_id),
    )
    return cursor.rowcount == 1


def renew(transaction: Connection, job_id: str, now: datetime) -> None:
    """Let what a complete job made be taken up once more, as if it had just been made."""
    transaction.execute(
        "UPDATE media_jobs SET ended_at = %s WHERE id = %s AND status = 'complete'", (now, job_id)
    )


def end_job(
    transaction: Connection, job_id: str, status: str, now: datetime, message: str | None = None
) -> bool:
    """End a job without a use. Returns whether it was under way, or complete but not used yet."""
    cursor = transaction.execute(
        "UPDATE media_jobs SET status = %s, ended_at = %s, error_message = %s"
        " WHERE id = %s AND status IN ('submitted', 'progressing', 'complete')",
        (status, now, message, job_id),
    )
    return cursor.rowcount == 1


def end_all(transaction: Connection, video_row_id: int, now: datetime) -> None:
    """End every job of a video that nobody waits for any more."""
    transaction.execute(
        "UPDATE media_jobs SET status = 'superseded', ended_at = %s"
        " WHERE video_id = %s AND status IN ('submitted', 'progressing')",
        (now, video_row_id),
    )


def queue_position(transaction: Connection, video_row_id: int, generation: int) -> int | None:
    """Return how many jobs of the chain will be done before this video's; None once it began."""
    row = transaction.execute(
        "SELECT (SELECT count(*) FROM media_jobs o WHERE o.step IN ('render', 'full')"
        "   AND o.status IN ('submitted', 'progressing') AND o.created_at < j.created_at) AS ahead"
        " FROM media_jobs j WHERE j.video_id = %s AND j.generation = %s"
        " AND j.step IN ('render', 'full') AND j.status = 'submitted'"
        " ORDER BY j.created_at LIMIT 1",
        (video_row_id, generation),
    ).fetchone()
    return None if row is None else int(row["ahead"])


def find_silent(
    transaction: Connection, *, now: datetime, silent_since: datetime, limit: int
) -> list[Job]:
    """Return jobs that were begun and show no sign of life, or are past their deadline."""
    rows = transaction.execute(
        _JOB + "WHERE j.status = 'progressing'"
        " AND (j.heartbeat_at < %s OR j.deadline_at < %s) ORDER BY j.created_at LIMIT %s",
        (silent_since, now, limit),
    ).fetchall()
    return [_job(row) for row in rows]


def find_waiting(transaction: Connection, *, silent_since: datetime, limit: int) -> list[Job]:
    """Return jobs whose message may be lost: waiting since before a moment while none moved.

    A long queue is no defect: where jobs begin or end, the others are waiting for their turn.
    """
    rows = transaction.execute(
        _JOB + "WHERE j.status = 'submitted' AND j.created_at < %(silent)s AND NOT EXISTS ("
        "   SELECT FROM media_jobs m WHERE m.started_at IS NOT NULL"
        "   AND greatest(m.heartbeat_at, m.ended_at) >= %(silent)s)"
        " ORDER BY j.created_at LIMIT %(limit)s",
        {"silent": silent_since, "limit": limit},
    ).fetchall()
    return [_job(row) for row in rows]


def find_unfinished(transaction: Connection, *, ended_before: datetime, limit: int) -> list[Job]:
    """Return complete full jobs whose videos aren't published yet, long after."""
    rows = transaction.execute(
        _JOB + "WHERE j.status = 'complete' AND j.step = 'full' AND j.ended_at < %s"
        " AND v.status = 'processing' AND v.attempt = j.attempt AND v.generation = j.generation"
        " ORDER BY j.ended_at LIMIT %s",
        (ended_before, limit),
    ).fetchall()
    return [_job(row) for row in rows]


def _job(row: dict[str, Any]) -> Job:
    return Job(**{**row, "step": Step(row["step"])})
