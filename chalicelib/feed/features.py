"""The feature table: what speaks for and against each candidate, one column per feature."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.scoring import Parts
from chalicelib.feed.tables import Floats, Found, Ints, Pool, Videos

FRESH_SECONDS = 3 * 86_400.0
IN_COUNTRY = 0.3  # of what it would be worth if everybody like the viewer watched a video
NEW_VIEWINGS_HALF = 1.0  # of `hot`, where its feature is one half

Table = NDArray[np.float64]


class Feature(StrEnum):
    """The columns, in order."""

    COWATCH = "cowatch"
    TASTE = "taste"
    CONTENT = "content"
    CREATOR = "creator_affinity"
    HASHTAG = "hashtag_affinity"
    SOUND = "sound_affinity"
    FOLLOWING = "following"
    FRESHNESS = "freshness"
    APPEAL = "appeal"
    TRENDING = "trending"
    NEARBY = "popular_nearby"
    WATCH = "p_watch"
    COMPLETE = "p_complete"
    LIKE = "p_like"
    SHARE = "p_share"
    FOLLOW = "p_follow"
    NEGATIVE = "p_negative"


FEATURES = tuple(Feature)
HEADS = FEATURES[FEATURES.index(Feature.WATCH) :]

_PERSONAL = [
    FEATURES.index(name)
    for name in (
        Feature.COWATCH,
        Feature.TASTE,
        Feature.CONTENT,
        Feature.CREATOR,
        Feature.HASHTAG,
        Feature.SOUND,
        Feature.FOLLOWING,
    )
]

DEFAULT_WEIGHTS: Mapping[Feature, float] = {
    Feature.COWATCH: 1.0,
    Feature.TASTE: 1.0,
    Feature.CONTENT: 1.0,
    Feature.CREATOR: 0.2,
    Feature.HASHTAG: 0.3,
    Feature.SOUND: 0.1,
    Feature.FOLLOWING: 0.4,
    Feature.FRESHNESS: 0.1,
    Feature.APPEAL: 0.8,
    Feature.TRENDING: 0.2,
    Feature.NEARBY: 0.4,
    Feature.WATCH: 1.0,
    Feature.COMPLETE: 0.2,
    Feature.LIKE: 0.5,
    Feature.SHARE: 0.5,
    Feature.FOLLOW: 0.5,
    Feature.NEGATIVE: -1.0,
}


@dataclass(frozen=True)
class Affinities:
    """What a viewer has turned to, as weights that sum to 1 at most, by row id.

    `alike` is how much people like the viewer watch a video, 1 at most each.
    """

    creators: Mapping[int, float] = field(default_factory=dict)
    tags: Mapping[int, float] = field(default_factory=dict)
    sounds: Mapping[int, float] = field(default_factory=dict)
    alike: Mapping[int, float] = field(default_factory=dict)


def weights_of(changes: Mapping[str, float]) -> Table:
    """Return the weights of all columns, (F,), with some changed.

    Raises ValueError for a name that is no feature.
    """
    unknown = set(changes) - set(FEATURES)
    if unknown:
        known = ", ".join(FEATURES)
        raise ValueError(f"{', '.join(sorted(unknown))}: no such feature; there are {known}")
    return np.array([changes.get(name, DEFAULT_WEIGHTS[name]) for name in FEATURES], np.float64)


def affinities(videos: Videos, weights: Floats | Table) -> Affinities:
    """Return what the videos that somebody watched have in common; only what they liked counts.

    Parameters
    ----------
    weights: (n,) what each video weighs; those of 0 and less are left out.
    """
    positive: Table = np.maximum(weights, 0).astype(np.float64)
    total = float(positive.sum()) or 1.0
    shares = positive / total
    tags = videos.tags.ravel()
    return Affinities(
        creators=_shares(videos.creators, shares),
        tags=_shares(tags, np.repeat(shares, videos.tags.shape[1])),
        sounds=_shares(videos.sounds, shares),
    )


def build(
    pool: Pool,
    videos: Videos,
    parts: Parts,
    *,
    affinity: Affinities,
    now: float,
) -> Table:
    """Return the feature table, (n, F); the rows of the pool and of the videos are the same.

    Parameters
    ----------
    now: seconds since 1970.

    The columns of a network's heads are 0.
    """
    table = np.zeros((len(pool.ids), len(FEATURES)))
    columns = {
        Feature.COWATCH: parts.cowatch,
        Feature.TASTE: parts.vector,
        Feature.CONTENT: parts.content,
        Feature.CREATOR: _look_up(videos.creators, affinity.creators),
        Feature.HASHTAG: _look_up(videos.tags, affinity.tags).sum(axis=1),
        Feature.SOUND: _look_up(videos.sounds, affinity.sounds),
        Feature.FOLLOWING: _has(pool, Found.FOLLOWING),
        Feature.FRESHNESS: np.exp(-np.maximum(now - videos.published, 0) / FRESH_SECONDS),
        Feature.APPEAL: videos.appeal - 0.5,
        Feature.TRENDING: videos.hot / (videos.hot + NEW_VIEWINGS_HALF),
        Feature.NEARBY: np.maximum(
            IN_COUNTRY * _has(pool, Found.NEARBY), _look_up(pool.ids, affinity.alike)
        ),
    }
    for name, column in columns.items():
        table[:, FEATURES.index(name)] = column
    return table


def fit(table: Table, weights: Table) -> Table:
    """Return the part of the scores that speaks of the viewer, and not of the video, (n,)."""
    found: Table = table[:, _PERSONAL] @ weights[_PERSONAL]
    return found


def without_heads(table: Table) -> Table:
    """Return the columns that a network reads, (n, F - 6)."""
    return table[:, : -len(HEADS)]


def with_heads(table: Table, heads: Table) -> Table:
    """Return the table with what a network says, (n, 6)."""
    return np.concatenate([without_heads(table), heads], axis=1)


def _shares(keys: Ints, shares: Table) -> dict[int, float]:
    """Add up shares by key; 0 is no key."""
    found, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place.ravel(), shares, len(found))
    return {
        int(key): float(total)
        for key, total in zip(found.tolist(), sums.tolist(), strict=True)
        if key and total > 0
    }


def _look_up(keys: Ints, shares: Mapping[int, float]) -> Table:
    """Return each key's share, 0 where it has none."""
    if not shares:
        return np.zeros(keys.shape)
    known = np.array(sorted(shares))
    values = np.array([shares[key] for key in known.tolist()])
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: Table = np.where(known[place] == keys, values[place], 0.0)
    return found


def _has(pool: Pool, source: Found) -> NDArray[np.bool_]:
    has: NDArray[np.bool_] = (pool.found & int(source)) != 0
    return has
