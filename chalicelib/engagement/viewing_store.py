"""SQL of viewings: what each impression came to, and what that changes in a video's figures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement.viewings import Viewing
from chalicelib.feed.reward import Signals
from chalicelib.feed.upkeep_store import HALF_LIFE_SECONDS
from chalicelib.platform.database import Connection

_VIEWING = """
    SELECT h.impression_id, h.video_id AS video_row_id, h.created_at AS shown_at,
           coalesce(v.duration_ms, 0) AS duration_ms, h.watch_duration_ms AS watch_ms, h.skipped,
           h.shared, h.quantile, h.reward
    FROM watch_history h JOIN videos v ON v.id = h.video_id
"""


def keeps_history(transaction: Connection, user_row_id: int) -> bool:
    """Whether somebody wants what they watch to be kept."""
    row = transaction.execute(
        "SELECT history_paused FROM users WHERE id = %s", (user_row_id,)
    ).fetchone()
    return row is not None and not row["history_paused"]


def find_viewings(
    transaction: Connection, impressions: Mapping[UUID, datetime]
) -> dict[UUID, Viewing]:
    """Return what is known of impressions, given with the moments they were shown."""
    rows = transaction.execute(
        _VIEWING + "WHERE h.impression_id = ANY (%s) AND h.created_at = ANY (%s)",
        (list(impressions), list(impressions.values())),
    ).fetchall()
    return {row["impression_id"]: Viewing(**row) for row in rows}


def find_last_viewing(
    transaction: Connection, user_row_id: int, video_row_id: int
) -> Viewing | None:
    """Return somebody's last viewing of a video."""
    row = transaction.execute(
        _VIEWING + "WHERE h.user_id = %s AND h.video_id = %s ORDER BY h.created_at DESC LIMIT 1",
        (user_row_id, video_row_id),
    ).fetchone()
    return Viewing(**row) if row else None


def save_viewings(transaction: Connection, user_row_id: int, viewings: Sequence[Viewing]) -> None:
    """Keep what impressions have come to. Nobody else changes them: the taste's row is locked."""
    for viewing in viewings:
        transaction.execute(
            "INSERT INTO watch_history (user_id, video_id, impression_id, watch_duration_ms,"
            " completion_rate, skipped, shared, quantile, reward, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (impression_id, created_at) DO UPDATE SET"
            " watch_duration_ms = excluded.watch_duration_ms,"
            " completion_rate = excluded.completion_rate, skipped = excluded.skipped,"
            " shared = excluded.shared, quantile = excluded.quantile, reward = excluded.reward",
            (
                user_row_id, viewing.video_row_id, viewing.impression_id, viewing.watch_ms,
                viewing.completion, viewing.skipped, viewing.shared, viewing.quantile,
                viewing.reward, viewing.shown_at,
            ),
        )  # fmt: skip


def read_signals(
    transaction: Connection, user_row_id: int, video_row_ids: Sequence[int]
) -> dict[int, Signals]:
    """Return what somebody has done with videos besides watching them."""
    rows = transaction.execute(
        "SELECT v.id, EXISTS (SELECT FROM likes l WHERE l.user_id = %(user)s"
        " AND l.video_id = v.id) AS liked,"
        " EXISTS (SELECT FROM follows f WHERE f.follower_id = %(user)s"
        " AND f.followed_id = v.creator_id) AS followed,"
        " EXISTS (SELECT FROM not_interested n WHERE n.user_id = %(user)s"
        " AND n.scope = 'video' AND n.value = v.id::text) AS not_interested"
        " FROM videos v WHERE v.id = ANY (%(ids)s)",
        {"user": user_row_id, "ids": list(video_row_ids)},
    ).fetchall()
    return {
        row["id"]: Signals(
            liked=row["liked"], followed=row["followed"], not_interested=row["not_interested"]
        )
        for row in rows
    }


def add_to_figures(
    transaction: Connection,
    before: Mapping[UUID, Viewing],
    after: Sequence[Viewing],
    now: datetime,
) -> None:
    """Add the difference that viewings make to the figures of their videos, in the order of ids."""
    changes: defaultdict[int, list[float]] = defaultdict(lambda: [0.0] * 5)
    for viewing in after:
        sums = changes[viewing.video_row_id]
        for place, (old, new) in enumerate(
            zip(_figures(before.get(viewing.impression_id)), _figures(viewing), strict=True)
        ):
            sums[place] += new - old
    for video_row_id in sorted(changes):
        shown, viewings, quantiles, completed, skipped = changes[video_row_id]
        transaction.execute(
            "UPDATE video_features SET"
            " shown = shown + %(shown)s, viewings = viewings + %(viewings)s,"
            " quantile_sum = quantile_sum + %(quantiles)s, completed = completed + %(completed)s,"
            " skipped = skipped + %(skipped)s, heated_at = greatest(heated_at, %(now)s),"
            " heat = greatest(0, heat * power(0.5, greatest(0, extract(epoch FROM"
            "   %(now)s - heated_at)) / %(half)s) + %(quantiles)s)"
            " WHERE video_id = %(id)s",
            {
                "id": video_row_id, "shown": int(shown), "viewings": int(viewings),
                "quantiles": quantiles, "completed": int(completed), "skipped": int(skipped),
                "now": now, "half": HALF_LIFE_SECONDS,
            },
        )  # fmt: skip


def count_like(transaction: Connection, video_row_id: int, step: int) -> None:
    """Add to the likes that ranking reads."""
    transaction.execute(
        "UPDATE video_features SET liked = liked + %s WHERE video_id = %s", (step, video_row_id)
    )


def _figures(viewing: Viewing | None) -> tuple[float, ...]:
    """Return what a viewing gives: shown, watched, quantile, completed, skipped."""
    if viewing is None:
        return (0.0,) * 5
    if viewing.quantile is None:
        return (1.0, 0.0, 0.0, 0.0, 0.0)
    return (1.0, 1.0, viewing.quantile, float(viewing.completed), float(viewing.skipped))
