"""What experiments have come to: was everybody dealt out as said, and which variant is better?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from chalicelib.feed import configuration, exposure_store
from chalicelib.feed.configuration import Layer
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

SUSPICIOUS = 0.001  # a sample ratio that comes about by chance more seldom is a defect
SURE = 1.96  # standard errors on both sides of a mean: 95 %


@dataclass(frozen=True)
class Estimate:
    """A mean, and how many viewings of equal weight would say as much."""

    value: float
    effective: float


@dataclass(frozen=True)
class VariantReport:
    """What one variant has shown, and what came of it.

    `mean_reward` with its 95 % interval is that of all viewings. `equal_chance` is what new videos
    would be worth if each were drawn as often as any other, estimated from exploring slots.
    """

    name: str
    share: float
    viewers: int
    impressions: int
    viewings: int
    mean_reward: float | None
    interval: tuple[float, float] | None
    equal_chance: Estimate | None


@dataclass(frozen=True)
class LayerReport:
    """One experiment. A `sample_ratio_p` below 0.001 says that its figures can't be trusted."""

    name: str
    variants: Sequence[VariantReport]
    sample_ratio_p: float | None

    @property
    def is_trustworthy(self) -> bool:
        """Whether viewers were dealt out as the shares say, as far as can be told."""
        return self.sample_ratio_p is None or self.sample_ratio_p >= SUSPICIOUS


def report(context: Context, transaction: Connection, since: datetime) -> list[LayerReport]:
    """Return what the experiments that run have come to since a moment."""
    layers = configuration.read(context).layers
    return [_of_layer(transaction, layer, since) for layer in layers]


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return how likely counts as uneven as these come about by chance (Pearson's chi-square).

    Fabijan et al., *Diagnosing Sample Ratio Mismatch in Online Controlled Experiments*, KDD 2019.
    """
    total, whole = sum(counts), sum(shares)
    if total == 0 or len(counts) < 2:  # noqa: PLR2004 - one variant can't be uneven
        return 1.0
    expected = [total * share / whole for share in shares]
    pairs = zip(counts, expected, strict=True)
    return _chi_square_tail(sum((n - e) ** 2 / e for n, e in pairs), len(counts) - 1)


def snips(rewards: Sequence[float], propensities: Sequence[float]) -> Estimate | None:
    """Return the mean reward if every choice had been as likely, from those that were made.

    The self-normalised estimator of Swaminathan and Joachims, *The Self-Normalized Estimator for
    Counterfactual Learning*, NeurIPS 2015; `effective` is Kish's sample size.
    """
    if not len(rewards):
        return None
    weights = 1 / np.asarray(propensities, np.float64)
    value = float(weights @ np.asarray(rewards, np.float64) / weights.sum())
    return Estimate(value, float(weights.sum() ** 2 / (weights @ weights)))


def _of_layer(transaction: Connection, layer: Layer, since: datetime) -> LayerReport:
    rows = {row["variant"]: row for row in
            exposure_store.count_variants(transaction, layer.name, since)}  # fmt: skip
    variants = [
        _of_variant(variant.name, variant.share, rows.get(variant.name, {}))
        for variant in layer.variants
    ]
    counts = [variant.viewers for variant in variants]
    p = sample_ratio_p(counts, [variant.share for variant in variants]) if any(counts) else None
    return LayerReport(layer.name, variants, p)


def _of_variant(name: str, share: float, row: Mapping[str, Any]) -> VariantReport:
    viewings = row.get("viewings") or 0
    mean, interval = None, None
    if viewings:
        mean = row["rewards"] / viewings
        variance = max(0.0, row["squares"] / viewings - mean * mean)
        margin = SURE * math.sqrt(variance / viewings)
        interval = (mean - margin, mean + margin)
    return VariantReport(
        name=name,
        share=share,
        viewers=row.get("viewers") or 0,
        impressions=int(row.get("impressions") or 0),
        viewings=viewings,
        mean_reward=mean,
        interval=interval,
        equal_chance=snips(row.get("explored_rewards") or (), row.get("propensities") or ()),
    )


def _chi_square_tail(value: float, freedom: int) -> float:
    """Return P(chi-square > value), by the recurrence of the incomplete gamma function."""
    half = value / 2
    if freedom % 2:
        tail, term, at = math.erfc(math.sqrt(half)), math.sqrt(half) / math.gamma(1.5), 1
    else:
        tail, term, at = math.exp(-half), half, 2
    while at < freedom:
        tail += term * math.exp(-half)
        term *= half / (at / 2 + 1)
        at += 2
    return tail
