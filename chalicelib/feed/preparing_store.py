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


_UNPLACED = """
    FROM user_tastes t WHERE NOT EXISTS (SELECT FROM user_embeddings e
        WHERE e.user_id = t.user_id AND e.space_id = %(space)s)
"""


def count_unplaced(transaction: Connection, space_id: int) -> int:
    """Return how many viewers have no vector in a space."""
    row = transaction.execute(
        f"SELECT count(*) AS n {_UNPLACED}",
        {"space": space_id},
    ).fetchone()
    return int(row["n"]) if row else 0


def find_unplaced(transaction: Connection, space_id: int, *, after: int, limit: int) -> list[int]:
    """Return the next viewers, by row id, who have no vector in a space."""
    rows = transaction.execute(
        f"SELECT t.user_id {_UNPLACED} AND t.user_id > %(after)s"
        " ORDER BY t.user_id LIMIT %(limit)s",
        {"space": space_id, "after": after, "limit": limit},
    ).fetchall()
    return [row["user_id"] for row in rows]


def write_user_vector(
    transaction: Connection, space_id: int, user_row_id: int, vector: Floats, now: datetime
) -> None:
    """Keep where somebody stands in a space."""
    training_store.write_user_vectors(
        transaction, space_id, np.array([user_row_id]), vector[None], now
    )
