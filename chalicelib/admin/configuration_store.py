"""SQL of the configuration's versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.admin.models import Version
from chalicelib.platform.database import Connection

_VERSION = """
    SELECT c.version AS number, c.settings AS changed, u.public_id AS changed_by, c.reason,
           c.created_at
    FROM configuration c LEFT JOIN users u ON u.id = c.changed_by
"""


def last(transaction: Connection) -> Version:
    """Return the version in force; 0 is the one that nobody has changed yet."""
    row = transaction.execute(_VERSION + "ORDER BY c.version DESC LIMIT 1").fetchone()
    return Version(**row) if row else Version(0, {}, None, "", None)


def find(transaction: Connection, number: int) -> Version | None:
    """Return a version."""
    if number == 0:
        return Version(0, {}, None, "", None)
    row = transaction.execute(_VERSION + "WHERE c.version = %s", (number,)).fetchone()
    return Version(**row) if row else None


def list_versions(transaction: Connection, *, before: int | None, limit: int) -> list[Version]:
    """Return versions, the last first."""
    rows = transaction.execute(
        _VERSION + "WHERE %(before)s::bigint IS NULL OR c.version < %(before)s"
        " ORDER BY c.version DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    ).fetchall()
    return [Version(**row) for row in rows]


def hold(transaction: Connection) -> None:
    """Let only one transaction at a time make a version."""
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('configuration', 0))")


def insert(
    transaction: Connection,
    number: int,
    settings: Mapping[str, Any],
    *,
    by: int,
    reason: str,
    now: datetime,
) -> None:
    """Keep a version."""
    transaction.execute(
        "INSERT INTO configuration (version, settings, changed_by, reason, created_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (number, Jsonb(dict(settings)), by, reason, now),
    )
