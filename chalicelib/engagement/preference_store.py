"""SQL of what viewers tell the feed."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.platform.database import Connection


def set_not_interested(
    transaction: Connection,
    user_row_id: int,
    *,
    scope: str,
    values: Sequence[str],
    unwanted: bool,
    now: datetime,
) -> None:
    """Add what somebody is not interested in, or take it back, any number of times."""
    if unwanted:
        transaction.execute(
            "INSERT INTO not_interested (user_id, scope, value, created_at)"
            " SELECT %s, %s, value, %s FROM unnest(%s::text[]) AS new (value)"
            " ON CONFLICT DO NOTHING",
            (user_row_id, scope, now, list(values)),
        )
    else:
        transaction.execute(
            "DELETE FROM not_interested WHERE user_id = %s AND scope = %s AND value = ANY(%s)",
            (user_row_id, scope, list(values)),
        )
