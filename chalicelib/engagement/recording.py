"""Taking in what was reported: each event once, by its id, in the transaction of all its effects.

Reports come at least once, in any order, and many at a time. All that they change is a function of
which events came, not of when and how often they are delivered: watch time is the most that was
reported, and what counts as a view depends on when things were received.
"""

from collections.abc import Iterator, Sequence

from chalicelib.accounts import sessions
from chalicelib.engagement import appraisal, playback_store, store, viewing_store, views
from chalicelib.engagement.models import VIEW_MS, Claim, EventType, Report, Watched
from chalicelib.feed import impressions
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count


def record(context: Context, reports: Sequence[Report]) -> int:
    """Take in reports in one transaction, and return how many events were new.

    Locks are taken as `appraisal` says; those that everybody wants, on counts, come last.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        new = store.insert_events(transaction, list(_believe(transaction, reports)))
        if not new:
            return 0
        appraised = appraisal.take_in(context, transaction, new)
        counted = views.count(transaction, new)
        viewing_store.add_to_figures(transaction, appraised.before, appraised.after, now)
        playback_store.add_views(transaction, counted)
    appraisal.tell(context, appraised.changes)
    count("WatchEventsRecorded", len(new))
    return len(new)


def _believe(transaction: Connection, reports: Sequence[Report]) -> Iterator[Watched]:
    """Give the claims of those who are known, cut to what the clock and the length allow."""
    people = _prove(transaction, reports)
    durations = store.find_durations(
        transaction, {claim.impression.video_row_id for one in reports for claim in one.claims}
    )
    for report, user_row_id in people:
        for claim in report.claims:
            duration_ms = durations.get(claim.impression.video_row_id, 0)
            watch_ms = impressions.believable_ms(
                _claimed_ms(claim, duration_ms),
                elapsed=report.received_at - claim.impression.issued_at,
                duration_ms=duration_ms,
            )
            yield Watched(claim, user_row_id, report.received_at, duration_ms, watch_ms)


def _prove(transaction: Connection, reports: Sequence[Report]) -> list[tuple[Report, int | None]]:
    """Return whose reports they are; None for somebody without an account.

    Without those of people who are gone, and of sessions that didn't live or weren't the viewer's.
    """
    proven = [(report, report.user_row_id) for report in reports if report.session is None]
    for report in reports:
        if report.session is not None:
            session = sessions.find_by_hash(transaction, report.session, report.received_at)
            viewer = f"u:{session.user_id}" if session else None
            claims = [claim for claim in report.claims if claim.impression.viewer == viewer]
            if session and claims:
                proven.append((Report(report.received_at, claims), session.user_row_id))
            count("WatchEventsUnproven", len(report.claims) - len(claims))
    gone = store.find_gone(transaction, {row_id for _, row_id in proven if row_id is not None})
    return [(report, row_id) for report, row_id in proven if row_id not in gone]


def _claimed_ms(claim: Claim, duration_ms: int) -> int:
    """Return the watch time a claim stands for: a bare `view` or `complete` says the least."""
    if claim.type is EventType.VIEW:
        return max(claim.watch_ms, min(VIEW_MS, duration_ms))
    if claim.type is EventType.COMPLETE:
        return max(claim.watch_ms, duration_ms)
    return claim.watch_ms
