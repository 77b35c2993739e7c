"""SQL that holds counts against the rows they count."""

from dataclasses import dataclass

from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class Count:
    """A count: its table, key and column, and what it must be, given the key as `%(id)s`."""

    table: str
    key: str
    column: str
    rows: str

    @property
    def name(self) -> str:
        """Return what drift is reported as."""
        return f"{self.table}.{self.column}"


COUNTS = (
    Count("video_stats", "video_id", "likes", "FROM likes WHERE video_id = {id}"),
    Count("video_stats", "video_id", "saves", "FROM saves WHERE video_id = {id}"),
    Count("video_stats", "video_id", "shares", "FROM shares WHERE video_id = {id}"),
    Count(
        "video_stats", "video_id", "comments",
        "FROM comments WHERE video_id = {id} AND deleted_at IS NULL",
    ),
    Count("comments", "id", "likes", "FROM comment_likes WHERE comment_id = {id}"),
    Count(
        "comments", "id", "replies",
        "FROM comments r WHERE r.parent_id = {id} AND r.deleted_at IS NULL",
    ),
    Count("user_stats", "user_id", "followers", "FROM follows WHERE followed_id = {id}"),
    Count("user_stats", "user_id", "following", "FROM follows WHERE follower_id = {id}"),
    Count(
        "user_stats", "user_id", "received_likes",
        "FROM likes l JOIN videos v ON v.id = l.video_id WHERE v.creator_id = {id}",
    ),
)  # fmt: skip


def find_drifted(
    transaction: Connection, count: Count, *, after: int, limit: int
) -> tuple[list[int], int | None]:
    """Look at some rows after a key; return those that seem to be wrong, and how far it looked.

    Some of them may only be changing right now.
    """
    rows = transaction.execute(
        f"SELECT t.{count.key} AS id, t.{count.column} <> (SELECT count(*)"  # noqa: S608 - constants
        f" {count.rows.format(id=f't.{count.key}')}) AS drifted FROM {count.table} t"
        f" WHERE t.{count.key} > %s ORDER BY t.{count.key} LIMIT %s",
        (after, limit),
    ).fetchall()
    drifted = [row["id"] for row in rows if row["drifted"]]
    return drifted, rows[-1]["id"] if len(rows) == limit else None


def recount(transaction: Connection, count: Count, row_id: int) -> int:
    """Count again under the row's lock, and set what was wrong. Returns by how much it was.

    Whoever changes a counted row changes the count in the same transaction, and waits here.
    """
    before = transaction.execute(
        f"SELECT {count.column} AS n FROM {count.table}"  # noqa: S608 - constants
        f" WHERE {count.key} = %s FOR UPDATE",
        (row_id,),
    ).fetchone()
    after = transaction.execute(
        f"SELECT count(*) AS n {count.rows.format(id='%(id)s')}", {"id": row_id}
    ).fetchone()
    if before is None or after is None or before["n"] == after["n"]:
        return 0
    transaction.execute(
        f"UPDATE {count.table} SET {count.column} = %s WHERE {count.key} = %s",  # noqa: S608
        (after["n"], row_id),
    )
    return int(after["n"] - before["n"])
