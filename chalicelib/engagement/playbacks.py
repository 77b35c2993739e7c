"""What showings come to, of which all figures of watching are made; also without an account."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement import store
from chalicelib.engagement.models import EventType, Playback, Watched
from chalicelib.feed.reward import WHOLE
from chalicelib.platform.database import Connection


def keep(
    transaction: Connection, new: Sequence[Watched], counted: Collection[UUID], now: datetime
) -> None:
    """Add new events to their showings, in the order of ids; `counted` are those that are views."""
    by_impression: defaultdict[UUID, list[Watched]] = defaultdict(list)
    for watched in new:
        by_impression[watched.impression.id].append(watched)
    for impression_id in sorted(by_impression):
        events = by_impression[impression_id]
        store.put_playback(transaction, _come_to(events, impression_id in counted, now))


def _come_to(events: Sequence[Watched], is_view: bool, now: datetime) -> Playback:
    watch_ms = max(event.watch_ms for event in events)
    return Playback(
        impression=events[0].impression,
        watch_ms=watch_ms,
        completed=watch_ms >= WHOLE * events[0].duration_ms > 0,
        profile_clicked=any(one.event.type is EventType.PROFILE_CLICK for one in events),
        watched_at=now if any(event.is_view for event in events) else None,
        viewed_at=now if is_view else None,
    )
