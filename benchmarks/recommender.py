"""How well the item model finds what people watch next, beside the usual peers.

`python benchmarks/recommender.py FILE.npz` takes any interaction file: splits `trn_u, trn_i, val_…,
tst_…`, or a log `u, i, t`, which is replayed too. Positions, attributes and features are used where
there are any. Settings are tuned on the validation split only; the test split is looked at once.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs by its path

from benchmarks.recommending.data import Content, Data, Task, latest, load
from benchmarks.recommending.peers import peers
from benchmarks.recommending.protocol import Measured, evaluate
from benchmarks.recommending.replay import Replayed, replay
from chalicelib.feed.learning import tuning
from chalicelib.feed.learning.item_model import Parts, fit
from chalicelib.feed.learning.sparse import Sparse

SEED = 1
SECONDS = 300.0  # for tuning at most


@dataclass(frozen=True)
class Row:
    """A recommender's figures."""

    name: str
    found: Measured
    seconds: float  # of training, without tuning


def main() -> None:
    """Tune, train, and print tables."""
    options = _options()
    console = Console()
    try:
        data = load(options.file)
    except ValueError as error:
        raise SystemExit(f"{options.file} can't be used: {error}") from error
    task = data.test if options.split == "tst" else data.validation
    _describe(console, task, data)
    graph = data.content.graph()
    rows = [_ours(console, data, task, graph, options.trials)]
    if options.peers:
        rows += _others(console, task, data.content)
    console.print(_table(rows, options.split))
    if data.log is not None:
        with _tuning(console, options.trials) as progress:
            replayed = replay(
                data.log, graph,
                trials=options.trials, seconds=SECONDS, seed=SEED, progress=progress,
            )  # fmt: skip
        console.print(_replayed(replayed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="recommender", description=__doc__)
    parser.add_argument("file", type=Path, help="an .npz file")
    parser.add_argument(
        "--split", choices=("val", "tst"), default="tst", help="what is to be found"
    )
    parser.add_argument("--trials", type=int, default=48, help="settings that are tried")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def _describe(console: Console, task: Task, data: Data) -> None:
    known, content = task.known, data.content
    parts = [
        f"{known.n_users:,} users, {known.n_items:,} items, {len(known.users):,} events known",
        "in order" if known.ordered else "order unknown",
        "words" if content.words is not None else "no words",
        "features" if content.dense is not None else "no features",
    ]
    console.print(", ".join(parts))


@contextmanager
def _tuning(console: Console, trials: int) -> Iterator[tuning.Progress]:
    with Progress(console=console) as bar:
        line = bar.add_task("tuning", total=trials)
        yield lambda done, _, best: bar.update(
            line, completed=done, description=f"tuning, best NDCG {best:.4f}"
        )


def _ours(console: Console, data: Data, task: Task, graph: Sparse | None, trials: int) -> Row:
    begin = time.monotonic()
    with _tuning(console, trials) as progress:
        tuned = tuning.tune(
            latest(data.validation.known), data.validation.target, graph,
            seed=SEED, trials=trials, seconds=SECONDS, progress=progress,
        )  # fmt: skip
    seconds = time.monotonic() - begin
    console.print(f"{tuned.trials} trials in {seconds:.0f} s, {tuned.settings}")
    begin = time.monotonic()
    known = latest(task.known)
    model = fit(Parts(known, graph, seed=SEED), tuned.settings)
    seconds = time.monotonic() - begin
    return Row("Clipwave", evaluate(lambda users: model.score_users(known, users), task), seconds)


def _others(console: Console, task: Task, content: Content) -> list[Row]:
    rows = []
    present, absent = peers(task.known, content)
    for name, train in present:
        with console.status(name):
            begin = time.monotonic()
            score = train(task.known, content)
            seconds = time.monotonic() - begin
            rows.append(Row(name, evaluate(score, task), seconds))
    for reason in absent:
        console.print(reason)
    return rows


def _table(rows: list[Row], split: str) -> Table:
    table = Table(
        title=f"Best 20 of the whole catalogue, split {split}",
        caption="R: recall, N: NDCG, each also over the best peer's; cov: coverage.\n"
        "Only Clipwave is tuned, on validation; peers have their usual settings.",
        box=SIMPLE_HEAD,
        padding=0,
    )
    columns = (
        *("model", "R@20", "±", "N@20", "R/best", "N/best"),
        *("cov", "cold\nitems", "cold\nusers", "train\ns"),
    )
    for column in columns:
        table.add_column(column, justify="left" if column == "model" else "right", no_wrap=True)
    recall = max((row.found.recall for row in rows[1:]), default=math.nan)
    ndcg = max((row.found.ndcg for row in rows[1:]), default=math.nan)
    for row in rows:
        found = row.found
        table.add_row(
            row.name, _shown(found.recall, 4), _shown(found.error, 4), _shown(found.ndcg, 4),
            _shown(_ratio(found.recall, recall), 2), _shown(_ratio(found.ndcg, ndcg), 2),
            _shown(found.coverage, 2), _shown(found.cold_items, 3), _shown(found.cold_users, 3),
            _shown(row.seconds, 1),
        )  # fmt: skip
    return table


def _replayed(found: dict[str, Replayed]) -> Table:
    table = Table(
        title="The last fifth of the log, event by event",
        caption="Live tastes have to find twice what frozen ones do.",
        box=SIMPLE_HEAD,
    )
    for column in ("taste", "R@20", "N@20", "newcomers' R@20", "R/frozen"):
        table.add_column(column, justify="left" if column == "taste" else "right")
    for name, row in found.items():
        table.add_row(
            name, _shown(row.recall, 4), _shown(row.ndcg, 4), _shown(row.newcomers, 4),
            _shown(_ratio(row.recall, found["frozen"].recall), 2),
        )  # fmt: skip
    return table


def _ratio(value: float, best: float) -> float:
    return value / best if best else math.nan


def _shown(value: float, digits: int) -> str:
    return "-" if np.isnan(value) else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
