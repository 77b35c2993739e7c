"""SQL that reads videos and makes new ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.accounts.models import UserRef
from chalicelib.platform.database import Connection
from chalicelib.videos.models import NewVideo, SoundRef, Stats, Status, Video, Visibility

_VIDEO = """
    SELECT v.id AS row_id, v.public_id AS id, v.creator_id AS creator_row_id, v.description,
           v.hashtags, v.mentions, v.labels, v.visibility::text AS visibility, v.allow_comments,
           v.draft, v.status::text AS status, v.generation, v.attempt, v.content_type,
           v.size_bytes,
           v.duration_ms, v.width, v.height, v.upload_id, v.promised_sha256, v.probe, v.effects,
           v.sound_id AS sound_row_id, v.sound_chosen, v.sound_score, v.cover_ms, v.cover,
           v.preview, v.playback, v.version, v.attempts_allowed,
           v.held, v.limited, v.age_restricted, v.legal_hold, u.hidden AS creator_hidden,
           v.status_before::text AS status_before, v.deleted_by, v.retain_until, v.error_code,
           v.created_at, v.published_at, u.public_id AS user_id, u.username, u.display_name,
           o.public_id AS sound_public_id, o.title AS sound_title,
           o.audio_key AS sound_audio_key, a.public_id AS artist_id,
           a.username AS artist_username, a.display_name AS artist_display_name,
           s.views, s.likes, s.comments, s.shares, s.saves,
           CASE WHEN %(viewer)s::bigint IS NULL THEN NULL ELSE EXISTS (
               SELECT FROM likes l WHERE l.user_id = %(viewer)s AND l.video_id = v.id
           ) END AS liked,
           EXISTS (
               SELECT FROM saves k WHERE k.user_id = %(viewer)s AND k.video_id = v.id
           ) AS saved,
           EXISTS (
               SELECT FROM follows f
               WHERE f.follower_id = %(viewer)s AND f.followed_id = v.creator_id
           ) AS following_creator,
           EXISTS (
               SELECT FROM blocks b
               WHERE (b.blocker_id, b.blocked_id)
                   IN ((%(viewer)s, v.creator_id), (v.creator_id, %(viewer)s))
           ) AS blocked,
           EXISTS (
               SELECT FROM reports r WHERE r.reporter_id = %(viewer)s
               AND (r.target_type, r.target_id)
                   IN (('video', v.id), ('user', v.creator_id))
           ) AS reported,
           EXISTS (
               SELECT FROM users w
               WHERE w.id = %(viewer)s AND w.birth_date <= current_date - interval '18 years'
           ) AS viewer_is_adult
    FROM videos v
    JOIN users u ON u.id = v.creator_id
    JOIN video_stats s ON s.video_id = v.id
    LEFT JOIN sounds o ON o.id = v.sound_id
    LEFT JOIN users a ON a.id = o.creator_id
"""
_STATS = ("views", "likes", "comments", "shares", "saves")


def insert_video(
    transaction: Connection,
    *,
    public_id: str,
    creator_row_id: int,
    new: NewVideo,
    hashtags: Sequence[str],
    mentions: Sequence[str],
    sound_row_id: int | None = None,
) -> int:
    """Create a video that awaits its file, with its counts. Returns the row id."""
    row = transaction.execute(
        "INSERT INTO videos (public_id, creator_id, description, hashtags, mentions, labels,"
        " visibility, allow_comments, draft, filename, content_type, size_bytes, promised_sha256,"
        " effects, cover_ms, sound_id, sound_chosen)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " RETURNING id",
        (
            public_id, creator_row_id, new.description, list(hashtags), list(mentions),
            list(new.labels), new.visibility or Visibility.PUBLIC, new.allow_comments, new.draft,
            new.filename, new.content_type, new.size_bytes, new.sha256,
            Jsonb(dict(new.effects)) if new.effects else None, new.cover_ms, sound_row_id,
            sound_row_id is not None,
        ),
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT gives a row
    transaction.execute("INSERT INTO video_stats (video_id) VALUES (%s)", (row["id"],))
    return int(row["id"])


def find_video(
    transaction: Connection, public_id: str, *, viewer_row_id: int | None = None
) -> Video | None:
    """Return one video, whatever its state; who may see it is decided elsewhere."""
    row = transaction.execute(
        _VIDEO + "WHERE v.public_id = %(id)s", {"id": public_id, "viewer": viewer_row_id}
    ).fetchone()
    return None if row is None else _video(row)


def find_videos(
    transaction: Connection, row_ids: Sequence[int], *, viewer_row_id: int | None = None
) -> list[Video]:
    """Return videos by row id, in the order asked for; what is gone is left out."""
    rows = transaction.execute(
        _VIDEO + "WHERE v.id = ANY(%(ids)s)", {"ids": list(row_ids), "viewer": viewer_row_id}
    ).fetchall()
    found = {row["row_id"]: _video(row) for row in rows}
    return [found[row_id] for row_id in row_ids if row_id in found]


def find_unwanted(transaction: Connection, row_ids: Sequence[int], viewer_row_id: int) -> set[int]:
    """Return those of some videos whose text has words that a viewer doesn't want to see."""
    rows = transaction.execute(
        "SELECT v.id FROM videos v WHERE v.id = ANY (%(ids)s) AND EXISTS ("
        " SELECT FROM users w, unnest(w.hidden_keywords) k WHERE w.id = %(viewer)s"
        " AND search_words(k) <> '{}' AND search_words(k) <@ search_words(v.description))",
        {"ids": list(row_ids), "viewer": viewer_row_id},
    ).fetchall()
    return {row["id"] for row in rows}


