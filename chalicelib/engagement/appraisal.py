"""What events and likes say of a viewer's taste and of videos.

Whoever changes several of these takes their locks in this order: viewers' tastes, when they last
counted as a view, what showings came to, the features of videos, their counts, people's counts;
rows of one table in the order of ids.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chalicelib.engagement import viewing_store, viewings
from chalicelib.engagement.models import Watched
from chalicelib.engagement.viewings import Viewing
from chalicelib.feed import histograms, taste_store, tastes
from chalicelib.feed.reward import USUAL_QUANTILE, Signals, reward
from chalicelib.feed.taste import Event
from chalicelib.feed.tastes import Change
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class Appraised:
    """What new events have made of viewings, and of their viewers' tastes."""

    before: Mapping[UUID, Viewing]
    after: Sequence[Viewing]
    changes: Sequence[Change]


def take_in(context: Context, transaction: Connection, new: Sequence[Watched]) -> Appraised:
    """Keep in people's histories what new events come to, but for those that are paused."""
    heard: dict[int, datetime] = {}
    for one in new:
        if one.user_row_id is not None:
            known = heard.setdefault(one.user_row_id, one.received_at)
            heard[one.user_row_id] = max(known, one.received_at)
    versions = taste_store.advance_all(transaction, heard)
    kept = viewing_store.keep_wanted(transaction, new)
    owners = {one.impression.id: one.user_row_id or 0 for one in kept}
    moments = {one.impression.id: one.impression.issued_at for one in kept}
    before = viewing_store.find_viewings(transaction, moments)
    merged = viewings.merge(before, kept)
    owned = [(owners[viewing.impression_id], viewing) for viewing in merged]
    appraised = _appraise(context, transaction, owned)
    viewing_store.save_viewings(transaction, appraised)
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for user_row_id, viewing in sorted(appraised, key=lambda pair: pair[1].shown_at):
        events[user_row_id] += _events(viewing)
    changes = [Change(user, version, events[user]) for user, version in versions.items()]
    return Appraised(before, [viewing for _, viewing in appraised], changes)


def revalue(
    context: Context, transaction: Connection, user_row_id: int, video_row_id: int, now: datetime
) -> Change:
    """Take into account that somebody likes a video, doesn't any more, or doesn't want it."""
    version = taste_store.advance(transaction, user_row_id)
    pair = (user_row_id, video_row_id)
    given = viewing_store.read_signals(transaction, [pair]).get(pair, Signals())
    viewing = viewing_store.find_last_viewing(transaction, user_row_id, video_row_id)
    if viewing is None or viewing.reward is None:
        worth = reward(USUAL_QUANTILE, 0, given) if given != Signals() else 0.0
        event = Event(taste_store.key_of_unseen(video_row_id), video_row_id, worth, now.timestamp())
        return Change(user_row_id, version, [event])
    after = _appraise(context, transaction, [(user_row_id, viewing)])
    viewing_store.save_viewings(transaction, after)
    return Change(user_row_id, version, [event for _, one in after for event in _events(one)])


def tell(context: Context, changes: Sequence[Change]) -> None:
    """Bring the kept tastes up to date, after the commit."""
    tastes.hear(context, changes)


def _appraise(
    context: Context, transaction: Connection, owned: Sequence[tuple[int, Viewing]]
) -> list[tuple[int, Viewing]]:
    """Return people's viewings with what they were worth."""
    known = histograms.read(context, transaction)
    pairs = {(user, viewing.video_row_id) for user, viewing in owned}
    signals = viewing_store.read_signals(transaction, pairs)
    return [
        (user, viewings.appraise(one, known, signals.get((user, one.video_row_id), Signals())))
        for user, one in owned
    ]


def _events(viewing: Viewing) -> list[Event]:
    if viewing.reward is None:
        return []
    return [
        Event(
            tastes.key_of(viewing.impression_id),
            viewing.video_row_id,
            viewing.reward,
            viewing.shown_at.timestamp(),
        )
    ]
