"""SQL of comments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.accounts.models import UserRef
from chalicelib.platform import ids
from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class Comment:
    """A comment with its author; `liked` is None for anonymous viewers.

    `parent_id` is the comment it replies to; threads have two levels.
    """

    row_id: int
    id: str
    video_row_id: int
    author: UserRef
    author_row_id: int
    text: str
    parent_id: str | None
    parent_row_id: int | None
    replies: int
    likes: int
    liked: bool | None
    created_at: datetime


_COMMENT = """
    SELECT c.id AS row_id, c.public_id AS id, c.video_id AS video_row_id, c.author_id, c.text,
           p.public_id AS parent_id, c.parent_id AS parent_row_id, c.replies, c.likes,
           c.created_at, u.public_id AS user_id, u.username, u.display_name,
           CASE WHEN %(viewer)s::bigint IS NULL THEN NULL ELSE EXISTS (
               SELECT FROM comment_likes l
               WHERE l.user_id = %(viewer)s AND l.comment_id = c.id
           ) END AS liked
    FROM comments c
    JOIN users u ON u.id = c.author_id
    LEFT JOIN comments p ON p.id = c.parent_id
    WHERE c.deleted_at IS NULL AND (%(staff)s OR c.author_id = %(viewer)s OR NOT (
        c.held OR u.hidden
        OR EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
            IN ((%(viewer)s, c.author_id), (c.author_id, %(viewer)s)))
        OR EXISTS (SELECT FROM reports r WHERE r.reporter_id = %(viewer)s
            AND (r.target_type, r.target_id) IN (('comment', c.id), ('user', c.author_id)))
    ))
