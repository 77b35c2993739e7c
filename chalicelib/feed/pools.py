"""The pool of candidates of a viewer: made by the generators, kept for ten minutes."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from chalicelib.feed import audience_store, candidate_store, impressions, seen
from chalicelib.feed.candidate_store import Viewer, Wanted
from chalicelib.feed.features import Affinities, affinities
from chalicelib.feed.models import FeedRequest
from chalicelib.feed.tables import Found, Ints, NeighboursOf, Pool, Space, Videos
from chalicelib.feed.taste import Taste
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

KEPT_SECONDS = 600
POSITIVES = 30  # of the last events, whose neighbours and likes ask for more
MOST_NEIGHBOURS = 300
COMMIT = timedelta(seconds=60)  # that a video may need to be there after its moment
TAGS, SOUNDS = 10, 5
_HEAD = struct.Struct("<4sdqii")  # magic, made at, space, events of the taste, candidates
_MAGIC = b"cwp1"
_GROWTH = 1.5  # of a taste, after which a pool is of an old one


@dataclass(frozen=True)
class Interest:
    """What a viewer's last events say, besides the vectors of their taste."""

    neighbours: NeighboursOf
    affinity: Affinities


@dataclass(frozen=True)
class Known:
    """What is known of the viewer of a feed, personal or not, and who may be shown to them."""

    viewer: Viewer
    space: Space
    taste: Taste | None
    interest: Interest
    is_personal: bool

    @property
    def asking(self) -> Viewer:
        """Whose pool it is: without personalisation, that of everybody in the country."""
        return self.viewer if self.is_personal else Viewer(None, self.viewer.country)

    @property
    def events(self) -> int:
        """How many events the taste is made of."""
        return 0 if self.taste is None else len(self.taste.events)


def read_interest(
    transaction: Connection, taste: Taste | None, space: Space, request: FeedRequest | None
) -> Interest:
    """Return the neighbours of a viewer's events, and what the videos of these have in common.

    Of somebody without events, what they said they are interested in, and what people like them
    watch; nothing of somebody who isn't known, without a request.
    """
    if request is None:
        return Interest({}, Affinities())
    if taste is None or taste.is_empty:
        tags = candidate_store.find_tags(transaction, request.interests)
        alike = audience_store.read_hottest(transaction, request.audiences)
        return Interest({}, Affinities(tags={tag: 1 / len(tags) for tag in tags}, alike=alike))
    ids, _ = taste.votes()
    neighbours = candidate_store.read_neighbours(transaction, np.unique(ids), space.id)
    videos = candidate_store.read_videos(transaction, taste.positives(POSITIVES), Viewer(None))
    return Interest(neighbours, affinity_of(taste, videos))


def affinity_of(taste: Taste, videos: Videos) -> Affinities:
    """Return what the videos of some of a taste's events have in common."""
    ids, weights = taste.votes()
    by_video = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    liked = np.array([by_video[video] for video in videos.ids.tolist()], np.float32)
    return affinities(videos, liked)


def load(context: Context, transaction: Connection, known: Known) -> tuple[Pool, datetime]:
    """Return a viewer's pool, and the moment since when what they have seen may be in it.

    A young taste soon wants another one: it is made anew whenever there are half as many events
    more. What was published since it was made comes into it at once.
    """
    kept = _unpack(context.cache.get(_key(known.asking)), known)
    if kept is not None:
        pool, made_at = kept
        newest = candidate_store.read_newest(transaction, made_at - COMMIT)
        pool = widened(pool, newest, Found.NEWEST | Found.EXPLORATION)
        # Of what was shown before, it may be told, and taken in, as long as its token is good.
        return pool, made_at - COMMIT - impressions.LIFETIME
    return renew(context, transaction, known)


def renew(context: Context, transaction: Connection, known: Known) -> tuple[Pool, datetime]:
    """Make a viewer's pool anew and keep it; the moment is that of now."""
    made_at = context.clock.now()
    viewer, asked = known.asking, wanted(known.taste, known.interest)
    pool = candidate_store.read_pool(transaction, viewer, asked, known.space.id)
    if viewer.row_id is not None:
        pool = without(pool, seen.read(context, transaction, viewer.row_id))
    context.cache.put(_key(viewer), _pack(pool, made_at, known), seconds=KEPT_SECONDS)
    return pool, made_at


def without(pool: Pool, ids: Ints) -> Pool:
    """Return a pool without some videos."""
    left = ~np.isin(pool.ids, ids)
    return Pool(pool.ids[left], pool.found[left])


def widened(pool: Pool, others: Ints, found: Found = Found.NEWEST) -> Pool:
    """Return a pool with other videos among its own, in the order of ids."""
    added = np.setdiff1d(others, pool.ids)
    ids = np.concatenate([pool.ids, added])
    bits = np.concatenate([pool.found, np.full(len(added), int(found), np.uint16)])
    order = np.argsort(ids)
    return Pool(ids[order], bits[order])


def _key(viewer: Viewer) -> str:
    return f"pool:{viewer.row_id}" if viewer.row_id else f"pool:of:{viewer.country}"


def wanted(taste: Taste | None, interest: Interest) -> Wanted:
    """Return what a taste and an interest ask the generators for."""
    affinity = interest.affinity
    if taste is None or taste.is_empty:
        return Wanted(tags=_strongest(affinity.tags, TAGS), alike=list(affinity.alike))
    positives = [interest.neighbours.get(video) for video in taste.positives(POSITIVES).tolist()]
    near = [neighbours.ids for neighbours in positives if neighbours is not None]
    named, votes = np.unique(np.concatenate(near) if near else np.zeros(0, np.int64),
                             return_counts=True)  # fmt: skip
    known = bool(np.any(taste.short) and np.any(taste.long))
    return Wanted(
        tags=_strongest(affinity.tags, TAGS),
        sounds=_strongest(affinity.sounds, SOUNDS),
        neighbours=named[np.argsort(-votes, kind="stable")[:MOST_NEIGHBOURS]].tolist(),
        short=taste.short if known else None,
        long=taste.long if known else None,
    )


def _strongest(shares: Mapping[int, float], most: int) -> list[int]:
    return sorted(shares, key=lambda key: (-shares[key], key))[:most]


def _pack(pool: Pool, made_at: datetime, known: Known) -> bytes:
    counts = known.events, len(pool.ids)
    head = _HEAD.pack(_MAGIC, made_at.timestamp(), known.space.id, *counts)
    return head + pool.ids.astype("<i8").tobytes() + pool.found.astype("<u2").tobytes()


def _unpack(packed: bytes | None, known: Known) -> tuple[Pool, datetime] | None:
    """Return a kept pool; None for one of another space or taste, or of a release before."""
    if packed is None or packed[:4] != _MAGIC:
        return None
    _, made_at, space_id, events, count = _HEAD.unpack_from(packed)
    if space_id != known.space.id or known.events > _GROWTH * events:
        return None
    ids = np.frombuffer(packed, "<i8", count, _HEAD.size)
    found = np.frombuffer(packed, "<u2", count, _HEAD.size + ids.nbytes)
    return Pool(ids.astype(np.int64), found.astype(np.uint16)), datetime.fromtimestamp(made_at, UTC)
