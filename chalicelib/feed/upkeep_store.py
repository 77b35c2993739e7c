"""SQL of the feed's upkeep."""

from datetime import datetime

from chalicelib.feed.exploration import GROWING, TESTING, Stage, Trial
from chalicelib.platform.database import Connection

HALF_LIFE_SECONDS = 6 * 3600  # of what makes a video trend
NOTICEABLE = 0.02  # a smaller share of change isn't worth writing
COLD = 0.001
SAMPLE = 2000  # open videos whose median is what new ones are measured by
USUAL_APPEAL = 0.5


def refresh_hot(transaction: Connection, now: datetime) -> int:
    """Bring what videos are sorted by up to date: the decayed sum of their watch quantiles."""
    changed = transaction.execute(
        "WITH held AS (SELECT video_id, hot, heat * power(0.5, greatest(0, extract(epoch FROM"
        "   %(now)s - heated_at)) / %(half)s) AS value FROM video_features"
        "  WHERE heat > 0 OR hot > 0 ORDER BY video_id FOR UPDATE"
        " ), cooled AS (SELECT video_id,"
        "   (CASE WHEN value < %(cold)s THEN 0 ELSE value END)::real AS hot FROM held"
        "  WHERE abs(value - hot) > %(share)s * greatest(hot, %(cold)s)"
        " ) UPDATE video_features f SET hot = c.hot FROM cooled c WHERE f.video_id = c.video_id"
        " RETURNING f.video_id",
        {"now": now, "half": HALF_LIFE_SECONDS, "cold": COLD, "share": NOTICEABLE},
    ).fetchall()
    transaction.execute(
        "UPDATE video_tags t SET hot = f.hot FROM video_features f"
        " WHERE f.video_id = t.video_id AND t.video_id = ANY (%s) AND t.hot <> f.hot",
        ([row["video_id"] for row in changed],),
    )
    return len(changed)


def median_appeal(transaction: Connection) -> float:
    """Return the median of the mean watch quantiles of some videos that had their chance."""
    row = transaction.execute(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY quantile_sum / viewings) AS median"
        " FROM (SELECT quantile_sum, viewings FROM video_features"
        "  WHERE stage = 'open' AND viewings > 0 ORDER BY hot DESC LIMIT %s) sample",
        (SAMPLE,),
    ).fetchone()
    return USUAL_APPEAL if row is None or row["median"] is None else float(row["median"])


def due_trials(transaction: Connection) -> list[tuple[int, Trial]]:
    """Return new videos on which a verdict is due."""
    rows = transaction.execute(
        "SELECT video_id, stage::text AS stage, shown, viewings, quantile_sum FROM video_features"
        " WHERE (stage = 'testing' AND shown >= %s) OR (stage = 'growing' AND shown >= %s)"
        " ORDER BY video_id LIMIT 1000",
        (TESTING, GROWING),
    ).fetchall()
    return [
        (
            row["video_id"],
            Trial(Stage(row["stage"]), row["shown"], row["viewings"], row["quantile_sum"]),
        )
        for row in rows
    ]


def set_stage(transaction: Connection, video_row_id: int, *, before: Stage, after: Stage) -> None:
    """Let a verdict come into force, unless there is another one already."""
    transaction.execute(
        "UPDATE video_features SET stage = %s WHERE video_id = %s AND stage = %s",
        (after, video_row_id, before),
    )
