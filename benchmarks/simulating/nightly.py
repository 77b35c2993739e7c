"""What is learned at night, and where new videos are placed in the meantime."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.simulating.world import World
from chalicelib.feed.learning import tuning
from chalicelib.feed.learning.content import NEAREST, blend, content_graph, place_new, tf_idf
from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.item_model import ItemModel, Parts, Settings, fit
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats, Ints, Neighbours, Space
from chalicelib.feed.training import SAMPLE, SEED

TRIALS, FIRST_TRIALS = 4, 12  # of a night; many nights have as many as one production run


@dataclass(frozen=True)
class Learned:
    """A space, and where its videos are: (V, 128), (V,), (V,)."""

    space: Space
    settings: Settings | None
    vectors: Floats
    give: Floats
    take: Floats
    neighbours: dict[int, Neighbours]

    def placed(self, words: Sparse, young: Ints, watchers: Floats) -> "Learned":
        """Return the space with places for videos it doesn't know: by content and by watchers.

        Parameters
        ----------
        watchers: (V, 128) sums of the tastes of those who wanted to watch each video.
        """
        vectors = self.vectors.copy()
        vectors[young] = 0
        known = np.flatnonzero(vectors.any(axis=1))
        for video in young.tolist() if len(known) else ():
            near = words.times(_row(words, video)[:, None])[known, 0]
            vectors[video] = blend(place_new(near, vectors[known]), watchers[video])
        return replace(self, vectors=vectors)


def content_words(world: World) -> Sparse:
    """Return the tf-idf of what is said of all videos, (V, words), as training reads it."""
    n = world.n_videos
    tags, sounds = int(world.tags.max()) + 1, int(world.sounds.max()) + 1
    rows = np.concatenate([np.repeat(np.arange(n), 4), np.arange(n), np.arange(n)])
    columns = np.concatenate(
        [world.tags.ravel(), tags + world.sounds, tags + sounds + world.creators]
    )
    counts = np.concatenate([np.full(4 * n, 2.0), np.ones(2 * n)]).astype(np.float32)
    said = np.concatenate([world.tags.ravel() > 0, world.sounds > 0, np.ones(n, bool)])
    shape = (n, int(columns.max()) + 1)
    return tf_idf(sparse(rows[said], columns[said], counts[said], shape))


def train(events: Interactions, words: Sparse, published: int, before: Learned) -> Learned:
    """Return a space learned of all events; the settings in force are the first trial."""
    graph = _graph(words, published)
    known, target = events.hold_out_last(SEED)
    tuned = tuning.tune(
        known, target, graph, seed=SEED + before.space.id,
        trials=TRIALS if before.settings else FIRST_TRIALS, incumbent=before.settings,
    )  # fmt: skip
    model = fit(Parts(events, graph, seed=SEED), tuned.settings)
    unknown = np.flatnonzero(~model.vectors[:published].any(axis=1))
    vectors = model.vectors.copy()
    for video in unknown.tolist():
        a, b = graph.starts[video], graph.starts[video + 1]
        if a < b:
            vectors[video] = place_new(graph.values[a:b], model.vectors[graph.columns[a:b]])
    watched = model.vectors.any(axis=1)
    return Learned(
        space=Space(
            before.space.id + 1, tuned.settings.tau, tuned.settings.vector_weight,
            _scale(model, events),
        ),
        settings=tuned.settings,
        vectors=vectors,
        give=np.where(watched, model.give, np.median(model.give)).astype(np.float32),
        take=np.where(watched, model.take, np.median(model.take)).astype(np.float32),
        neighbours=_neighbours(model),
    )  # fmt: skip


def _graph(words: Sparse, published: int) -> Sparse:
    """Return the content graph of what is published, with empty rows for the rest."""
    end = int(words.starts[published])
    there = Sparse(
        (published, words.shape[1]), words.starts[: published + 1], words.columns[:end],
        words.values[:end],
    )  # fmt: skip
    graph = content_graph(there, None, nearest=NEAREST)
    n = words.shape[0]
    return sparse(graph.rows(), graph.columns, graph.values, (n, n))


def _row(words: Sparse, video: int) -> Floats:
    a, b = words.starts[video], words.starts[video + 1]
    row = np.zeros(words.shape[1], np.float32)
    row[words.columns[a:b]] = words.values[a:b]
    return row


def _scale(model: ItemModel, events: Interactions) -> float:
    users = np.flatnonzero(events.lengths)[:SAMPLE]
    best = model.score_users(events, users).max(axis=1)
    return float(1 / max(best.mean(), 1e-9))


def _neighbours(model: ItemModel) -> dict[int, Neighbours]:
    found = {}
    for video, near in enumerate(model.neighbours):
        known = near >= 0
        if known.any():
            found[video] = Neighbours(
                near[known].astype(np.int64), model.cowatch[video][known],
                model.content[video][known],
            )  # fmt: skip
    return found
