"""What a viewer has just reported, so that the next page knows it before PostgreSQL does.

Reports reach PostgreSQL through a queue, a second or two later. Meanwhile they lie in Redis, for a
taste to be read with them; lost there, the page after the next one knows. What has been taken in,
`user_tastes.heard_at` tells.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from chalicelib.feed import impressions
from chalicelib.platform.context import Context

KEPT_SECONDS = 60
MOST = 50  # impressions


@dataclass(frozen=True)
class Glimpse:
    """What was said of one showing; moments in seconds since 1970, times in milliseconds."""

    impression_id: UUID
    video_row_id: int
    shown_at: float
    received_at: float
    watch_ms: int
    completed: bool
    skipped: bool
    shared: bool

    def believable_ms(self, duration_ms: int) -> int:
        """Return for how long a video of this length may have been watched."""
        claimed = max(self.watch_ms, duration_ms) if self.completed else self.watch_ms
        elapsed = timedelta(seconds=self.received_at - self.shown_at)
        return impressions.believable_ms(claimed, elapsed=elapsed, duration_ms=duration_ms)


def note(context: Context, user_row_id: int, glimpses: Sequence[Glimpse]) -> None:
    """Keep for a minute what was just reported."""
    known = {one.impression_id: one for one in _read(context, user_row_id)}
    for glimpse in glimpses:
        before = known.pop(glimpse.impression_id, None)
        known[glimpse.impression_id] = _merged(before, glimpse) if before else glimpse
    last = list(known.values())[-MOST:]
    data = [{**asdict(one), "impression_id": one.impression_id.hex} for one in last]
    context.cache.put(_key(user_row_id), json.dumps(data).encode(), seconds=KEPT_SECONDS)


def read(context: Context, user_row_id: int, heard_at: datetime | None) -> list[Glimpse]:
    """Return what was reported after the moment up to which everything is known."""
    since = heard_at.timestamp() if heard_at else 0.0
    return [one for one in _read(context, user_row_id) if one.received_at > since]


def forget(context: Context, user_row_id: int) -> None:
    """Know nothing of what somebody has just reported, for it isn't to count."""
    context.cache.put(_key(user_row_id), b"", seconds=1)


def _read(context: Context, user_row_id: int) -> list[Glimpse]:
    data = context.cache.get(_key(user_row_id))
    known = json.loads(data) if data else []
    return [Glimpse(**{**one, "impression_id": UUID(one["impression_id"])}) for one in known]


def _merged(before: Glimpse, after: Glimpse) -> Glimpse:
    return replace(
        after,
        watch_ms=max(before.watch_ms, after.watch_ms),
        completed=before.completed or after.completed,
        skipped=before.skipped or after.skipped,
        shared=before.shared or after.shared,
    )


def _key(user_row_id: int) -> str:
    return f"fresh:{user_row_id}"
