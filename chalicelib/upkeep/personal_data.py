"""Where the database holds something about people: the one map for export and for erasure.

Every column that names a person is in it; a test walks the schema and demands that. What is written
about a video belongs to its maker, and goes with the video.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.videos.archive_store import BLANKS


class Erasure(StrEnum):
    """What becomes of rows when their person is erased."""

    DELETE = "delete"
    BLANK = "blank"  # the row stays, for others need it, without what tells who it was
    KEEP = "keep"  # for the reason given


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are about a person.

    Parameters
    ----------
    column: what names the person, by row id, or with `by_viewer` as `u:<public id>`.
    exported: whether a person's copy of their data has them.
    secret: columns that no export has.
    blanks: what BLANK sets, as SQL by column.
    why: the reason for what isn't plain.
    """

    table: str
    column: str
    erasure: Erasure
    exported: bool = True
    by_viewer: bool = False
    secret: tuple[str, ...] = ()
    blanks: dict[str, str] = field(default_factory=dict)
    why: str = ""


_DELETED_BY_STAFF = "who of the staff did it is kept with what was done"
_PERSON = {
    "username": "'deleted_' || public_id",
    "username_key": "lower('deleted_' || public_id)",
    "display_name": "'Deleted account'",
    "email": "NULL",
    "password_hash": "''",
    "birth_date": "'1900-01-01'",
    "country": "NULL",
    "language": "NULL",
    "interests": "'{}'",
    "bio": "''",
    "hidden_keywords": "'{}'",
    "hidden": "true",
    "ban_reason": "NULL",
    "role": "'user'",
}
_DELETE, _BLANK, _KEEP = Erasure.DELETE, Erasure.BLANK, Erasure.KEEP

HOLDINGS = (
    Holding("users", "id", _BLANK, secret=("password_hash",), blanks=_PERSON),
    Holding("users", "banned_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("user_stats", "user_id", _KEEP, why="counts of what others still see"),
    Holding("sessions", "user_id", _DELETE, secret=("token_hash",)),
    Holding("videos", "creator_id", _BLANK, blanks=BLANKS),
    Holding("videos", "deleted_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding(
        "sounds", "creator_id", _BLANK, blanks={"title": "'original sound'", "public": "false"}
    ),
    Holding("likes", "user_id", _DELETE),
    Holding("saves", "user_id", _DELETE),
    Holding("comments", "author_id", _BLANK,
            blanks={"text": "''", "deleted_at": "coalesce(deleted_at, now())"}),
    Holding("comments", "deleted_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("comment_likes", "user_id", _DELETE),
    Holding("follows", "follower_id", _DELETE),
    Holding("follows", "followed_id", _DELETE),
    Holding("event_log", "user_id", _DELETE),  # after the rows, of which it logs that they go
    Holding("event_log", "followed_id", _DELETE, exported=False,
            why="who follows one is told by the follows themselves"),
    Holding("blocks", "blocker_id", _DELETE),
    Holding("blocks", "blocked_id", _DELETE, exported=False,
            why="who blocks one is theirs to know"),
    Holding("watch_history", "user_id", _DELETE),
    Holding("watch_events", "viewer", _DELETE, by_viewer=True),
    Holding("analytics_events", "viewer", _DELETE, by_viewer=True),
    Holding("history_pauses", "user_id", _DELETE),
    Holding("history_deletions", "user_id", _DELETE),
    Holding("playbacks", "viewer", _DELETE, by_viewer=True),
    Holding("rollup_marks", "creator_id", _KEEP, exported=False,
            why="what is to be counted anew; taken away within a minute"),
    Holding("shares", "viewer", _DELETE, by_viewer=True),
    Holding("video_viewers", "viewer", _DELETE, by_viewer=True),
    Holding("feed_pages", "user_id", _DELETE, secret=("feature_values", "values")),
    Holding("not_interested", "user_id", _DELETE),
    Holding("user_tastes", "user_id", _DELETE),
    Holding("user_embeddings", "user_id", _DELETE),
    Holding("notifications", "user_id", _DELETE),
    Holding("notification_actors", "user_id", _DELETE, exported=False,
            why="part of what others were told"),
    Holding("put_off_notices", "person", _DELETE, exported=False,
            why="in notifications within a minute"),
    Holding("put_off_notices", "actor", _DELETE, exported=False,
            why="part of what others will be told"),
    Holding("reports", "reporter_id", _KEEP, secret=("weight", "upheld", "case_id"),
            why="what was decided rests on them"),
    Holding("moderation_cases", "claimed_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("moderation_cases", "decided_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("audit_log", "actor_id", _KEEP, exported=False,
            why="append-only, kept for seven years; it names people by ids that lead nowhere then"),
    Holding("admin_jobs", "created_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("configuration", "changed_by", _KEEP, exported=False, why=_DELETED_BY_STAFF),
    Holding("data_exports", "user_id", _DELETE),
    Holding("video_features", "creator_id", _KEEP, exported=False,
            why="only of public videos: gone with them"),
)  # fmt: skip
