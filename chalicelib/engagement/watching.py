"""What viewers report of their watching: believed only with a token, and handed on at once.

Nothing here needs PostgreSQL: the token says who was shown what, the queue keeps what was said, and
`recording` takes it in. An event is marked in Redis only after the queue has it, so that a crash in
between makes it come twice, which is stood, and never not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.engagement import recording, reports, store
from chalicelib.engagement.models import Claim, EventType, Receipt, Report, Reported
from chalicelib.feed import fresh, impressions
from chalicelib.feed.fresh import Glimpse
from chalicelib.feed.models import Impression
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count, logger
from chalicelib.platform.signing import SignatureInvalid

MARKED_SECONDS = int(impressions.LIFETIME.total_seconds())  # later the token has expired


def receive(
    context: Context, *, viewer: str, user_row_id: int | None, events: Sequence[Reported]
) -> Receipt:
    """Take in events of a viewer; the same event again is a duplicate, without effect.

    Raises Problem `unavailable` where neither the queue nor the database can keep them.
    """
    return _receive(context, events, viewer=viewer, user_row_id=user_row_id, session=None)


def receive_unproven(context: Context, *, session: str, events: Sequence[Reported]) -> Receipt:
    """Take in events of a session, by its hash, that can't be looked up now but will be."""
    return _receive(context, events, viewer=None, user_row_id=None, session=session)


def _receive(
    context: Context,
    events: Sequence[Reported],
    *,
    viewer: str | None,
    user_row_id: int | None,
    session: str | None,
) -> Receipt:
    now = context.clock.now()
    claims, rejected = _sort_out(context, viewer, events, now)
    new = _leave_out_known(context, claims)
    if new:
        _hand_over(context, Report(now, new, user_row_id, session))
        marks = {_mark(claim.id): b"" for claim in new}
        context.cache.put_many(marks, seconds=MARKED_SECONDS)
        if user_row_id is not None:
            fresh.note(context, user_row_id, [_glimpse(claim, now) for claim in new])
    if rejected:
        count("WatchEventsRejected", len(rejected))
    return Receipt(len(new), len(claims) - len(new), rejected)


def _sort_out(
    context: Context, viewer: str | None, events: Sequence[Reported], now: datetime
) -> tuple[list[Claim], list[tuple[UUID, str]]]:
    believed: list[Claim] = []
    rejected: list[tuple[UUID, str]] = []
    for event in events:
        try:
            impression = impressions.read_token(context.signer, event.impression_token)
        except SignatureInvalid:
            rejected.append((event.id, "token_invalid"))
            continue
        if viewer is not None and impression.viewer != viewer:
            rejected.append((event.id, "token_invalid"))
        elif impression.issued_at < now - impressions.LIFETIME:
            rejected.append((event.id, "token_expired"))
        else:
            believed.append(_claim(event, impression))
    return believed, rejected


def _claim(event: Reported, impression: Impression) -> Claim:
    return Claim(event.id, event.type, impression, event.at, event.watch_ms, event.position_ms)


def _leave_out_known(context: Context, claims: Sequence[Claim]) -> list[Claim]:
    """Return each claim once, without those that were handed on before.

    Only for the answer's sake: what is overlooked here, the ledger finds.
    """
    first: dict[UUID, Claim] = {}
    for claim in claims:
        first.setdefault(claim.id, claim)
    if not first:
        return []
    marks = context.cache.get_many([_mark(event_id) for event_id in first])
    if marks is None:
        known = _find_recorded(context, list(first.values()))
    else:
        known = {event_id for event_id in first if _mark(event_id) in marks}
    return [claim for event_id, claim in first.items() if event_id not in known]


def _find_recorded(context: Context, claims: Sequence[Claim]) -> set[UUID]:
    try:
        with context.database.transaction() as transaction:
            return store.find_recorded(transaction, claims)
    except Problem:
        return set()  # nobody can say


def _hand_over(context: Context, report: Report) -> None:
    """Give a report to the queue; where it takes none, take it in here and now."""
    try:
        context.queues.send(context.settings.watch_events_queue_url, reports.pack(report))
    except Exception:
        logger.exception("watch_events_not_queued")
        count("WatchEventsNotQueued", len(report.claims))
        recording.record(context, [report])


def _glimpse(claim: Claim, now: datetime) -> Glimpse:
    return Glimpse(
        impression_id=claim.impression.id,
        video_row_id=claim.impression.video_row_id,
        shown_at=claim.impression.issued_at.timestamp(),
        received_at=now.timestamp(),
        watch_ms=claim.watch_ms,
        completed=claim.type is EventType.COMPLETE,
        skipped=claim.type is EventType.SKIP,
        shared=claim.type is EventType.SHARE,
    )


def _mark(event_id: UUID) -> str:
    return f"event:{event_id.hex}"
