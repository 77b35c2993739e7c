"""What one event and one page cost in the process alone: no database, no network.

`python -m benchmarks.ranking [--candidates 600]`
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from chalicelib.feed import exploration, features, ranking
from chalicelib.feed.diversity import Shown
from chalicelib.feed.features import Affinities
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.network import fit
from chalicelib.feed.scoring import score_parts
from chalicelib.feed.tables import (
    DIMENSIONS,
    Neighbours,
    NeighboursOf,
    Pool,
    Space,
    Videos,
)
from chalicelib.feed.taste import EVENTS, Event, rebuild

ROUNDS, COUNT, NEAR = 300, 10, 100
SPACE = Space(id=1, tau=4.0, vector_weight=0.3, scale=1.0)
WEIGHTS = features.weights_of({})


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking", description=__doc__)
    parser.add_argument("--candidates", type=int, default=600)
    count = parser.parse_args().candidates
    random = np.random.default_rng(1)
    videos, neighbours = _videos(random, count), _neighbours(random, count)
    pool = Pool(videos.ids, random.choice([64, 256, 8, 32], count).astype(np.uint16))
    given = {video: videos.vectors[video - 1] * np.float32(0.1) for video in videos.ids.tolist()}
    events = [Event(n, 1 + n % count, 0.7, float(n)) for n in range(EVENTS)]
    taste = rebuild(1, SPACE, events, given)
    inputs = random.standard_normal((2000, len(features.FEATURES) - len(features.HEADS)))
    outcomes = (random.random((2000, len(features.HEADS))) < 0.3).astype(float)  # noqa: PLR2004
    network = fit(inputs, outcomes, seed=1)

    def hear(number: int) -> None:
        taste.heard(2, Event(EVENTS + number, 1 + number % count, 0.7, 0.0), given[1])

    def plain(number: int) -> None:
        """The form without a live state: the whole taste from its events."""
        rebuild(2, SPACE, [*events[1:], Event(EVENTS + number, 1, 0.7, 0.0)], given)

    def page(number: int, *, heads: bool) -> None:
        parts = score_parts(videos, taste, neighbours, SPACE)
        table = features.build(pool, videos, parts, affinity=Affinities(), now=0.0)
        if heads:
            said = network.predict(features.without_heads(table))
            table = features.with_heads(table, said)
        ranking.fill(
            videos,
            ranking.score(table, WEIGHTS),
            first=0,
            count=COUNT,
            shown=Shown.of(videos.take_rows([])),
            explore=exploration.explorer(f"feed{number}", pool, videos, parts.vector, slots=1),
        )

    figures = {
        "an event, into the live state (< 1 ms)": _times(hear),
        "the same from all 200 events": _times(plain),
        f"a page of {COUNT} out of {count}, with diversity (< 5 ms)": _times(
            lambda number: page(number, heads=False)
        ),
        "the same with the network's heads": _times(lambda number: page(number, heads=True)),
    }
    table = Table(title="Compute alone")
    for column in ("what", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, times in figures.items():
        last = float(np.quantile(times, 0.99))
        table.add_row(name, f"{statistics.median(times):.3f}", f"{last:.3f}")
    Console().print(table)


def _times(call: Callable[[int], None]) -> list[float]:
    times = []
    for number in range(ROUNDS):
        begin = time.perf_counter()
        call(number)
        times.append(1000 * (time.perf_counter() - begin))
    return times


def _videos(random: np.random.Generator, count: int) -> Videos:
    plain = np.zeros(count, np.float32)
    return Videos(
        ids=np.arange(1, count + 1),
        creators=random.integers(1, count // 3 + 2, count),
        sounds=random.integers(0, 100, count),
        tags=random.integers(1, 500, (count, 4)),
        duration_ms=random.integers(5000, 60000, count),
        published=plain.astype(np.float64),
        vectors=unit(random.standard_normal((count, DIMENSIONS)).astype(np.float32)),
        take=np.ones(count, np.float32),
        quantile_sum=plain + np.float32(50),
        prior=plain + np.float32(0.5),
        appeal=random.random(count).astype(np.float32),
        rates=np.zeros((count, 4), np.float32),
        hot=random.random(count).astype(np.float32),
        shown=random.integers(0, 300, count),
        viewings=plain + np.float32(100),
    )


def _neighbours(random: np.random.Generator, count: int) -> NeighboursOf:
    weights = np.linspace(0.1, 0.001, NEAR).astype(np.float32)
    return {
        video: Neighbours(random.integers(1, count + 1, NEAR), weights, weights)
        for video in range(1, count + 1)
    }


if __name__ == "__main__":
    main()
