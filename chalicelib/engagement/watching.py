"""What viewers report of their watching: believed only with a token, counted only once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chalicelib.engagement import appraisal, playbacks, store
from chalicelib.engagement.models import VIEW_MS, EventType, Receipt, Reported, Watched
from chalicelib.feed import impressions
from chalicelib.feed.models import Impression
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count
from chalicelib.platform.signing import SignatureInvalid

MOST_LOOPS = 10


def record(
    context: Context, *, viewer: str, user_row_id: int | None, events: Sequence[Reported]
) -> Receipt:
    """Record a batch in one transaction; the same event again is a duplicate, without effect."""
    believed, rejected = _sort_out(context, viewer, events)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        clamped = _clamp(transaction, believed, now)
        new = store.insert_events(transaction, viewer, clamped, now)
        change = None
        if user_row_id is not None:
            change = appraisal.take_in(context, transaction, user_row_id, new, now)
        counted = _count_views(transaction, viewer, new, now)
        playbacks.keep(transaction, new, counted, now)
    appraisal.tell(context, change)
    if rejected:
        count("WatchEventsRejected", len(rejected))
    return Receipt(len(new), len(believed) - len(new), rejected)


def _sort_out(
    context: Context, viewer: str, events: Sequence[Reported]
) -> tuple[list[tuple[Reported, Impression]], list[tuple[UUID, str]]]:
    believed: list[tuple[Reported, Impression]] = []
    rejected: list[tuple[UUID, str]] = []
    oldest = context.clock.now() - impressions.LIFETIME
    for event in events:
        try:
            impression = impressions.read_token(context.signer, event.impression_token)
        except SignatureInvalid:
            rejected.append((event.id, "token_invalid"))
            continue
        if impression.viewer != viewer:
            rejected.append((event.id, "token_invalid"))
        elif impression.issued_at < oldest:
            rejected.append((event.id, "token_expired"))
        else:
            believed.append((event, impression))
    return believed, rejected


def _clamp(
    transaction: Connection, believed: Sequence[tuple[Reported, Impression]], now: datetime
) -> list[Watched]:
    """Cut claimed watch times to what the clock and the video's length allow."""
    row_ids = {impression.video_row_id for _, impression in believed}
    durations = store.find_durations(transaction, row_ids)
    watched: list[Watched] = []
    for event, impression in believed:
        duration_ms = durations.get(impression.video_row_id, 0)
        elapsed_ms = (now - impression.issued_at) // timedelta(milliseconds=1)
        most = max(0, min(elapsed_ms, MOST_LOOPS * duration_ms))
        claimed = _claimed_ms(event, duration_ms)
        watched.append(Watched(event, impression, duration_ms, min(claimed, most)))
    return watched


def _claimed_ms(event: Reported, duration_ms: int) -> int:
    """Return the watch time an event stands for: a bare `view` or `complete` says the least."""
    if event.type is EventType.VIEW:
        return max(event.watch_ms, min(VIEW_MS, duration_ms))
    if event.type is EventType.COMPLETE:
        return max(event.watch_ms, duration_ms)
    return event.watch_ms


def _count_views(
    transaction: Connection, viewer: str, new: Sequence[Watched], now: datetime
) -> set[UUID]:
    """Count one view per viewer, video and half hour; rows are locked in id order.

    Returns the impressions that count.
    """
    first: dict[int, UUID] = {}
    for watched in new:
        if watched.is_view:
            first.setdefault(watched.impression.video_row_id, watched.impression.id)
    return {
        first[row_id]
        for row_id in sorted(first)
        if store.count_view(transaction, row_id, viewer, now)
    }
