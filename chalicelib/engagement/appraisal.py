"""What events and likes say of a viewer's taste and of videos.

Whoever changes several of these takes their locks in this order: the viewer's taste, the features
of videos, their counts, people's counts; rows of one table in the order of ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.engagement import viewing_store, viewings
from chalicelib.engagement.models import Watched
from chalicelib.engagement.viewings import Viewing
from chalicelib.feed import histograms, taste_store, tastes
from chalicelib.feed.reward import USUAL_QUANTILE, Signals, reward
from chalicelib.feed.taste import Event
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class Change:
    """What a transaction has changed of somebody's taste; to be told to it after the commit."""

    user_row_id: int
    version: int
    events: Sequence[Event]


def take_in(
    context: Context,
    transaction: Connection,
    user_row_id: int,
    new: Sequence[Watched],
    now: datetime,
) -> Change | None:
    """Keep what new events come to. None where somebody's history is paused."""
    if not new or not viewing_store.keeps_history(transaction, user_row_id):
        return None
    taste_store.hold(transaction, user_row_id)
    version = taste_store.advance(transaction, user_row_id)
    moments = {item.impression.id: item.impression.issued_at for item in new}
    before = viewing_store.find_viewings(transaction, moments)
    merged = viewings.merge(before, new)
    signals = viewing_store.read_signals(
        transaction, user_row_id, [viewing.video_row_id for viewing in merged]
    )
    after = _appraise(context, transaction, merged, signals)
    viewing_store.save_viewings(transaction, user_row_id, after)
    viewing_store.add_to_figures(transaction, before, after, now)
    return Change(user_row_id, version, [event for item in after for event in _events(item)])


def revalue(
    context: Context, transaction: Connection, user_row_id: int, video_row_id: int, now: datetime
) -> Change:
    """Take into account that somebody likes a video, doesn't any more, or doesn't want it."""
    version = taste_store.advance(transaction, user_row_id)
    signals = viewing_store.read_signals(transaction, user_row_id, [video_row_id])
    given = signals.get(video_row_id, Signals())
    viewing = viewing_store.find_last_viewing(transaction, user_row_id, video_row_id)
    if viewing is None or viewing.reward is None:
        worth = reward(USUAL_QUANTILE, 0, given) if given != Signals() else 0.0
        event = Event(taste_store.key_of_unseen(video_row_id), video_row_id, worth, now.timestamp())
        return Change(user_row_id, version, [event])
    after = _appraise(context, transaction, [viewing], {video_row_id: given})
    viewing_store.save_viewings(transaction, user_row_id, after)
    return Change(user_row_id, version, [event for item in after for event in _events(item)])


def tell(context: Context, change: Change | None) -> None:
    """Bring the kept taste up to date, after the commit."""
    if change is not None:
        tastes.hear(context, change.user_row_id, change.version, change.events)


def _appraise(
    context: Context,
    transaction: Connection,
    merged: Sequence[Viewing],
    signals: Mapping[int, Signals],
) -> list[Viewing]:
    known = histograms.read(context, transaction)
    return [
        viewings.appraise(viewing, known, signals.get(viewing.video_row_id, Signals()))
        for viewing in merged
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
