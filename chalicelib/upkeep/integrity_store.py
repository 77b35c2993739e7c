"""SQL of problems that there shouldn't be: where they are, and what sets them right."""

# ruff: noqa: S608 - statements are put together from constants of this module

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from chalicelib.platform.database import Connection

TIMEOUT = "5min"
SAMPLES = 20


@dataclass(frozen=True)
class Problem:
    """What can be said in SQL: `find` selects `id`, `repair` ends it, safe to repeat.

    Both know `%(now)s`.
    """

    name: str
    find: str
    repair: str


_GONE = (
    "NOT EXISTS (SELECT FROM users u WHERE u.id = h.user_id)"
    " OR NOT EXISTS (SELECT FROM videos v WHERE v.id = h.video_id)"
)
_PURGED = (
    "FROM comments c JOIN videos v ON v.id = c.video_id"
    " WHERE v.status = 'purged' AND c.deleted_at IS NULL"
)
_STUCK = (
    "p.state = 'running' AND p.started_at < %(now)s - interval '1 hour'"
    " AND v.status NOT IN ('uploaded', 'processing')"
)
_BANNED = "u.banned_at IS NOT NULL AND (u.banned_until IS NULL OR u.banned_until > %(now)s)"
_COPIES = """
    FROM videos v JOIN videos o ON o.sha256 = v.sha256 AND o.id < v.id
        AND o.creator_id <> v.creator_id AND o.status = 'published'
    WHERE v.status = 'published' AND NOT EXISTS (
        SELECT FROM video_duplicates d WHERE d.video_id = v.id AND d.of_video_id = o.id)
"""
_SILENT = (
    "s.public AND NOT EXISTS (SELECT FROM videos v WHERE v.sound_id = s.id"
    " AND v.status <> 'purged') AND NOT EXISTS (SELECT FROM videos v WHERE v.id = s.video_id"
    " AND v.status <> 'purged')"
)
_UNPLAYABLE = (
    "status = 'published' AND NOT held AND (playback IS NULL OR playback->>'hls_key' IS NULL)"
)
_UNCOUNTED = "FROM videos v WHERE NOT EXISTS (SELECT FROM video_stats s WHERE s.video_id = v.id)"

PROBLEMS = (
    Problem(
        "orphaned_watch_history",
        f"SELECT h.impression_id::text AS id FROM watch_history h WHERE {_GONE}",
        f"DELETE FROM watch_history h WHERE {_GONE}",
    ),
    Problem(
        "orphaned_comments",
        f"SELECT c.public_id AS id {_PURGED}",
        f"UPDATE comments SET deleted_at = %(now)s WHERE id IN (SELECT c.id {_PURGED})",
    ),
    Problem(
        "stuck_stages",
        "SELECT v.public_id || ' ' || p.name AS id FROM processing_stages p"
        f" JOIN videos v ON v.id = p.video_id WHERE {_STUCK}",
        "UPDATE processing_stages p SET state = 'failed', ended_at = %(now)s FROM videos v"
        f" WHERE v.id = p.video_id AND {_STUCK}",
    ),
    Problem(
        "sessions_of_banned",
        "SELECT s.public_id AS id FROM sessions s JOIN users u ON u.id = s.user_id"
        f" WHERE {_BANNED}",
        f"DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND {_BANNED}",
    ),
    Problem(
        "duplicate_fingerprints",
        f"SELECT v.public_id AS id {_COPIES}",
        "INSERT INTO video_duplicates (video_id, of_video_id, score, created_at)"
        f" SELECT v.id, o.id, 1, %(now)s {_COPIES} ON CONFLICT DO NOTHING",
    ),
    Problem(
        "sounds_without_videos",
        f"SELECT s.public_id AS id FROM sounds s WHERE {_SILENT}",
        f"UPDATE sounds s SET public = false WHERE {_SILENT}",
    ),
    Problem(
        "published_without_playlist",
        f"SELECT public_id AS id FROM videos WHERE {_UNPLAYABLE}",
        f"UPDATE videos SET held = true WHERE {_UNPLAYABLE}",
    ),
    Problem(
        "videos_without_counts",
        f"SELECT v.public_id AS id {_UNCOUNTED}",
        f"INSERT INTO video_stats (video_id) SELECT v.id {_UNCOUNTED} ON CONFLICT DO NOTHING",
    ),
)