"""
# By sort: the rest of the statement, which takes a position of two values.
_LISTS = {
    "new": "AND c.video_id = %(of)s AND c.parent_id IS NULL"
    " AND (%(first)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(first)s, %(row)s))"
    " ORDER BY c.created_at DESC, c.id DESC",
    "top": "AND c.video_id = %(of)s AND c.parent_id IS NULL"
    " AND (%(first)s::bigint IS NULL OR (c.likes, c.id) < (%(first)s, %(row)s))"
    " ORDER BY c.likes DESC, c.id DESC",
    "replies": "AND c.parent_id = %(of)s"
    " AND (%(first)s::timestamptz IS NULL OR (c.created_at, c.id) > (%(first)s, %(row)s))"
    " ORDER BY c.created_at, c.id",
}


def find_comment(
    transaction: Connection, public_id: str, *, viewer: int | None, staff: bool
) -> Comment | None:
    """Return a comment that a viewer, given by row id, may see; the staff may see what is held."""
    row = transaction.execute(
        _COMMENT + "AND c.public_id = %(id)s", {"id": public_id, "viewer": viewer, "staff": staff}
    ).fetchone()
    return _comment(row) if row else None


def list_comments(
    transaction: Connection,
    kind: str,
    of: int,
    *,
    viewer: int | None,
    staff: bool,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Comment]:
    """Return a video's comments (`new`, `top`) or a comment's `replies`, after a position."""
    first, row_id = after or (None, None)
    rows = transaction.execute(
        f"{_COMMENT} {_LISTS[kind]} LIMIT %(limit)s",
        {
            "of": of, "viewer": viewer, "staff": staff, "first": first, "row": row_id,
            "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [_comment(row) for row in rows]


def hold_thread(transaction: Connection, row_id: int) -> bool:
    """Keep a comment from being removed until the commit. Returns whether it is still there."""
    row = transaction.execute(
        "SELECT FROM comments WHERE id = %s AND deleted_at IS NULL FOR NO KEY UPDATE", (row_id,)
    ).fetchone()
    return row is not None


def insert_comment(
    transaction: Connection,
    *,
    video: int,
    author: int,
    parent: int | None,
    text: str,
    now: datetime,
) -> tuple[int, str]:
    """Keep a comment and count it. Returns its row and public id."""
    public_id = ids.public_id()
    row = transaction.execute(
        "INSERT INTO comments (public_id, video_id, author_id, parent_id, text, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (public_id, video, author, parent, text, now),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT gives a row
    if parent is not None:
        transaction.execute("UPDATE comments SET replies = replies + 1 WHERE id = %s", (parent,))
    transaction.execute(
        "UPDATE video_stats SET comments = comments + 1 WHERE video_id = %s", (video,)
    )
    return row["id"], public_id


def remove(
    transaction: Connection, row_ids: Sequence[int], *, by: int | None, now: datetime
) -> list[int]:
    """Take comments away with the replies to them, and count them out.

    Returns the row ids of all that went; nothing for what was gone before.
    """
    # A reply that is just being written holds its thread: it is seen once that is ours.
    transaction.execute(
        "SELECT FROM comments WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE", (list(row_ids),)
    )
    rows = transaction.execute(
        "UPDATE comments SET deleted_at = %(now)s, deleted_by = %(by)s"
        " WHERE (id = ANY (%(ids)s) OR parent_id = ANY (%(ids)s)) AND deleted_at IS NULL"
        " RETURNING id, video_id, parent_id",
        {"ids": list(row_ids), "by": by, "now": now},
    ).fetchall()
    gone = [row["id"] for row in rows]
    transaction.execute(
        "UPDATE comments c SET replies = c.replies - (SELECT count(*) FROM comments r"
        "  WHERE r.id = ANY (%(gone)s) AND r.parent_id = c.id)"
        " WHERE c.id = ANY (%(parents)s)",
        {"gone": gone, "parents": [row["parent_id"] for row in rows if row["parent_id"]]},
    )
    transaction.execute(
        "UPDATE video_stats s SET comments = s.comments - gone.n FROM ("
        " SELECT held.video_id, (SELECT count(*) FROM comments c"
        "   WHERE c.id = ANY (%(gone)s) AND c.video_id = held.video_id) AS n"
        " FROM video_stats held WHERE held.video_id = ANY (%(videos)s) ORDER BY 1 FOR UPDATE"
        ") gone WHERE s.video_id = gone.video_id",
        {"gone": gone, "videos": [row["video_id"] for row in rows]},
    )
    return gone


def find_by_author(transaction: Connection, author: int) -> list[int]:
    """Return the row ids of what somebody wrote and is still there."""
    rows = transaction.execute(
        "SELECT id FROM comments WHERE author_id = %s AND deleted_at IS NULL ORDER BY id",
        (author,),
    ).fetchall()
    return [row["id"] for row in rows]


def find_sides(transaction: Connection, row_id: int) -> tuple[int, int, int]:
    """Return the row ids of a comment's author, of its video, and of the video's maker."""
    row = transaction.execute(
        "SELECT c.author_id, c.video_id, v.creator_id FROM comments c"
        " JOIN videos v ON v.id = c.video_id WHERE c.id = %s",
        (row_id,),
    ).fetchone()
    assert row is not None  # noqa: S101 - rows of comments stay
    return row["author_id"], row["video_id"], row["creator_id"]


def writes_about(transaction: Connection, author: int, video: int) -> bool:
    """Whether there is still a comment by somebody on a video."""
    row = transaction.execute(
        "SELECT FROM comments WHERE author_id = %s AND video_id = %s AND deleted_at IS NULL"
        " AND parent_id IS NULL LIMIT 1",
        (author, video),
    ).fetchone()
    return row is not None


def set_like(
    transaction: Connection, user: int, comment: int, *, liked: bool, now: datetime
) -> int:
    """Like a comment or not. Returns by how much its likes change."""
    if liked:
        return transaction.execute(
            "INSERT INTO comment_likes (user_id, comment_id, created_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (user, comment, now),
        ).rowcount
    return -transaction.execute(
        "DELETE FROM comment_likes WHERE user_id = %s AND comment_id = %s", (user, comment)
    ).rowcount


def count_like(transaction: Connection, comment: int, step: int) -> int:
    """Add to a comment's likes and return them."""
    row = transaction.execute(
        "UPDATE comments SET likes = likes + %s WHERE id = %s RETURNING likes", (step, comment)
    ).fetchone()
    return int(row["likes"]) if row else 0


def _comment(row: dict[str, Any]) -> Comment:
    fields = dict(row)
    author = UserRef(fields.pop("user_id"), fields.pop("username"), fields.pop("display_name"))
    return Comment(author=author, author_row_id=fields.pop("author_id"), **fields)
