"""SQL of the feed's upkeep."""

from datetime import datetime

from chalicelib.feed.exploration import (
    GROWING,
    GROWING_AGE,
    TESTING,
    TESTING_AGE,
    Stage,
    Trial,
)
from chalicelib.feed.reward import USUAL_QUANTILE
from chalicelib.platform.database import Connection

HALF_LIFE_SECONDS = 6 * 3600  # of what makes a video trend
NOTICEABLE = 0.02  # a smaller share of change isn't worth writing
COLD = 0.001
SAMPLE = 2000  # videos that new ones are measured by
PRIOR_WEIGHT = 50.0  # viewings' worth of what is usual in what a creator reaches


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


def read_standard(transaction: Connection) -> float:
    """Return the mean watch quantile that is expected of new videos.

    That of all viewings of new videos, or the median of open videos if that is lower. New ones are
    shown to people of whom nobody knows yet whether the video is for them, so they have a standard
    of their own.
    """
    row = transaction.execute(
        "SELECT least("
        " (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY quantile_sum / viewings)"
        "  FROM (SELECT quantile_sum, viewings FROM video_features"
        "   WHERE stage = 'open' AND viewings > 0 ORDER BY hot DESC LIMIT %(sample)s) open),"
        " (SELECT sum(quantile_sum) / nullif(sum(viewings), 0)"
        "  FROM (SELECT quantile_sum, viewings FROM video_features"
        "   WHERE shown < %(old)s ORDER BY published_at DESC LIMIT %(sample)s) new)"
        ") AS standard",
        {"sample": SAMPLE, "old": 2 * GROWING},
    ).fetchone()
    return USUAL_QUANTILE if row is None or row["standard"] is None else float(row["standard"])


def set_priors(transaction: Connection) -> int:
    """Give new videos what their creators' last ones have reached. Returns to how many."""
    return transaction.execute(
        "WITH new AS (SELECT video_id, creator_id FROM video_features"
        "  WHERE stage IN ('testing', 'growing') AND prior IS NULL ORDER BY video_id LIMIT 1000"
        " ), known AS (SELECT n.video_id, sum(o.quantile_sum) AS quantiles,"
        "   sum(o.viewings) AS viewings FROM new n LEFT JOIN LATERAL ("
        "   SELECT quantile_sum, viewings FROM video_features f"
        "   WHERE f.creator_id = n.creator_id AND f.video_id <> n.video_id"
        "   ORDER BY published_at DESC LIMIT 20) o ON true GROUP BY n.video_id"
        " ) UPDATE video_features f SET prior = (coalesce(quantiles, 0) + %(usual)s * %(weight)s)"
        "  / (coalesce(k.viewings, 0) + %(weight)s)"
        " FROM known k WHERE f.video_id = k.video_id",
        {"usual": USUAL_QUANTILE, "weight": PRIOR_WEIGHT},
    ).rowcount


def due_trials(transaction: Connection, now: datetime) -> list[tuple[int, Trial]]:
    """Return new videos on which there is a verdict now, or none yet but soon."""
    rows = transaction.execute(
        "SELECT video_id, stage::text AS stage, shown, viewings, quantile_sum,"
        "  %(now)s - published_at AS age FROM video_features"
        " WHERE stage IN ('testing', 'growing')"
        "  AND (shown >= CASE stage WHEN 'testing' THEN %(testing)s ELSE %(growing)s END"
        "   OR published_at < %(now)s - CASE stage"
        "    WHEN 'testing' THEN %(test)s ELSE %(growth)s END)"
        " ORDER BY published_at LIMIT 1000",
        {
            "now": now, "testing": TESTING, "growing": GROWING, "test": TESTING_AGE,
            "growth": GROWING_AGE,
        },
    ).fetchall()  # fmt: skip
    return [
        (
            row["video_id"],
            Trial(
                Stage(row["stage"]), row["shown"], row["viewings"], row["quantile_sum"], row["age"]
            ),
        )
        for row in rows
    ]


def set_stage(
    transaction: Connection,
    video_row_id: int,
    *,
    before: Stage,
    after: Stage,
    standard: float,
    now: datetime,
) -> None:
    """Let a verdict come into force, unless there is another one already."""
    transaction.execute(
        "UPDATE video_features SET stage = %s, standard = %s, judged_at = %s"
        " WHERE video_id = %s AND stage = %s",
        (after, standard, now, video_row_id, before),
    )
