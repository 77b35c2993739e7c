"""SQL of watching: events once, histories by impression, views by viewer and half hour."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from chalicelib.engagement.models import Playback, Watched
from chalicelib.platform.database import Connection

VIEW_WINDOW = timedelta(minutes=30)


def find_durations(transaction: Connection, row_ids: Iterable[int]) -> dict[int, int]:
    """Return the lengths of published videos in milliseconds."""
    rows = transaction.execute(
        "SELECT id, duration_ms FROM videos WHERE id = ANY(%s) AND status = 'published'",
        (list(row_ids),),
    ).fetchall()
    return {row["id"]: row["duration_ms"] for row in rows}


def insert_events(
    transaction: Connection, viewer: str, watched: Sequence[Watched], now: datetime
) -> list[Watched]:
    """Keep events and return those that were new, each id once."""
    unique = {item.event.id: item for item in watched}
    new: list[Watched] = []
    for event_id in sorted(unique):
        item = unique[event_id]
        event, impression = item.event, item.impression
        cursor = transaction.execute(
            "INSERT INTO watch_events (event_id, type, viewer, video_id, impression_id, watch_ms,"
            " position_ms, at, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (
                event.id, event.type, viewer, impression.video_row_id, impression.id,
                item.watch_ms, event.position_ms, event.at, now,
            ),
        )  # fmt: skip
        if cursor.rowcount:
            new.append(item)
    return new


def count_view(transaction: Connection, video_row_id: int, viewer: str, now: datetime) -> bool:
    """Count a view unless this viewer's last one is less than half an hour old.

    Returns whether it counts.
    """
    counted = transaction.execute(
        "WITH counted AS ("
        "  INSERT INTO video_viewers (video_id, viewer, viewed_at)"
        "  VALUES (%(id)s, %(who)s, %(now)s)"
        "  ON CONFLICT (video_id, viewer) DO UPDATE SET viewed_at = excluded.viewed_at"
        "  WHERE video_viewers.viewed_at <= %(now)s - %(window)s RETURNING video_id"
        ") UPDATE video_stats s SET views = s.views + 1 FROM counted c"
        " WHERE s.video_id = c.video_id",
        {"id": video_row_id, "who": viewer, "now": now, "window": VIEW_WINDOW},
    )
    return bool(counted.rowcount)


def put_playback(transaction: Connection, playback: Playback) -> None:
    """Keep what a showing has come to; what was reported before stays where it says more."""
    transaction.execute(
        "INSERT INTO playbacks AS p (impression_id, shown_at, video_id, viewer, source, watch_ms,"
        " completed, profile_clicked, watched_at, viewed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (impression_id, shown_at) DO UPDATE SET"
        " watch_ms = greatest(p.watch_ms, excluded.watch_ms),"
        " completed = p.completed OR excluded.completed,"
        " profile_clicked = p.profile_clicked OR excluded.profile_clicked,"
        " watched_at = coalesce(p.watched_at, excluded.watched_at),"
        " viewed_at = coalesce(p.viewed_at, excluded.viewed_at)",
        (
            playback.impression.id, playback.impression.issued_at,
            playback.impression.video_row_id, playback.impression.viewer,
            playback.impression.stream, playback.watch_ms, playback.completed,
            playback.profile_clicked, playback.watched_at, playback.viewed_at,
        ),
    )  # fmt: skip


def ensure_partitions(transaction: Connection, today: date) -> None:
    """Create the partitions of this month and the next two that are missing."""
    transaction.execute("SELECT ensure_watch_history_partitions(%s)", (today,))
    transaction.execute("SELECT ensure_monthly_partitions('playbacks', %s)", (today,))
    transaction.execute("SELECT ensure_monthly_partitions('event_log', %s)", (today,))
