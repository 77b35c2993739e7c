"""SQL of what people are told."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from chalicelib.accounts.models import UserRef
from chalicelib.platform.database import Connection

ACTORS_SHOWN = 3
# Of an actor `u`: not of whom the reader has nothing to do with, nor of who isn't there.
_ACTOR_SEEN = """
    NOT u.hidden
    AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
        IN ((%(user)s, u.id), (u.id, %(user)s)))
    AND NOT EXISTS (SELECT FROM reports r WHERE r.reporter_id = %(user)s
        AND r.target_type = 'user' AND r.target_id = u.id)
"""
# Of the video `v` of maker `m`: one's own, or one that may still be seen.
_VIDEO_SEEN = """
    v.id IS NULL OR v.creator_id = %(user)s OR (
        v.status = 'published' AND NOT v.held AND NOT m.hidden
        AND (v.visibility = 'public' OR v.visibility = 'followers' AND EXISTS (
            SELECT FROM follows f WHERE f.follower_id = %(user)s AND f.followed_id = m.id))
        AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
            IN ((%(user)s, m.id), (m.id, %(user)s)))
        AND NOT EXISTS (SELECT FROM reports r WHERE r.reporter_id = %(user)s
            AND (r.target_type, r.target_id) IN (('video', v.id), ('user', m.id)))
    )
"""
_SHOWN = f"""
    FROM notifications n
    LEFT JOIN videos v ON v.id = n.video_id
    LEFT JOIN users m ON m.id = v.creator_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS total,
               (array_agg(u.id ORDER BY a.at DESC, u.id DESC))[1:{ACTORS_SHOWN}] AS newest
        FROM notification_actors a JOIN users u ON u.id = a.user_id
        WHERE a.notification_id = n.id AND {_ACTOR_SEEN}
    ) acted
    WHERE n.user_id = %(user)s AND ({_VIDEO_SEEN})
    AND (acted.total > 0 OR n.type IN ('processing', 'moderation'))
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class Notification:
    """Something that somebody is told; `text` is what is kept of the words, not the sentence."""

    row_id: int
    id: str
    type: str
    about: str
    video_id: str | None
    text: str
    read: bool
    updated_at: datetime
    actors: list[UserRef]
    actor_count: int


@dataclass(frozen=True)
class Notice:
    """What somebody is to be told; people and videos are row ids.

    With `once`, nobody's act is told again after it was read, however often they repeat it.
    """

    user_row_id: int
    type: str
    about: str
    now: datetime
    actor_row_id: int | None = None
    video_row_id: int | None = None
    text: str = ""
    once: bool = False

    @property
    def values(self) -> tuple[object, ...]:
        """Its parts in the order in which notify_person of the schema takes them."""
        return (
            self.user_row_id, self.type, self.about, self.actor_row_id, self.video_row_id,
            self.text, self.now, self.once,
        )  # fmt: skip


def notify(transaction: Connection, notice: Notice) -> None:
    """Tell somebody something; see notify_person in the schema for what is left out."""
    transaction.execute("SELECT notify_person(%s, %s, %s, %s, %s, %s, %s, %s)", notice.values)


def put_off(transaction: Connection, notice: Notice) -> None:
    """Keep what somebody is to be told later."""
    transaction.execute(
        "INSERT INTO put_off_notices (person, kind, what, actor, video, words, moment, once)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        notice.values,
    )


def tell_put_off(transaction: Connection, limit: int) -> int:
    """Tell what was put off, the oldest first. Returns how much that was; the rest stays."""
    due = transaction.execute(
        "SELECT id, person AS user_row_id, kind AS type, what AS about, actor AS actor_row_id,"
        " video AS video_row_id, words AS text, moment AS now, once FROM put_off_notices"
        " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        (limit,),
    ).fetchall()
    told = 0
    for row in due:
        row_id = row.pop("id")
        with suppress(psycopg.DatabaseError), transaction.transaction():
            notify(transaction, Notice(**row))
            transaction.execute("DELETE FROM put_off_notices WHERE id = %s", (row_id,))
            told += 1
    return told


