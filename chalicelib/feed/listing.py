"""Feeds that are lists: what to show is in order already, and only has to be fit to be shown."""

from collections.abc import Sequence

import numpy as np

from chalicelib.feed import candidate_store, choices, listing_store
from chalicelib.feed.candidate_store import Viewer
from chalicelib.feed.choices import Choice
from chalicelib.feed.models import FeedRequest, Stream
from chalicelib.feed.tables import Found, Ints
from chalicelib.platform.database import Connection

LONGEST = 1000  # videos
_FOUND = {
    Stream.FOLLOWING: Found.FOLLOWING,
    Stream.HASHTAG: Found.HASHTAG,
    Stream.SOUND: Found.SOUND,
    Stream.TRENDING: Found.TRENDING,
}


def go_on(
    transaction: Connection,
    request: FeedRequest,
    viewer: Viewer,
    *,
    shown: Sequence[int],
    count: int,
) -> Choice:
    """Return the next videos of the list that somebody asked for."""
    key = request.key or ""
    if request.stream is Stream.FOLLOWING:
        listed = listing_store.following(transaction, viewer.row_id or 0, LONGEST)
    elif request.stream is Stream.HASHTAG:
        listed = listing_store.hashtag(transaction, key, LONGEST)
    elif request.stream is Stream.SOUND:
        listed = listing_store.sound(transaction, key, LONGEST)
    else:
        listed = listing_store.trending(transaction, LONGEST)
    found = _FOUND[request.stream]
    return in_order(transaction, viewer, listed, shown=shown, count=count, found=found)


def in_order(
    transaction: Connection,
    viewer: Viewer,
    listed: Ints,
    *,
    shown: Sequence[int],
    count: int,
    found: Found,
) -> Choice:
    """Return the first videos of a list that a viewer may be shown and this feed hasn't shown."""
    left = listed[~np.isin(listed, np.array(shown, np.int64))]
    videos = candidate_store.read_videos(transaction, left, viewer)
    return choices.plain(left[np.isin(left, videos.ids)][:count], found)
