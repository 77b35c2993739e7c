"""Training the network of heads: in force only where it orders feeds better than without it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from chalicelib.feed import (
    configuration,
    exposure_store,
    features,
    rankers,
    space_store,
    training_store,
)
from chalicelib.feed.diversity import Mask
from chalicelib.feed.exposure_store import Outcomes
from chalicelib.feed.features import Table
from chalicelib.feed.learning.network import Network, fit
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger

HISTORY = timedelta(days=14)
HELD_OUT = timedelta(days=1)
LEAST_SLOTS = 50_000  # on fewer it gains nothing that lasts
LEAST_OF_VIEWER = 4  # watched slots of one viewer, for their order to say something
SURE = 1.64  # standard errors of a gain above 0: 95 % on one side
SEED = 1


@dataclass(frozen=True)
class Verdict:
    """How well feeds would be ordered on the last day, by who ranks: shares of pairs."""

    plain: float
    incumbent: float | None
    challenger: float
    gain: float  # of the challenger over the better of the others
    error: float  # of the gain, one standard error


def train(context: Context) -> dict[str, Any]:
    """Train a challenger, compare it on the last day, and put in force what is best.

    That may be no network at all: one in force that isn't better than the plain sum any more is
    retired. Returns the figures.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        training_store.allow_minutes(transaction)
        read = exposure_store.read_outcomes(transaction, now - HISTORY)
        incumbent = rankers.load(context, transaction)
    held = read.at >= (now - HELD_OUT).timestamp()
    if len(read.at) < LEAST_SLOTS or not 0 < held.sum() < len(held):
        return {"slots": len(read.at), "in_force": incumbent.run_id if incumbent else None}
    with context.database.transaction() as transaction:
        run_id = space_store.start_run(transaction, "ranker", now)
    challenger = fit(features.without_heads(read.values[~held]), read.outcomes[~held], seed=SEED)
    weights = configuration.read(context).weights_of({})
    verdict = compare(
        _rows(read, held), weights, challenger, incumbent.network if incumbent else None
    )
    wins = verdict.gain > SURE * verdict.error
    outdone = verdict.incumbent is not None and verdict.incumbent < verdict.plain
    metrics = {"slots": len(read.at), "held_out": int(held.sum()), **vars(verdict)}
    with context.database.transaction() as transaction:
        if outdone and not wins and incumbent:
            space_store.retire(transaction, incumbent.run_id)
        space_store.end_run(
            transaction, run_id, "champion" if wins else "refused", settings={}, metrics=metrics,
            now=context.clock.now(), artifact=challenger.pack() if wins else None,
        )  # fmt: skip
    count("RankerTrained")
    logger.info("ranker_trained", extra={"run": run_id, "champion": wins, **metrics})
    return {"run": run_id, "champion": wins, **metrics}


def compare(
    held: Outcomes, weights: Table, challenger: Network, incumbent: Network | None
) -> Verdict:
    """Return how well each way to rank orders what viewers watched on the held-out day."""
    inputs = features.without_heads(held.values)
    plain = inputs @ weights[: inputs.shape[1]]
    of_heads = weights[inputs.shape[1] :]
    ways = [plain, plain + challenger.predict(inputs) @ of_heads]
    if incumbent:
        ways.append(plain + incumbent.predict(inputs) @ of_heads)
    shares = np.stack([_ordered_rightly(held, scores) for scores in ways], axis=1)
    if not len(shares):
        return Verdict(0.5, None, 0.5, 0.0, 0.0)
    means = shares.mean(axis=0)
    other = 2 if incumbent and means[2] > means[0] else 0
    gains = shares[:, 1] - shares[:, other]
    error = float(gains.std() / np.sqrt(len(gains)))
    return Verdict(
        float(means[0]), float(means[2]) if incumbent else None, float(means[1]),
        float(gains.mean()), error,
    )  # fmt: skip


def _ordered_rightly(held: Outcomes, scores: Table) -> Table:
    """Return, of each viewer, the share of pairs with unequal rewards that scores put in order."""
    order = np.argsort(held.viewers, kind="stable")
    _, starts = np.unique(held.viewers[order], return_index=True)
    shares = []
    for rows in np.split(order, starts[1:]):
        if len(rows) < LEAST_OF_VIEWER:
            continue
        better = np.sign(held.rewards[rows][:, None] - held.rewards[rows])
        said = np.sign(scores[rows][:, None] - scores[rows])
        unequal = better > 0
        if unequal.any():
            shares.append(float(((said[unequal] + 1) / 2).mean()))
    return np.array(shares)


def _rows(read: Outcomes, rows: Mask) -> Outcomes:
    return Outcomes(
        read.viewers[rows], read.at[rows], read.rewards[rows], read.values[rows],
        read.outcomes[rows],
    )  # fmt: skip
