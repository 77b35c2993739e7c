"""Candidate generation, first form: the newest and the most watched in turn, unseen first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from chalicelib.feed import store
from chalicelib.feed.models import Candidate, Mode, Source
from chalicelib.platform.database import Connection

PER_SOURCE = 500


def generate(
    transaction: Connection, *, user_row_id: int | None, mode: Mode, snapshot: datetime
) -> list[Candidate]:
    """Return the whole pool of a feed in the order in which it will be shown."""
    watched = store.most_watched(transaction, snapshot, PER_SOURCE)
    if mode is Mode.POPULAR:
        return [Candidate(row_id, Source.MOST_WATCHED) for row_id in watched]
    pool = list(interleave(store.newest(transaction, snapshot, PER_SOURCE), watched))
    seen = store.seen(transaction, user_row_id, snapshot) if user_row_id else []
    return unseen_first(pool, seen)


def interleave(newest: Sequence[int], watched: Sequence[int]) -> Iterator[Candidate]:
    """Yield from both lists in turn, the newest first, no video twice."""
    taken: set[int] = set()
    for pair in zip_longest(newest, watched):
        for row_id, source in zip(pair, (Source.NEWEST, Source.MOST_WATCHED), strict=True):
            if row_id is not None and row_id not in taken:
                taken.add(row_id)
                yield Candidate(row_id, source)


def unseen_first(pool: Sequence[Candidate], seen: Sequence[int]) -> list[Candidate]:
    """Return the pool with what was seen at its end, the longest ago first."""
    age = {row_id: place for place, row_id in enumerate(seen)}
    return sorted(pool, key=lambda candidate: age.get(candidate.video_row_id, -1))
