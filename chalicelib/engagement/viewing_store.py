"""SQL of viewings: what each impression came to, and what that changes in a video's figures."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement.models import Watched
from chalicelib.engagement.viewings import Viewing
from chalicelib.feed.reward import Signals
from chalicelib.feed.upkeep_store import HALF_LIFE_SECONDS
from chalicelib.platform.database import Connection, columns

_VIEWING = """
    SELECT h.impression_id, h.video_id AS video_row_id, h.created_at AS shown_at,
           coalesce(v.duration_ms, 0) AS duration_ms, h.watch_duration_ms AS watch_ms, h.skipped,
           h.shared, h.quantile, h.reward
    FROM watch_history h JOIN videos v ON v.id = h.video_id
"""


def keep_wanted(transaction: Connection, watched: Sequence[Watched]) -> list[Watched]:
    """Return what belongs into histories: of people with an account, if they wanted that then.

    Their histories were not paused when it was received, and it wasn't deleted from them since.
    """
    own = [one for one in watched if one.user_row_id is not None]
    asked = [(one.user_row_id, one.impression.video_row_id, one.received_at) for one in own]
    rows = transaction.execute(
        "SELECT w.place FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])"
        " WITH ORDINALITY AS w (user_id, video_id, received_at, place)"
        " WHERE NOT EXISTS (SELECT FROM history_pauses p WHERE p.user_id = w.user_id"
        "  AND p.paused_at <= w.received_at AND w.received_at < coalesce(p.resumed_at, 'infinity'))"
        " AND NOT EXISTS (SELECT FROM history_deletions d WHERE d.user_id = w.user_id"
        "  AND d.video_id IN (0, w.video_id) AND w.received_at <= d.deleted_at) ORDER BY w.place",
        columns(asked, 3),
    ).fetchall()
    return [own[row["place"] - 1] for row in rows]


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


def save_viewings(transaction: Connection, owned: Sequence[tuple[int, Viewing]]) -> None:
    """Keep what people's impressions have come to. Nobody else changes them: tastes are locked."""
    rows = [
        (
            user_row_id, one.video_row_id, one.impression_id, one.watch_ms, one.completion,
            one.skipped, one.shared, one.quantile, one.reward, one.shown_at,
        )
        for user_row_id, one in owned
    ]  # fmt: skip
    transaction.execute(
        "INSERT INTO watch_history (user_id, video_id, impression_id, watch_duration_ms,"
        " completion_rate, skipped, shared, quantile, reward, created_at)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[], %s::integer[], %s::real[],"
        " %s::boolean[], %s::boolean[], %s::real[], %s::real[], %s::timestamptz[])"
        " ON CONFLICT (impression_id, created_at) DO UPDATE SET"
        " watch_duration_ms = excluded.watch_duration_ms,"
        " completion_rate = excluded.completion_rate, skipped = excluded.skipped,"
        " shared = excluded.shared, quantile = excluded.quantile, reward = excluded.reward",
        columns(rows, 10),
    )


def read_signals(
    transaction: Connection, pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Signals]:
    """Return what people have done with videos besides watching them, by user and video."""
    rows = transaction.execute(
        "SELECT p.user_id, v.id, EXISTS (SELECT FROM likes l WHERE l.user_id = p.user_id"
        " AND l.video_id = v.id) AS liked,"
        " EXISTS (SELECT FROM follows f WHERE f.follower_id = p.user_id"
        " AND f.followed_id = v.creator_id) AS followed,"
        " EXISTS (SELECT FROM not_interested n WHERE n.user_id = p.user_id"
        " AND n.scope = 'video' AND n.value = v.id::text) AS not_interested"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS p (user_id, video_id)"
        " JOIN videos v ON v.id = p.video_id",
        columns(pairs, 2),
    ).fetchall()
    return {
        (row["user_id"], row["id"]): Signals(
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
    if not changes:
        return
    rows = [(row_id, *sums) for row_id, sums in sorted(changes.items())]
    ids, *steps = columns(rows, 6)
    transaction.execute(
        "SELECT FROM video_features WHERE video_id = ANY (%s) ORDER BY video_id FOR NO KEY UPDATE",
        (ids,),
    )
    transaction.execute(
        "UPDATE video_features f SET"
        " shown = f.shown + n.shown::bigint, viewings = f.viewings + n.viewings::bigint,"
        " quantile_sum = f.quantile_sum + n.quantiles,"
        " completed = f.completed + n.completed::bigint,"
        " skipped = f.skipped + n.skipped::bigint, heated_at = greatest(f.heated_at, %s),"
        " heat = greatest(0, f.heat * power(0.5, greatest(0, extract(epoch FROM"
        "   %s - f.heated_at)) / %s) + n.quantiles)"
        " FROM unnest(%s::bigint[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],"
        " %s::float8[]) AS n (video_id, shown, viewings, quantiles, completed, skipped)"
        " WHERE f.video_id = n.video_id",
        (now, now, HALF_LIFE_SECONDS, ids, *steps),
    )


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
