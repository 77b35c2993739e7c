"""SQL of showings: what each came to, and which of them count as views."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement.models import Pair, Playback, Showing
from chalicelib.platform.database import Connection, columns


def put_playbacks(transaction: Connection, playbacks: Sequence[Playback]) -> None:
    """Keep what showings have come to, in the order of ids.

    What was reported before stays where it says more.
    """
    rows = [
        (
            one.impression.id, one.impression.issued_at, one.impression.video_row_id,
            one.impression.viewer, one.impression.stream.value, one.watch_ms, one.completed,
            one.profile_clicked, one.watched_at, one.viewed_at,
        )
        for one in sorted(playbacks, key=lambda one: one.impression.id)
    ]  # fmt: skip
    transaction.execute(
        "INSERT INTO playbacks AS p (impression_id, shown_at, video_id, viewer, source, watch_ms,"
        " completed, profile_clicked, watched_at, viewed_at)"
        " SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::text[],"
        " %s::text[], %s::bigint[], %s::boolean[], %s::boolean[], %s::timestamptz[],"
        " %s::timestamptz[])"
        " ON CONFLICT (impression_id, shown_at) DO UPDATE SET"
        " watch_ms = greatest(p.watch_ms, excluded.watch_ms),"
        " completed = p.completed OR excluded.completed,"
        " profile_clicked = p.profile_clicked OR excluded.profile_clicked,"
        " watched_at = least(p.watched_at, excluded.watched_at),"
        " viewed_at = coalesce(p.viewed_at, excluded.viewed_at)",
        columns(rows, 10),
    )


def hold_viewers(
    transaction: Connection, pairs: Sequence[Pair], never: datetime
) -> dict[Pair, datetime]:
    """Return when each of some pairs last counted, held until the commit, in the order given."""
    rows = transaction.execute(
        "INSERT INTO video_viewers AS v (video_id, viewer, viewed_at)"
        " SELECT video_id, viewer, %s FROM unnest(%s::bigint[], %s::text[]) AS p (video_id, viewer)"
        " ON CONFLICT (video_id, viewer) DO UPDATE SET viewed_at = v.viewed_at"
        " RETURNING video_id, viewer, viewed_at",
        (never, *columns(pairs, 2)),
    ).fetchall()
    return {(row["video_id"], row["viewer"]): row["viewed_at"] for row in rows}


def save_last_views(transaction: Connection, last: Mapping[Pair, datetime]) -> None:
    """Keep when pairs, which are held, last counted."""
    transaction.execute(
        "UPDATE video_viewers v SET viewed_at = n.viewed_at"
        " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS n (video_id, viewer,"
        " viewed_at) WHERE v.video_id = n.video_id AND v.viewer = n.viewer",
        columns([(*pair, at) for pair, at in last.items()], 3),
    )


def find_watched(transaction: Connection, showings: Collection[Showing]) -> dict[UUID, datetime]:
    """Return since when those showings are watched of which that is known."""
    rows = transaction.execute(
        "SELECT p.impression_id, p.watched_at FROM playbacks p"
        " JOIN unnest(%s::uuid[], %s::timestamptz[]) AS w (impression_id, shown_at)"
        " ON p.impression_id = w.impression_id AND p.shown_at = w.shown_at"
        " WHERE p.watched_at IS NOT NULL",
        columns([(one.id, one.shown_at) for one in showings], 2),
    ).fetchall()
    return {row["impression_id"]: row["watched_at"] for row in rows}


def find_showings(transaction: Connection, since: Mapping[Pair, datetime]) -> list[Showing]:
    """Return the watched showings of pairs after a moment each."""
    rows = transaction.execute(
        "SELECT p.impression_id AS id, p.shown_at, p.video_id AS video_row_id, p.viewer,"
        " p.watched_at AS at, p.viewed_at IS NOT NULL AS counts FROM"
        " unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS s (video_id, viewer, since)"
        " JOIN playbacks p ON p.viewer = s.viewer AND p.video_id = s.video_id"
        " AND p.watched_at > s.since",
        columns([(*pair, at) for pair, at in since.items()], 3),
    ).fetchall()
    return [Showing(**row) for row in rows]


def mend(transaction: Connection, showings: Iterable[Showing]) -> None:
    """Let showings that were kept count, or not any more."""
    rows = [(one.id, one.shown_at, one.at if one.counts else None) for one in showings]
    if rows:
        transaction.execute(
            "UPDATE playbacks p SET viewed_at = n.viewed_at"
            " FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[])"
            " AS n (impression_id, shown_at, viewed_at)"
            " WHERE p.impression_id = n.impression_id AND p.shown_at = n.shown_at",
            columns(rows, 3),
        )


def add_views(transaction: Connection, changes: Mapping[int, int]) -> None:
    """Change the views of videos, whose rows are locked in the order of ids."""
    changed = sorted((row_id, change) for row_id, change in changes.items() if change)
    if not changed:
        return
    ids, steps = columns(changed, 2)
    transaction.execute(
        "SELECT FROM video_stats WHERE video_id = ANY (%s) ORDER BY video_id FOR NO KEY UPDATE",
        (ids,),
    )
    transaction.execute(
        "UPDATE video_stats s SET views = s.views + n.step"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS n (video_id, step)"
        " WHERE s.video_id = n.video_id",
        (ids, steps),
    )
