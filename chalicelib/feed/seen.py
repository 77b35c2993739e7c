"""What a viewer has seen: what is in their history, and what they have only just reported."""

from datetime import datetime

import numpy as np

from chalicelib.feed import candidate_store, fresh
from chalicelib.feed.tables import Ints
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection


def read(
    context: Context, transaction: Connection, user_row_id: int, since: datetime | None = None
) -> Ints:
    """Return the videos that somebody has seen, all of them or those shown since a moment."""
    known = candidate_store.read_seen(transaction, user_row_id, since)
    told = [one.video_row_id for one in fresh.read(context, user_row_id, None)]
    return np.concatenate([known, np.array(told, np.int64)])
