"""The additive score K of the item model, for the candidates of one viewer."""

from dataclasses import dataclass

import numpy as np

from chalicelib.feed.tables import Floats, Ints, NeighboursOf, Space, Videos
from chalicelib.feed.taste import Taste


@dataclass(frozen=True)
class Parts:
    """What each part of K gives each candidate, (n,); their sum is K."""

    cowatch: Floats
    vector: Floats
    content: Floats


def score_parts(
    videos: Videos, taste: Taste | None, neighbours_of: NeighboursOf, space: Space
) -> Parts:
    """Return the parts of K, scaled so that a good candidate has about 1 in all."""
    if taste is None or taste.is_empty:
        nothing = np.zeros(len(videos.ids), np.float32)
        return Parts(nothing, nothing, nothing)
    cowatch, content = _votes(videos.ids, *taste.votes(), neighbours_of)
    vector = space.vector_weight * (videos.vectors @ taste.short) * videos.take
    scale = np.float32(space.scale)
    return Parts(cowatch * scale, vector.astype(np.float32) * scale, content * scale)


def _votes(
    ids: Ints, voters: Ints, weights: Floats, neighbours_of: NeighboursOf
) -> tuple[Floats, Floats]:
    """Add up what the neighbours of the watched videos say for each candidate."""
    heard = [
        (neighbours_of[voter], weight)
        for voter, weight in zip(voters.tolist(), weights.tolist(), strict=True)
        if voter in neighbours_of
    ]
    if not heard:
        return np.zeros(len(ids), np.float32), np.zeros(len(ids), np.float32)
    named = np.concatenate([near.ids for near, _ in heard])
    cowatch = np.concatenate([near.cowatch * weight for near, weight in heard])
    content = np.concatenate([near.content * weight for near, weight in heard])
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids, named, sorter=order), len(ids) - 1)
    rows = order[place]
    known = ids[rows] == named
    return (
        np.bincount(rows[known], cowatch[known], len(ids)).astype(np.float32),
        np.bincount(rows[known], content[known], len(ids)).astype(np.float32),
    )
