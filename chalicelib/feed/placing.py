"""Where new videos are in the space in force, until training knows them.

A video begins where those are that are like it by content, and moves towards the tastes of who
watches it.
"""

from datetime import datetime, timedelta

import numpy as np
from pgvector import HalfVector

from chalicelib.feed import candidate_store, placing_store, space_store
from chalicelib.feed.learning.content import blend, place_new
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.tables import DIMENSIONS, Floats
from chalicelib.platform.context import Context

NEW = timedelta(hours=2)  # training comes every hour


def place(context: Context, now: datetime) -> int:
    """Place the videos that training doesn't know yet. Returns how many."""
    with context.database.transaction() as transaction:
        champion = space_store.find_champion(transaction, "items")
        if champion is None:
            return 0
        space_id, usual = champion["id"], champion["settings"]
        young = placing_store.find_young(transaction, space_id, now - NEW)
        alike = placing_store.read_alike(transaction, young, space_id)
        watchers = placing_store.read_watchers(transaction, young, space_id)
        near = sorted({video for ids, _ in alike.values() for video in ids.tolist()})
        ids, vectors, _ = candidate_store.read_vectors(transaction, near, space_id)
        place_of = {video: row for row, video in enumerate(ids.tolist())}
        placed: list[tuple[int, str, float, float]] = []
        for video in young:
            vector: Floats = np.zeros(DIMENSIONS, np.float32)
            if video in alike:
                known, weights = alike[video]
                vector = place_new(weights, vectors[[place_of[one] for one in known.tolist()]])
            vector = blend(vector, _tastes(watchers.get(video, [])))
            if vector.any():
                text = HalfVector(vector).to_text()
                placed.append((video, text, usual["give"], usual["take"]))
        if placed:
            space_store.write_embeddings(transaction, space_id, placed, from_content=True)
    return len(placed)


def _tastes(watchers: list[tuple[float, Floats]]) -> Floats:
    """Return the sum of what people found a video worth, each in the direction of their taste."""
    total = np.zeros(DIMENSIONS, np.float32)
    for reward, vector in watchers:
        total += np.float32(reward) * unit(vector)
    return total
