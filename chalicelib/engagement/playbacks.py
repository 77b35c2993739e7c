"""What showings come to, of which all figures of watching are made; also without an account."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement import playback_store as store
from chalicelib.engagement.models import EventType, Playback, Watched
from chalicelib.feed.reward import WHOLE
from chalicelib.platform.database import Connection


def keep(transaction: Connection, new: Sequence[Watched], counted: Mapping[UUID, datetime]) -> None:
    """Add new events to their showings; `counted` says which of them are views, since when."""
    by_impression: defaultdict[UUID, list[Watched]] = defaultdict(list)
    for watched in new:
        by_impression[watched.impression.id].append(watched)
    store.put_playbacks(
        transaction,
        [_come_to(events, counted.get(one)) for one, events in by_impression.items()],
    )


def _come_to(events: Sequence[Watched], viewed_at: datetime | None) -> Playback:
    watch_ms = max(event.watch_ms for event in events)
    return Playback(
        impression=events[0].impression,
        watch_ms=watch_ms,
        completed=watch_ms >= WHOLE * events[0].duration_ms > 0,
        profile_clicked=any(one.type is EventType.PROFILE_CLICK for one in events),
        watched_at=min((one.received_at for one in events if one.is_view), default=None),
        viewed_at=viewed_at,
    )