def find(transaction: Connection, problem: Problem, now: datetime) -> tuple[int, list[str]]:
    """Return how often there is a problem, and some of where."""
    transaction.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(TIMEOUT))
    row = transaction.execute(
        f"SELECT count(*) AS n, (array_agg(id))[:{SAMPLES}] AS ids FROM ({problem.find}) found",
        {"now": now},
    ).fetchone()
    return (row["n"], list(row["ids"] or ())) if row else (0, [])


def repair(transaction: Connection, problem: Problem, now: datetime) -> None:
    """Set a problem right everywhere."""
    transaction.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(TIMEOUT))
    transaction.execute(problem.repair, {"now": now})


def find_unplaced(transaction: Connection, before: datetime) -> list[str]:
    """Return videos that are recommended since before a moment and have no embedding."""
    rows = transaction.execute(
        "SELECT v.public_id AS id FROM video_features f JOIN videos v ON v.id = f.video_id"
        " JOIN model_runs m ON m.kind = 'items' AND m.state = 'champion' WHERE f.published_at < %s"
        " AND NOT EXISTS (SELECT FROM video_embeddings e WHERE e.space_id = m.id"
        "  AND e.video_id = f.video_id)",
        (before,),
    ).fetchall()
    return [row["id"] for row in rows]


def find_unsent(transaction: Connection, before: datetime) -> list[str]:
    """Return messages of the outbox that wait since before a moment."""
    rows = transaction.execute(
        "SELECT id::text AS id FROM outbox WHERE created_at < %s", (before,)
    ).fetchall()
    return [row["id"] for row in rows]


def read_playlists(transaction: Connection, after: int, limit: int) -> list[tuple[int, str, str]]:
    """Return row id, public id and playlist of published videos that aren't held, after an id."""
    rows = transaction.execute(
        "SELECT id, public_id, playback->>'hls_key' AS key FROM videos WHERE status = 'published'"
        " AND NOT held AND playback->>'hls_key' IS NOT NULL AND id > %s ORDER BY id LIMIT %s",
        (after, limit),
    ).fetchall()
    return [(row["id"], row["public_id"], row["key"]) for row in rows]


def hold(transaction: Connection, public_ids: Collection[str]) -> None:
    """Keep videos from everybody until somebody has looked into it."""
    transaction.execute(
        "UPDATE videos SET held = true WHERE public_id = ANY (%s)", (list(public_ids),)
    )


def known(transaction: Connection, public_ids: Collection[str]) -> set[str]:
    """Return which ids are those of videos with files, or of sounds."""
    rows = transaction.execute(
        "SELECT public_id AS id FROM videos WHERE public_id = ANY (%(ids)s)"
        " AND (status <> 'purged' OR purged_at IS NOT NULL AND emptied_at IS NULL)"
        " UNION SELECT public_id FROM sounds WHERE public_id = ANY (%(ids)s)",
        {"ids": list(public_ids)},
    ).fetchall()
    return {row["id"] for row in rows}


def kept_away(transaction: Connection, public_ids: Collection[str]) -> set[str]:
    """Return which ids are those of videos that may be in the archive."""
    rows = transaction.execute(
        "SELECT public_id AS id FROM videos WHERE public_id = ANY (%s) AND (status IN"
        " ('deleted', 'archived') OR purged_at IS NOT NULL AND emptied_at IS NULL)",
        (list(public_ids),),
    ).fetchall()
    return {row["id"] for row in rows}