def retract(
    transaction: Connection,
    *,
    user_row_id: int,
    type: str,
    about: str,
    actor_row_id: int,
) -> None:
    """Take back what hasn't been read of somebody's act."""
    transaction.execute(
        "DELETE FROM put_off_notices WHERE person = %s AND kind = %s AND what = %s AND actor = %s",
        (user_row_id, type, about, actor_row_id),
    )
    notification = transaction.execute(
        "SELECT id FROM notifications WHERE user_id = %s AND type = %s AND about = %s"
        " AND read_at IS NULL FOR UPDATE",
        (user_row_id, type, about),
    ).fetchone()
    if notification is None:
        return
    transaction.execute(
        "DELETE FROM notification_actors WHERE notification_id = %s AND user_id = %s",
        (notification["id"], actor_row_id),
    )
    transaction.execute(
        "DELETE FROM notifications n WHERE id = %s AND NOT EXISTS"
        " (SELECT FROM notification_actors a WHERE a.notification_id = n.id)",
        (notification["id"],),
    )


def forget(transaction: Connection, about: Sequence[str]) -> None:
    """Remove what anybody was told, or is to be told, about things that are gone."""
    transaction.execute("DELETE FROM put_off_notices WHERE what = ANY (%s)", (list(about),))
    transaction.execute("DELETE FROM notifications WHERE about = ANY (%s)", (list(about),))


def find_names(transaction: Connection, names: Sequence[str]) -> list[int]:
    """Return the row ids of people by their names, in order."""
    rows = transaction.execute(
        "SELECT id FROM users WHERE username_key = ANY (%s) AND NOT hidden ORDER BY id",
        (list(names),),
    ).fetchall()
    return [row["id"] for row in rows]


def list_shown(
    transaction: Connection, user_row_id: int, *, before: Sequence[Any] | None, limit: int
) -> list[Notification]:
    """Return what somebody is told, the newest first, after a position."""
    at, row_id = before or (None, None)
    rows = transaction.execute(
        "SELECT n.id AS row_id, n.public_id AS id, n.type, n.about, v.public_id AS video_id,"
        " n.text, n.read_at IS NOT NULL AS read, n.updated_at, acted.total AS actor_count,"
        f" acted.newest AS actors {_SHOWN}"
        " AND (%(at)s::timestamptz IS NULL OR (n.updated_at, n.id) < (%(at)s, %(row)s))"
        " ORDER BY n.updated_at DESC, n.id DESC LIMIT %(limit)s",
        {"user": user_row_id, "at": at, "row": row_id, "limit": limit},
    ).fetchall()
    people = _people(transaction, {person for row in rows for person in row["actors"] or ()})
    return [
        Notification(**{**row, "actors": [people[person] for person in row["actors"] or ()]})
        for row in rows
    ]


def count_unread(transaction: Connection, user_row_id: int) -> int:
    """Return how much of what somebody is told they haven't read."""
    row = transaction.execute(
        f"SELECT count(*) AS n {_SHOWN} AND n.read_at IS NULL", {"user": user_row_id}
    ).fetchone()
    return int(row["n"]) if row else 0


def mark_read(
    transaction: Connection, user_row_id: int, ids: Sequence[str] | None, now: datetime
) -> None:
    """Note that somebody has read some of it, or all."""
    transaction.execute(
        "UPDATE notifications SET read_at = %(now)s WHERE id IN ("
        " SELECT id FROM notifications WHERE user_id = %(user)s AND read_at IS NULL"
        " AND (%(ids)s::text[] IS NULL OR public_id = ANY (%(ids)s)) ORDER BY id FOR UPDATE)",
        {"now": now, "user": user_row_id, "ids": None if ids is None else list(ids)},
    )


def _people(transaction: Connection, row_ids: set[int]) -> dict[int, UserRef]:
    rows = transaction.execute(
        "SELECT id, public_id, username, display_name FROM users WHERE id = ANY (%s)",
        (list(row_ids),),
    ).fetchall()
    return {
        row["id"]: UserRef(row["public_id"], row["username"], row["display_name"]) for row in rows
    }
