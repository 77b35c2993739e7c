"""SQL of the exposure log: what was shown, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from chalicelib.feed.features import FEATURES, Table
from chalicelib.feed.reward import WHOLE
from chalicelib.feed.tables import Found, Ints
from chalicelib.platform.database import Connection

MOST_SLOTS = 300_000  # the newest: 41 MB of features

# Slots with their viewings: the moment of a viewing is that of its page, in whole milliseconds, as
# the impression's token carries it.
_OUTCOMES = """
SELECT * FROM (
    SELECT p.user_id, extract(epoch FROM h.created_at)::float8 AS at, h.reward,
        substr(p.feature_values, 1 + (s.place::int - 1) * 8 * cardinality(p.features),
            8 * cardinality(p.features)) AS values,
        h.quantile > 0.5 AS watched, h.completion_rate >= %(whole)s AS completed, h.shared,
        EXISTS (SELECT FROM likes l
            WHERE l.user_id = p.user_id AND l.video_id = s.video_id) AS liked,
        EXISTS (SELECT FROM follows f JOIN videos v ON v.creator_id = f.followed_id
            WHERE f.follower_id = p.user_id AND v.id = s.video_id
            AND f.created_at >= p.served_at) AS followed,
        h.skipped OR EXISTS (SELECT FROM not_interested n WHERE n.user_id = p.user_id
            AND n.scope = 'video' AND n.value = s.video_id::text) AS refused
    FROM feed_pages p
    CROSS JOIN LATERAL unnest(p.video_ids) WITH ORDINALITY AS s (video_id, place)
    JOIN watch_history h ON h.user_id = p.user_id AND h.video_id = s.video_id
        AND h.created_at = date_trunc('milliseconds', p.served_at)
    WHERE p.served_at >= %(since)s AND p.source = 'for_you' AND p.mode = 'personal'
        AND p.features = %(features)s AND h.quantile IS NOT NULL
    ORDER BY h.created_at DESC LIMIT %(most)s
) newest ORDER BY at, user_id
"""
_VARIANTS = """
WITH pages AS (
    SELECT variants ->> %(layer)s AS variant, viewer, user_id, served_at, video_ids, found,
        propensities
    FROM feed_pages WHERE served_at >= %(since)s AND variants ? %(layer)s
), shown AS (
    SELECT variant, count(DISTINCT viewer) AS viewers,
        sum(cardinality(video_ids)) AS impressions
    FROM pages GROUP BY variant
), came AS (
    SELECT p.variant, count(*) AS viewings, sum(h.reward) AS rewards,
        sum(h.reward * h.reward) AS squares,
        array_agg(h.reward) FILTER (WHERE s.found & %(explored)s <> 0) AS explored_rewards,
        array_agg(s.propensity) FILTER (WHERE s.found & %(explored)s <> 0) AS propensities
    FROM pages p
    CROSS JOIN LATERAL unnest(p.video_ids, p.found, p.propensities)
        AS s (video_id, found, propensity)
    JOIN watch_history h ON h.user_id = p.user_id AND h.video_id = s.video_id
        AND h.created_at = date_trunc('milliseconds', p.served_at)
    WHERE h.reward IS NOT NULL GROUP BY p.variant
)
SELECT * FROM shown LEFT JOIN came USING (variant) ORDER BY variant
"""


@dataclass(frozen=True)
class Outcomes:
    """Watched slots as rows, in order of time.

    `values` (n, F) as they were when the slot was filled; `outcomes` (n, 6) of 0 and 1, in the
    order of the heads.
    """

    viewers: Ints
    at: Table  # seconds since 1970
    rewards: Table
    values: Table
    outcomes: Table


def read_outcomes(transaction: Connection, since: datetime) -> Outcomes:
    """Return the newest slots of personal feeds that were watched, with the features of today."""
    values = {"since": since, "features": [*FEATURES], "most": MOST_SLOTS, "whole": WHOLE}
    rows = transaction.execute(_OUTCOMES, values, binary=True).fetchall()
    heads = ("watched", "completed", "liked", "shared", "followed", "refused")
    features = np.frombuffer(b"".join(row["values"] for row in rows), "<f8")
    return Outcomes(
        viewers=np.array([row["user_id"] for row in rows], np.int64),
        at=np.array([row["at"] for row in rows]),
        rewards=np.array([row["reward"] for row in rows], np.float64),
        values=features.reshape(len(rows), len(FEATURES)),
        outcomes=np.array([[row[head] for head in heads] for row in rows], np.float64).reshape(
            len(rows), len(heads)
        ),
    )


def count_variants(
    transaction: Connection, layer: str, since: datetime
) -> Sequence[dict[str, Any]]:
    """Return, per variant of a layer, what was shown and what came of it."""
    return transaction.execute(
        _VARIANTS, {"layer": layer, "since": since, "explored": int(Found.EXPLORATION)}
    ).fetchall()
