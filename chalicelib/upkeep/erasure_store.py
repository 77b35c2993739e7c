"""SQL of erasing people."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from chalicelib.platform.database import Connection
from chalicelib.upkeep.personal_data import Erasure, Holding


@dataclass(frozen=True)
class Files:
    """Whose files lie in S3, by public id."""

    video_ids: list[str]
    sound_ids: list[str]
    export_ids: list[str]


def count_due(transaction: Connection, now: datetime) -> int:
    """Return how many people's time is over."""
    row = transaction.execute(
        "SELECT count(*) AS n FROM users WHERE purge_at <= %s AND purged_at IS NULL", (now,)
    ).fetchone()
    return int(row["n"]) if row else 0


def find_due(transaction: Connection, now: datetime, limit: int) -> list[int]:
    """Return people whose time is over."""
    rows = transaction.execute(
        "SELECT id FROM users WHERE purge_at <= %s AND purged_at IS NULL ORDER BY purge_at"
        " LIMIT %s",
        (now, limit),
    ).fetchall()
    return [row["id"] for row in rows]


def hold_due(transaction: Connection, row_id: int, now: datetime) -> str | None:
    """Return the public id of somebody who is to be erased, held until the commit.

    None for anybody else, and for makers of a video that is kept for a court.
    """
    row = transaction.execute(
        "SELECT public_id FROM users u WHERE id = %s AND purge_at <= %s AND purged_at IS NULL"
        " AND NOT EXISTS (SELECT FROM videos v WHERE v.creator_id = u.id AND v.legal_hold)"
        " FOR NO KEY UPDATE",
        (row_id, now),
    ).fetchone()
    return str(row["public_id"]) if row else None


def files_of(transaction: Connection, row_id: int) -> Files:
    """Return whose files are to be removed with a person; sounds that others use stay theirs."""

    def ids(statement: str) -> list[str]:
        rows = transaction.execute(statement, {"id": row_id}).fetchall()
        return [row["public_id"] for row in rows]

    return Files(
        ids("SELECT public_id FROM videos WHERE creator_id = %(id)s"),
        ids(
            "SELECT public_id FROM sounds s WHERE creator_id = %(id)s AND NOT EXISTS (SELECT"
            " FROM videos v WHERE v.sound_id = s.id AND v.creator_id <> %(id)s)"
        ),
        ids("SELECT public_id FROM data_exports WHERE user_id = %(id)s"),
    )


def uncount(transaction: Connection, row_id: int) -> None:
    """Take what a person has given out of the counts of others, in the order of ids.

    Comments are counted out when they are removed.
    """
    for table, column, stat in (("likes", "video_id", "likes"), ("saves", "video_id", "saves")):
        transaction.execute(
            f"UPDATE video_stats s SET {stat} = s.{stat} - 1 FROM ("  # noqa: S608 - constants
            f" SELECT video_id FROM video_stats WHERE video_id IN"
            f" (SELECT {column} FROM {table} WHERE user_id = %s) ORDER BY video_id FOR UPDATE"
            ") held WHERE s.video_id = held.video_id",
            (row_id,),
        )
    transaction.execute(
        "UPDATE video_stats s SET shares = s.shares - given.n FROM ("
        " SELECT video_id, count(*) AS n FROM shares"
        " WHERE viewer = (SELECT 'u:' || public_id FROM users WHERE id = %s) GROUP BY video_id"
        ") given WHERE s.video_id = given.video_id",
        (row_id,),
    )
    transaction.execute(
        "UPDATE user_stats s SET received_likes = s.received_likes - given.n FROM ("
        " SELECT v.creator_id, count(*) AS n FROM likes l JOIN videos v ON v.id = l.video_id"
        " WHERE l.user_id = %s GROUP BY v.creator_id) given WHERE s.user_id = given.creator_id",
        (row_id,),
    )
    transaction.execute(
        "UPDATE comments c SET likes = c.likes - 1 FROM comment_likes l"
        " WHERE l.user_id = %s AND c.id = l.comment_id",
        (row_id,),
    )
    for own, other, stat in (
        ("follower_id", "followed_id", "followers"),
        ("followed_id", "follower_id", "following"),
    ):
        transaction.execute(
            f"UPDATE user_stats s SET {stat} = s.{stat} - 1 FROM ("  # noqa: S608 - constants
            f" SELECT user_id FROM user_stats WHERE user_id IN"
            f" (SELECT {other} FROM follows WHERE {own} = %s) ORDER BY user_id FOR UPDATE"
            ") held WHERE s.user_id = held.user_id",
            (row_id,),
        )


def erase(transaction: Connection, holding: Holding, row_id: int, user_id: str) -> None:
    """Do with a person's rows of a table what the map says."""
    who = f"u:{user_id}" if holding.by_viewer else row_id
    table, column = sql.Identifier(holding.table), sql.Identifier(holding.column)
    if holding.erasure is Erasure.DELETE:
        transaction.execute(sql.SQL("DELETE FROM {} WHERE {} = %s").format(table, column), (who,))
    elif holding.erasure is Erasure.BLANK:
        blanks = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.SQL(value))
            for name, value in holding.blanks.items()
        )
        statement = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(table, blanks, column)
        transaction.execute(statement, (who,))


def mark_purged(transaction: Connection, row_id: int, now: datetime) -> None:
    """Note that nothing is left of a person."""
    transaction.execute("UPDATE users SET purged_at = %s WHERE id = %s", (now, row_id))
