"""SQL about transcoding jobs: submitted, claimed by one worker, alive by heartbeat, ended once."""

from datetime import datetime

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection
from chalicelib.videos.models import Job

_JOB = """
    SELECT j.id, j.video_id AS video_row_id, v.public_id AS video_id, j.generation, j.attempt,
           j.status::text AS status, j.document
    FROM media_jobs j JOIN videos v ON v.id = j.video_id
"""


def insert_job(
    transaction: Connection, job: Job, *, token: str, budget_seconds: int, now: datetime
) -> bool:
    """Keep a job to be done. The same token is the same job: returns whether it is a new one."""
    cursor = transaction.execute(
        "INSERT INTO media_jobs (id, token, video_id, generation, attempt, document,"
        " budget_seconds, heartbeat_at, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (token) DO NOTHING",
        (
            job.id, token, job.video_row_id, job.generation, job.attempt,
            Jsonb(job.document), budget_seconds, now, now,
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


def find_job(transaction: Connection, job_id: str) -> Job | None:
    """Return one job."""
    row = transaction.execute(_JOB + "WHERE j.id = %s", (job_id,)).fetchone()
    return None if row is None else Job(**row)


def note_progress(transaction: Connection, job_id: str, percent: int, now: datetime) -> bool:
    """Record a sign of life. Returns whether the job is still under way."""
    cursor = transaction.execute(
        "UPDATE media_jobs SET percent = greatest(percent, %s), status = 'progressing',"
        " heartbeat_at = %s WHERE id = %s AND status IN ('submitted', 'progressing')",
        (percent, now, job_id),
    )
    return cursor.rowcount == 1


def end_job(
    transaction: Connection, job_id: str, status: str, now: datetime, message: str | None = None
) -> bool:
    """End a job. Returns whether it was still under way, so that an end has effect once."""
    cursor = transaction.execute(
        "UPDATE media_jobs SET status = %s, ended_at = %s, error_message = %s"
        " WHERE id = %s AND status IN ('submitted', 'progressing')",
        (status, now, message, job_id),
    )
    return cursor.rowcount == 1


def find_stalled(
    transaction: Connection, *, now: datetime, silent_since: datetime, limit: int
) -> list[Job]:
    """Return jobs that nobody works on any more, oldest first.

    A started job is stalled without a sign of life since `silent_since`, or past its deadline.
    A waiting one is stalled only if no job at all moved since then: a long queue is no defect.
    """
    rows = transaction.execute(
        _JOB + "WHERE (j.status = 'progressing'"
        "   AND (j.heartbeat_at < %(silent)s OR j.deadline_at < %(now)s))"
        " OR (j.status = 'submitted' AND j.created_at < %(silent)s AND NOT EXISTS ("
        "   SELECT FROM media_jobs m WHERE m.started_at IS NOT NULL"
        "   AND greatest(m.heartbeat_at, m.ended_at) >= %(silent)s))"
        " ORDER BY j.created_at LIMIT %(limit)s",
        {"now": now, "silent": silent_since, "limit": limit},
    ).fetchall()
    return [Job(**row) for row in rows]