def list_own(
    transaction: Connection,
    creator_row_id: int,
    *,
    status: str | None,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Video]:
    """Return a creator's videos of any state, newest first, after a position."""
    created_at, row_id = before or (None, None)
    rows = transaction.execute(
        _VIDEO + "WHERE v.creator_id = %(viewer)s AND v.status <> 'purged'"
        " AND (%(status)s::text IS NULL OR v.status = %(status)s::video_status)"
        " AND (%(at)s::timestamptz IS NULL OR (v.created_at, v.id) < (%(at)s, %(row_id)s))"
        " ORDER BY v.created_at DESC, v.id DESC LIMIT %(limit)s",
        {
            "viewer": creator_row_id, "status": status, "at": created_at, "row_id": row_id,
            "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [_video(row) for row in rows]


def list_published(
    transaction: Connection,
    creator_row_id: int,
    *,
    viewer_row_id: int | None,
    visibilities: Sequence[str],
    everything: bool,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Video]:
    """Return a creator's published videos, newest first, after a position.

    `everything` means also what is held, for adults only, or reported by the viewer.
    """
    published_at, row_id = before or (None, None)
    rows = transaction.execute(
        f"SELECT * FROM ({_VIDEO} WHERE v.creator_id = %(creator)s"  # noqa: S608 - constants
        " AND v.status = 'published' AND v.visibility = ANY (%(visibilities)s::visibility[])"
        " AND (%(at)s::timestamptz IS NULL OR (v.published_at, v.id) < (%(at)s, %(row_id)s))"
        ") found WHERE %(everything)s"
        " OR NOT (held OR reported OR age_restricted AND NOT viewer_is_adult)"
        " ORDER BY published_at DESC, row_id DESC LIMIT %(limit)s",
        {
            "creator": creator_row_id, "viewer": viewer_row_id, "everything": everything,
            "visibilities": list(visibilities), "at": published_at, "row_id": row_id,
            "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [_video(row) for row in rows]


def find_uploaded(transaction: Connection, *, changed_before: datetime, limit: int) -> list[Video]:
    """Return videos whose file nobody has looked into since before a moment, oldest first."""
    rows = transaction.execute(
        _VIDEO + "WHERE v.status = 'uploaded' AND v.changed_at < %(before)s"
        " ORDER BY v.changed_at LIMIT %(limit)s",
        {"before": changed_before, "limit": limit, "viewer": None},
    ).fetchall()
    return [_video(row) for row in rows]


def find_awaiting(
    transaction: Connection, *, since: datetime, until: datetime, limit: int
) -> list[Video]:
    """Return videos that began to wait for their file in a span of time, some of them by chance.

    By chance, because most of them wait in vain: asked in order, they would keep the others away.
    """
    rows = transaction.execute(
        _VIDEO + "WHERE v.status = 'awaiting_upload' AND v.changed_at >= %(since)s"
        " AND v.changed_at < %(until)s ORDER BY random() LIMIT %(limit)s",
        {"since": since, "until": until, "limit": limit, "viewer": None},
    ).fetchall()
    return [_video(row) for row in rows]


def _video(row: dict[str, Any]) -> Video:
    fields = dict(row)
    creator = UserRef(fields.pop("user_id"), fields.pop("username"), fields.pop("display_name"))
    stats = Stats(**{name: fields.pop(name) for name in _STATS})
    artist = UserRef(
        fields.pop("artist_id"), fields.pop("artist_username"), fields.pop("artist_display_name")
    )
    sound_id, title = fields.pop("sound_public_id"), fields.pop("sound_title")
    audio_key = fields.pop("sound_audio_key")
    fields["sound"] = SoundRef(sound_id, title, artist, audio_key) if sound_id else None
    fields["status"] = Status(fields["status"])
    before = fields["status_before"]
    fields["status_before"] = Status(before) if before else None
    fields["visibility"] = Visibility(fields["visibility"])
    return Video(creator=creator, stats=stats, **fields)
