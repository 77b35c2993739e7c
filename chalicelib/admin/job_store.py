"""SQL of jobs that administrators and schedules start."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.admin.models import Job, JobName, JobState
from chalicelib.platform.database import Connection

_COLUMNS = (
    "public_id AS id, name, state, dry_run, params, reached, percent, result, error, created_at,"
    " started_at, ended_at"
)


def insert_job(
    transaction: Connection,
    public_id: str,
    name: JobName,
    *,
    dry_run: bool,
    params: Mapping[str, Any],
    by: int | None,
    now: datetime,
) -> None:
    """Note a job that is to be done; `by` is the row id of who started it, if somebody did."""
    transaction.execute(
        "INSERT INTO admin_jobs (public_id, name, dry_run, params, created_by, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (public_id, name, dry_run, Jsonb(dict(params)), by, now),
    )


def find_job(transaction: Connection, public_id: str) -> Job | None:
    """Return a job."""
    row = transaction.execute(
        f"SELECT {_COLUMNS} FROM admin_jobs WHERE public_id = %s",  # noqa: S608 - constants
        (public_id,),
    ).fetchone()
    return _job(row) if row else None


def claim(transaction: Connection, public_id: str, now: datetime, lease: timedelta) -> Job | None:
    """Begin a job that waits, or one whose worker must have died. None for any other."""
    row = transaction.execute(
        "UPDATE admin_jobs SET state = 'running', started_at = %(now)s WHERE public_id = %(id)s"
        " AND (state = 'queued' OR (state = 'running' AND started_at < %(dead)s)) RETURNING id",
        {"id": public_id, "now": now, "dead": now - lease},
    ).fetchone()
    return find_job(transaction, public_id) if row else None


def set_reached(
    transaction: Connection, public_id: str, percent: int, reached: Mapping[str, Any]
) -> None:
    """Note how far a job is, and from where on it goes on; where that isn't said, it stays."""
    transaction.execute(
        "UPDATE admin_jobs SET percent = %s, reached = coalesce(%s, reached)"
        " WHERE public_id = %s AND state = 'running'",
        (percent, Jsonb(dict(reached)) if reached else None, public_id),
    )


def put_back(transaction: Connection, public_id: str) -> None:
    """Let a job that was interrupted wait to go on."""
    transaction.execute(
        "UPDATE admin_jobs SET state = 'queued' WHERE public_id = %s AND state = 'running'",
        (public_id,),
    )


def end_job(
    transaction: Connection,
    public_id: str,
    state: JobState,
    *,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
    now: datetime,
) -> None:
    """Note what came of a job."""
    transaction.execute(
        "UPDATE admin_jobs SET state = %(state)s, result = %(result)s, error = %(error)s,"
        " ended_at = %(now)s, percent = CASE WHEN %(state)s = 'done' THEN 100 ELSE percent END"
        " WHERE public_id = %(id)s AND state = 'running'",
        {
            "id": public_id, "state": state, "error": error, "now": now,
            "result": None if result is None else Jsonb(dict(result)),
        },
    )  # fmt: skip


def last_done(transaction: Connection, name: str) -> datetime | None:
    """Return when a job of this name was last done."""
    row = transaction.execute(
        "SELECT max(ended_at) AS at FROM admin_jobs WHERE name = %s AND state = 'done'", (name,)
    ).fetchone()
    return row["at"] if row else None


def read_outbox(transaction: Connection) -> tuple[int, datetime | None]:
    """Return how many messages wait to be sent, and since when the first of them."""
    row = transaction.execute("SELECT count(*) AS n, min(created_at) AS at FROM outbox").fetchone()
    return (row["n"], row["at"]) if row else (0, None)


def read_feed_tended(transaction: Connection) -> datetime | None:
    """Return up to when what people watched is in the feed's figures."""
    row = transaction.execute("SELECT max(counted_until) AS at FROM watch_histograms").fetchone()
    return row["at"] if row else None


def _job(row: Mapping[str, Any]) -> Job:
    return Job(**{**row, "name": JobName(row["name"]), "state": JobState(row["state"])})
