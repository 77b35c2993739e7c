"""Settings that fit the data: some are tried on the last events of each history, the best is taken.

Settings that were chosen on one set of data fail on another, so tuning is a part of training.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.item_model import ItemModel, Parts, Settings, fit
from chalicelib.feed.learning.sparse import Sparse
from chalicelib.feed.tables import Floats

TOP = 20
MOST_USERS = 4000  # that a trial is measured on
BATCH = 512  # users that are scored at once
REFINING = 0.5  # of the trials, which change only a part of the best settings so far

CHOICES: dict[str, tuple[float, ...]] = {
    "a": (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0),
    "g": (0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.85),
    "vector_weight": (0.0, 0.1, 0.3, 0.6, 1.0, 3.0),
    "content_weight": (0.0, 0.05, 0.1, 0.2, 0.4, 0.8),
    "user_norm": (0.0, 0.5, 0.8, 1.0),
}
IN_ORDER: dict[str, tuple[float, ...]] = {
    "tau": (1, 2, 4, 8, 16, 50),
    "window": (0, 2, 4, 8, 16),
    "lag_decay": (0.5, 1.0, 1.5),
    "backward": (0.3, 0.6, 1.0),
}
ANY_ORDER = Settings(tau=1.0, window=0, lag_decay=0.0, backward=1.0)

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Tuned:
    """The best settings, their NDCG@20, and that of the settings in force on the same events."""

    settings: Settings
    ndcg: float
    incumbent_ndcg: float | None
    trials: int


def tune(
    known: Interactions,
    target: Interactions,
    graph: Sparse | None,
    *,
    seed: int,
    trials: int = 48,
    seconds: float = 600,
    incumbent: Settings | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Try settings on events that come after those that are known.

    The first trial is the incumbent's, if there is one; the result is never worse than it. Half of
    the trials are drawn at random, the others change a part of the best. `progress` is called with
    the number of trials done, of all, and the best NDCG@20.
    """
    random = np.random.default_rng(seed)
    parts = Parts(known, graph, seed=seed)
    users = _sample(target, random)
    started = time.monotonic()
    first = incumbent or _default(known)
    best, best_ndcg = first, measure(fit(parts, first), known, target, users)
    incumbent_ndcg = best_ndcg if incumbent else None
    done = 1
    while done < trials and time.monotonic() - started < seconds:
        refine = done > trials * (1 - REFINING)
        settings = _draw(random, known.ordered, graph is not None, best if refine else None)
        ndcg = measure(fit(parts, settings), known, target, users)
        done += 1
        if ndcg > best_ndcg:
            best, best_ndcg = settings, ndcg
        if progress:
            progress(done, trials, best_ndcg)
    return Tuned(best, best_ndcg, incumbent_ndcg, done)


def measure(
    model: ItemModel, known: Interactions, target: Interactions, users: NDArray[np.integer]
) -> float:
    """Return the mean NDCG@20 of what a model recommends to some users, without what they know."""
    if not len(users):
        return 0.0
    return float(np.mean([
        ndcg(top, wanted) for top, wanted in zip(
            recommend(model, known, users), wanted_by(target, users), strict=True)
    ]))  # fmt: skip


def recommend(
    model: ItemModel, known: Interactions, users: NDArray[np.integer]
) -> list[NDArray[np.intp]]:
    """Return the best 20 items for each user, of all items that the user doesn't know."""
    lists: list[NDArray[np.intp]] = []
    for first in range(0, len(users), BATCH):
        some = users[first : first + BATCH]
        scores = model.score_users(known, some)
        row_of = np.full(known.n_users, -1)
        row_of[some] = np.arange(len(some))
        rows = row_of[known.users]
        scores[rows[rows >= 0], known.items[rows >= 0]] = -np.inf
        lists += best_of(scores)
    return lists


def best_of(scores: Floats, most: int = TOP) -> list[NDArray[np.intp]]:
    """Return the columns of the largest values of each row, the largest first."""
    most = min(most, scores.shape[1])
    part = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(scores, part, 1), axis=1, kind="stable")
    return list(np.take_along_axis(part, order, 1))


def wanted_by(target: Interactions, users: NDArray[np.integer]) -> list[NDArray[np.int32]]:
    """Return the target items of each user."""
    starts = np.concatenate([[0], np.cumsum(target.lengths)])
    return [target.items[starts[user] : starts[user + 1]] for user in users.tolist()]


def ndcg(top: NDArray[np.intp], wanted: NDArray[np.int32]) -> float:
    """Return the normalised discounted cumulative gain of a list of 20 (Järvelin 2002)."""
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    gained = discounts[: len(top)][np.isin(top, wanted)].sum()
    return float(gained / discounts[: min(len(wanted), TOP)].sum())


def _sample(target: Interactions, random: np.random.Generator) -> NDArray[np.intp]:
    users = np.flatnonzero(target.lengths)
    return np.sort(random.permutation(users)[:MOST_USERS])


def _default(known: Interactions) -> Settings:
    return Settings() if known.ordered else ANY_ORDER


def _draw(
    random: np.random.Generator, ordered: bool, has_content: bool, best: Settings | None
) -> Settings:
    """Draw settings at random; with the best so far, change about a third of them."""
    choices = {**CHOICES, **(IN_ORDER if ordered else {})}
    if not has_content:
        choices.pop("content_weight")
    names = sorted(choices)
    if best is not None:
        names = [name for name in names if random.random() < 1 / 3] or [names[0]]
    drawn = {name: float(random.choice(choices[name])) for name in names}
    if "window" in drawn:
        drawn["window"] = int(drawn["window"])
    base = best or (Settings() if ordered else ANY_ORDER)
    return replace(base, **drawn)  # type: ignore[arg-type]


def to_json(settings: Settings) -> dict[str, float]:
    """Return settings as plain data."""
    return asdict(settings)
