"""The item model: how much each watched video votes for each other one.

K[j,i] = n_j^-a · (T[j,i]·n_i^(g-½) + λ·⟨v_j,v_i⟩·n_i^g + β·C[j,i]·n_i^g)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.cowatch import cowatch
from chalicelib.feed.learning.factors import item_vectors, unit, watch_matrix
from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEIGHBOURS = 100


@dataclass(frozen=True)
class Settings:
    """What is tuned; the names are those of the formula."""

    a: float = 0.5  # how little a popular video says
    g: float = 0.4  # how much popularity counts for a candidate
    vector_weight: float = 0.3  # λ
    content_weight: float = 0.1  # β
    tau: float = 8.0  # events
    window: int = 8  # 0: whole histories
    lag_decay: float = 1.0
    backward: float = 0.6
    user_norm: float = 0.5


@dataclass(frozen=True)
class ItemModel:
    """What serving needs of each of n items; the neighbours' weights are multiplied out.

    `neighbours`, `cowatch` and `content` are (n, 100); a neighbour of -1 is none.
    """

    settings: Settings
    vectors: Floats  # (n, 128), of length 1 or 0
    give: Floats  # n^-a, with the length of the factor in it
    take: Floats  # n^g, with the length of the factor in it
    neighbours: NDArray[np.int32]
    cowatch: Floats
    content: Floats

    def scores(self, items: NDArray[np.integer], weights: Floats) -> Floats:
        """Return what events give every item, (n,); `weights` is reward times recency."""
        moved = (weights * self.give[items]) @ self.vectors[items]
        total = self.settings.vector_weight * (self.vectors @ moved) * self.take
        near = self.neighbours[items]
        known = near >= 0
        votes = (self.cowatch[items] + self.content[items]) * weights[:, None]
        total += np.bincount(near[known], votes[known], len(self.give)).astype(np.float32)
        made: Floats = total
        return made

    def score_users(self, events: Interactions, users: NDArray[np.integer]) -> Floats:
        """Return the scores of some users' events, (users, n): what serving does, for many."""
        weights = events.rewards * np.exp(-events.ages / self.settings.tau).astype(np.float32)
        row_of = np.full(events.n_users, -1)
        row_of[users] = np.arange(len(users))
        kept = row_of[events.users] >= 0
        shape = (len(users), events.n_items)
        heard = sparse(row_of[events.users[kept]], events.items[kept], weights[kept], shape)
        moved = heard.times(self.vectors * self.give[:, None])
        total = self.settings.vector_weight * (moved @ self.vectors.T) * self.take
        return total + self._votes(heard)

    def _votes(self, heard: Sparse) -> Floats:
        near = self.neighbours[heard.columns]
        votes = (self.cowatch + self.content)[heard.columns] * heard.values[:, None]
        known = near >= 0
        flat = (heard.rows()[:, None] * heard.shape[1] + near)[known]
        counts = np.bincount(flat, votes[known], heard.shape[0] * heard.shape[1])
        return counts.astype(np.float32).reshape(heard.shape)


class Parts:
    """What several trials of one training share: each part is made once for its own settings."""

    def __init__(self, events: Interactions, graph: Sparse | None, *, seed: int) -> None:
        """Start with nothing made; `graph` is the content graph, (n, n)."""
        self.events = events
        self.graph = graph
        self._seed = seed
        self._vectors: Floats | None = None
        self._cowatch: dict[tuple[float, ...], Sparse] = {}

    def vectors(self) -> Floats:
        """Return the factors of the items, (n, 128)."""
        if self._vectors is None:
            self._vectors = item_vectors(watch_matrix(self.events), seed=self._seed)
        return self._vectors

    def cowatch(self, settings: Settings) -> Sparse:
        """Return T, (n, n)."""
        key = (settings.window, settings.lag_decay, settings.backward, settings.user_norm)
        if key not in self._cowatch:
            self._cowatch[key] = cowatch(
                self.events,
                window=settings.window,
                lag_decay=settings.lag_decay,
                backward=settings.backward,
                user_norm=settings.user_norm,
            )
        return self._cowatch[key]


def fit(parts: Parts, settings: Settings) -> ItemModel:
    """Return the model of some settings."""
    n = parts.events.n_items
    viewers = np.maximum(parts.events.viewers, 1).astype(np.float32)
    give, take = viewers**-settings.a, viewers**settings.g
    factors = parts.vectors()
    lengths = np.linalg.norm(factors, axis=1)
    together = parts.cowatch(settings)
    rows, columns = together.rows(), together.columns
    votes = together.values * give[rows] * (take * viewers**-0.5)[columns]
    kinds = [(rows, columns, votes)]
    if parts.graph is not None and settings.content_weight:
        near, other = parts.graph.rows(), parts.graph.columns
        alike = settings.content_weight * parts.graph.values * give[near] * take[other]
        kinds.append((near, other, alike))
    neighbours, cowatch_votes, content_votes = _strongest(kinds, n)
    return ItemModel(
        settings=settings,
        vectors=unit(factors),
        give=(give * lengths).astype(np.float32),
        take=(take * lengths).astype(np.float32),
        neighbours=neighbours,
        cowatch=cowatch_votes,
        content=content_votes,
    )


def _strongest(
    kinds: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]], n: int
) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Return the 100 neighbours of each item that get most in all, and what each kind gives."""
    rows, columns = (np.concatenate([kind[place] for kind in kinds]) for place in (0, 1))
    values = np.concatenate([kind[2] for kind in kinds]).astype(np.float32)
    best = sparse(rows, columns, values, (n, n)).top(NEIGHBOURS)
    best_rows = best.rows()
    place = np.arange(len(best.columns)) - best.starts[best_rows]
    neighbours = np.full((n, NEIGHBOURS), -1, np.int32)
    neighbours[best_rows, place] = best.columns
    keys = best_rows * n + best.columns
    tables = []
    for kind_rows, kind_columns, kind_values in kinds:
        kind_keys = kind_rows * n + kind_columns  # sorted, as they come from a Sparse
        found = np.minimum(np.searchsorted(kind_keys, keys), max(len(kind_keys) - 1, 0))
        known = kind_keys[found] == keys if len(kind_keys) else np.zeros(len(keys), bool)
        table = np.zeros((n, NEIGHBOURS), np.float32)
        table[best_rows[known], place[known]] = kind_values[found[known]]
        tables.append(table)
    if len(tables) == 1:
        tables.append(np.zeros((n, NEIGHBOURS), np.float32))
    return neighbours, tables[0], tables[1]
