"""SQL of what audiences watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.feed.upkeep_store import COLD, HALF_LIFE_SECONDS
from chalicelib.platform.database import Connection

HOTTEST = 60  # videos of each audience
AGES = (0, 18, 25, 35, 50)  # years, from which on somebody belongs to the next audience


@dataclass(frozen=True)
class Counted:
    """Up to when viewings are in, and when the heat was last let go."""

    until: datetime
    cooled_at: datetime


def read_hottest(transaction: Connection, audiences: Sequence[str]) -> dict[int, float]:
    """Return what audiences watch most, each video beside their hottest, on average over them."""
    rows = transaction.execute(
        "SELECT a.video_id, sum(a.hot / a.most) / cardinality(%(names)s) AS share"
        " FROM unnest(%(names)s::text[]) AS named (name) CROSS JOIN LATERAL ("
        "  SELECT video_id, hot, first_value(hot) OVER (ORDER BY hot DESC, video_id DESC) AS most"
        "  FROM audience_heat WHERE audience = named.name"
        "  ORDER BY hot DESC, video_id DESC LIMIT %(most)s) a GROUP BY a.video_id",
        {"names": list(audiences), "most": HOTTEST},
    ).fetchall()
    return {row["video_id"]: row["share"] for row in rows}


def hold(transaction: Connection, now: datetime) -> Counted:
    """Return how far audiences are counted; nobody else counts until the transaction ends."""
    transaction.execute(
        "INSERT INTO audience_counted (until, cooled_at) VALUES (%(now)s, %(now)s)"
        " ON CONFLICT DO NOTHING",
        {"now": now - timedelta(days=1)},
    )
    row = transaction.execute("SELECT until, cooled_at FROM audience_counted FOR UPDATE").fetchone()
    assert row is not None  # noqa: S101 - it was put in just now, if it wasn't there
    return Counted(row["until"], row["cooled_at"])


def cool(transaction: Connection, since: timedelta, now: datetime) -> None:
    """Let heat go by the time since the last time; what is cold is forgotten."""
    factor = 0.5 ** (since.total_seconds() / HALF_LIFE_SECONDS)
    transaction.execute("DELETE FROM audience_heat WHERE hot * %s < %s", (factor, COLD))
    transaction.execute("UPDATE audience_heat SET hot = hot * %s", (factor,))
    transaction.execute("UPDATE audience_counted SET cooled_at = %s", (now,))


def add(transaction: Connection, since: datetime, until: datetime, today: date) -> int:
    """Add the viewings of a span of time. Returns how many."""
    if until <= since:
        return 0
    row = transaction.execute(
        "WITH watched AS ("
        "  SELECT h.video_id, h.quantile, u.country, u.language, u.birth_date"
        "  FROM watch_history h JOIN users u ON u.id = h.user_id"
        "  WHERE h.created_at > %(since)s AND h.created_at <= %(until)s"
        "   AND h.quantile IS NOT NULL"
        " ), warmed AS ("
        "  INSERT INTO audience_heat AS a (audience, video_id, hot)"
        "  SELECT named.audience, w.video_id, sum(w.quantile)::real FROM watched w"
        "  JOIN video_features f USING (video_id)"
        "  CROSS JOIN LATERAL (VALUES ('country:' || w.country), ('language:' || w.language),"
        "   ('age:' || (%(ages)s::int[])[1 + width_bucket("
        "     extract(year FROM age(%(today)s::date, w.birth_date))::int,"
        "     (%(ages)s::int[])[2:])])) AS named (audience)"
        "  WHERE named.audience IS NOT NULL AND w.quantile > 0"
        "  GROUP BY named.audience, w.video_id ORDER BY named.audience, w.video_id"
        "  ON CONFLICT (audience, video_id) DO UPDATE SET hot = a.hot + excluded.hot"
        " ) SELECT count(*) AS n FROM watched",
        {"since": since, "until": until, "today": today, "ages": list(AGES)},
    ).fetchone()
    transaction.execute("UPDATE audience_counted SET until = %s", (until,))
    return int(row["n"]) if row else 0
