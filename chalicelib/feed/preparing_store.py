"""SQL of who is active, and where they stand."""

from datetime import datetime

import numpy as np

from chalicelib.feed import training_store
from chalicelib.feed.tables import Floats
from chalicelib.platform.database import Connection


def find_active(
    transaction: Connection, since: datetime, *, after: int, limit: int, until: int | None = None
) -> list[int]:
    """Return the next viewers, by row id, who were shown something since a moment."""
    rows = transaction.execute(
        "SELECT DISTINCT user_id FROM watch_history WHERE created_at >= %(since)s"
        " AND user_id > %(after)s AND (%(until)s::bigint IS NULL OR user_id <= %(until)s)"
        " ORDER BY user_id LIMIT %(limit)s",
        {"since": since, "after": after, "until": until, "limit": limit},
    ).fetchall()
    return [row["user_id"] for row in rows]


def write_user_vector(
    transaction: Connection, space_id: int, user_row_id: int, vector: Floats, now: datetime
) -> None:
    """Keep where somebody stands in a space."""
    training_store.write_user_vectors(
        transaction, space_id, np.array([user_row_id]), vector[None], now
    )
