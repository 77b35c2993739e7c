"""Counting views: of each viewer's showings of a video, at most one in half an hour.

A showing was watched when the first event that says so was received. In the order of these moments
the first one counts, and then each that is half an hour or more after the last that did. So what
counts follows from which events there are, in whatever order they are delivered: where one comes
late, its viewer's showings of that video are counted again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chalicelib.engagement import playback_store as store
from chalicelib.engagement import playbacks
from chalicelib.engagement.models import Pair, Showing, Watched
from chalicelib.platform.database import Connection

WINDOW = timedelta(minutes=30)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Showings = dict[UUID, Showing]


def count(transaction: Connection, new: Sequence[Watched]) -> Counter[int]:
    """Keep what new events come to. Returns by how much the views of videos change."""
    watched = _watched(new)
    last = store.hold_viewers(transaction, sorted({one.pair for one in watched.values()}), NEVER)
    known = store.find_watched(transaction, watched.values())
    fresh = {id_: one for id_, one in watched.items() if id_ not in known or one.at < known[id_]}
    since = _since(fresh.values(), last, known)
    before = {one.id: one for one in store.find_showings(transaction, since)}
    after = _choose(before | fresh, since)
    added = {one.id: one.at for one in after.values() if one.counts and one.id not in before}
    playbacks.keep(transaction, new, added)
    store.mend(transaction, [after[id_] for id_ in before if after[id_] != before[id_]])
    store.save_last_views(transaction, _last(after.values()))
    changes = _views(after.values())
    changes.subtract(_views(before.values()))
    return changes


def recount(
    transaction: Connection, pairs: Sequence[Pair], change: Callable[[], None]
) -> Counter[int]:
    """Count all showings of pairs, in order, anew after a change, which only they are part of.

    Returns by how much the views of videos change.
    """
    since = dict.fromkeys(pairs, NEVER)
    store.hold_viewers(transaction, pairs, NEVER)
    before = store.find_showings(transaction, since)
    change()
    now = {one.id: one for one in store.find_showings(transaction, since)}
    after = _choose(now, since)
    store.mend(transaction, [after[id_] for id_ in now if after[id_] != now[id_]])
    store.save_last_views(transaction, since | _last(after.values()))
    changes = _views(after.values())
    changes.subtract(_views(before))
    return changes


def _watched(new: Iterable[Watched]) -> Showings:
    """Return what was watched, as of the first event of each showing."""
    first: Showings = {}
    for one in new:
        if one.is_view:
            impression = one.impression
            showing = Showing(
                impression.id,
                impression.issued_at,
                impression.video_row_id,
                impression.viewer,
                one.received_at,
            )
            known = first.setdefault(showing.id, showing)
            if showing.at < known.at:
                first[showing.id] = showing
    return first


def _since(
    fresh: Iterable[Showing], last: Mapping[Pair, datetime], known: Mapping[UUID, datetime]
) -> dict[Pair, datetime]:
    """Return from when on each pair's showings are to be counted: from the last one that does.

    From the beginning where something comes late.
    """
    since: dict[Pair, datetime] = {}
    for one in fresh:
        follows = one.at > last[one.pair] and one.id not in known
        since[one.pair] = since.get(one.pair, last[one.pair]) if follows else NEVER
    return since


def _choose(showings: Showings, since: Mapping[Pair, datetime]) -> Showings:
    """Return showings with whether each counts, after the last one that does."""
    chosen: Showings = {}
    last = dict(since)
    for one in sorted(showings.values(), key=lambda showing: (showing.at, showing.id)):
        counts = one.at - last[one.pair] >= WINDOW
        chosen[one.id] = replace(one, counts=counts)
        if counts:
            last[one.pair] = one.at
    return chosen


def _last(showings: Iterable[Showing]) -> dict[Pair, datetime]:
    """Return when each pair's last showing that counts was."""
    last: defaultdict[Pair, datetime] = defaultdict(lambda: NEVER)
    for one in showings:
        if one.counts:
            last[one.pair] = max(last[one.pair], one.at)
    return last


def _views(showings: Iterable[Showing]) -> Counter[int]:
    return Counter(one.video_row_id for one in showings if one.counts)
