"""SQL of the archive: which videos are due for which step, and that a step is done."""

from datetime import datetime
from typing import Any

from psycopg import sql

from chalicelib.platform.database import Connection

# What tells what a video was, and is taken out of its row when nothing of it is kept any more.
BLANKS = {
    "description": "''",
    "hashtags": "'{}'",
    "mentions": "'{}'",
    "labels": "'{}'",
    "filename": "''",
    "probe": "NULL",
    "effects": "NULL",
    "playback": "NULL",
    "preview": "NULL",
    "cover": "NULL",
    "upload_id": "NULL",
    "sha256": "NULL",
    "promised_sha256": "NULL",
    "status": "'purged'",
}
TO_ARCHIVE = "status = 'deleted'"
TO_CLEAR = "status = 'archived' AND cleared_at IS NULL"
TO_PURGE = "status = 'archived' AND retain_until <= %(now)s AND NOT legal_hold"
TO_EMPTY = "purged_at IS NOT NULL AND emptied_at IS NULL"


def count_due(transaction: Connection, condition: str, now: datetime) -> int:
    """Return for how many videos a step is due."""
    row = transaction.execute(
        f"SELECT count(*) AS n FROM videos WHERE {condition}",  # noqa: S608 - constants
        {"now": now},
    ).fetchone()
    return int(row["n"]) if row else 0


def find_due(
    transaction: Connection, condition: str, now: datetime, *, after: int, limit: int
) -> list[tuple[int, str]]:
    """Return row and public ids of videos for which a step is due, after a row id."""
    rows = transaction.execute(
        f"SELECT id, public_id FROM videos WHERE {condition}"  # noqa: S608 - constants
        " AND id > %(after)s ORDER BY id LIMIT %(limit)s",
        {"now": now, "after": after, "limit": limit},
    ).fetchall()
    return [(row["id"], row["public_id"]) for row in rows]


def describe(transaction: Connection, row_id: int) -> dict[str, Any]:
    """Return what has to be known to bring a video back, as JSON would have it."""
    row = transaction.execute(
        "SELECT jsonb_build_object('deleted_at', v.changed_at, 'deleted_by', d.public_id,"
        " 'reason', v.delete_reason, 'retain_until', v.retain_until,"
        " 'status_before', v.status_before, 'visibility', v.visibility,"
        " 'creator_id', u.public_id, 'generation', v.generation, 'attempt', v.attempt,"
        " 'description', v.description, 'playback', v.playback, 'cover', v.cover) AS said"
        " FROM videos v JOIN users u ON u.id = v.creator_id"
        " LEFT JOIN users d ON d.id = v.deleted_by WHERE v.id = %s",
        (row_id,),
    ).fetchone()
    assert row is not None  # noqa: S101 - the caller holds it
    said: dict[str, Any] = row["said"]
    return said


def mark_archived(transaction: Connection, row_id: int, now: datetime) -> bool:
    """Note that a deleted video's files are in the archive. Returns whether it was deleted."""
    return bool(
        transaction.execute(
            "UPDATE videos SET status = 'archived', archived_at = %s, cleared_at = NULL"
            " WHERE id = %s AND status = 'deleted'",
            (now, row_id),
        ).rowcount
    )


def set_cleared(transaction: Connection, row_id: int, at: datetime | None) -> None:
    """Note that an archived video's files are nowhere else, or that they may be."""
    transaction.execute(
        "UPDATE videos SET cleared_at = %s WHERE id = %s AND status = 'archived'", (at, row_id)
    )


def mark_purged(transaction: Connection, row_id: int, now: datetime) -> bool:
    """End an archived video whose time is over. Returns whether it was one, and not held."""
    blanks = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.SQL(value))
        for name, value in BLANKS.items()
    )
    purged = transaction.execute(
        sql.SQL("UPDATE videos SET {}, purged_at = %(now)s WHERE id = %(id)s AND {}").format(
            blanks, sql.SQL(TO_PURGE)
        ),
        {"now": now, "id": row_id},
    ).rowcount
    for table in ("video_hashes", "video_duplicates") if purged else ():
        transaction.execute(
            sql.SQL("DELETE FROM {} WHERE video_id = %s").format(sql.Identifier(table)), (row_id,)
        )
    return bool(purged)


def set_emptied(transaction: Connection, row_id: int, now: datetime) -> None:
    """Note that nothing is left of a purged video's files."""
    transaction.execute("UPDATE videos SET emptied_at = %s WHERE id = %s", (now, row_id))
