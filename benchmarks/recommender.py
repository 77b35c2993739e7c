"""How well the item model finds what people watch next, beside the usual peers.

`python benchmarks/recommender.py FILE.npz` takes any interaction file: splits `trn_u, trn_i, val_…,
tst_…` with positions, attributes and features where there are any, or a log `u, i, t`, which is
replayed. Settings are tuned on the validation split only; the test split is looked at once.
`pip install -r requirements-bench.txt` adds more peers.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs by its path

from benchmarks.recommending.data import Data, load
from benchmarks.recommending.peers import peers
from benchmarks.recommending.protocol import Measured, evaluate
from benchmarks.recommending.replay import replay
from chalicelib.feed.learning.item_model import Parts, fit
from chalicelib.feed.learning.tuning import Tuned, tune

SEED = 1
OURS = "Clipwave"


def main() -> None:
    """Tune, train, and print a table."""
    parser = argparse.ArgumentParser(prog="recommender", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--trials", type=int, default=48)
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    console = Console()
    try:
        data = load(options.file)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{options.file} can't be used: {error}") from error
    if not isinstance(data, Data):
        with Progress(console=console) as bar:
            task = bar.add_task("tuning", total=options.trials)
            found = replay(
                data, trials=options.trials,
                progress=lambda done, *_: bar.update(task, completed=done),
            )  # fmt: skip
        console.print(_replayed(found))
        return
    rows = [_ours(data, options.trials, console)]
    for name, train in peers() if options.peers else ():
        with console.status(name):
            begin = time.monotonic()
            score = train(data)
            seconds = time.monotonic() - begin
            rows.append((name, evaluate(score, data.known, data.test), seconds))
    console.print(_table(rows))


def _ours(data: Data, trials: int, console: Console) -> tuple[str, Measured, float]:
    begin = time.monotonic()
    graph = data.graph()
    with Progress(console=console) as bar:
        task = bar.add_task("tuning", total=trials)
        tuned: Tuned = tune(
            data.tuning, data.validation, graph, seed=SEED, trials=trials,
            progress=lambda done, *_: bar.update(task, completed=done),
        )  # fmt: skip
    model = fit(Parts(data.known, graph, seed=SEED), tuned.settings)
    seconds = time.monotonic() - begin
    console.print(f"NDCG@20 {tuned.ndcg:.4f} on validation with {tuned.settings}")
    measured = evaluate(lambda users: model.score_users(data.known, users), data.known, data.test)
    return OURS, measured, seconds


def _table(rows: list[tuple[str, Measured, float]]) -> Table:
    best = max((row[1].recall for row in rows[1:]), default=np.nan)
    table = Table(title="Whole catalogue, test split, best 20")
    for column in ("model", "recall", "±", "NDCG", "coverage", "cold items", "cold users",
                   "beside the best peer", "training s"):  # fmt: skip
        table.add_column(column, justify="left" if column == "model" else "right")
    for name, found, seconds in rows:
        table.add_row(
            name, f"{found.recall:.4f}", f"{found.error:.4f}", f"{found.ndcg:.4f}",
            f"{found.coverage:.3f}", f"{found.cold_items:.4f}", f"{found.cold_users:.4f}",
            f"{found.recall / best:.2f}", f"{seconds:.1f}",
        )  # fmt: skip
    return table


def _replayed(found: dict[str, float]) -> Table:
    table = Table(title="The last fifth of the log, event by event: live >= 2 x frozen")
    for column in ("taste", "recall@20", "beside frozen"):
        table.add_column(column, justify="left" if column == "taste" else "right")
    for name, recall in found.items():
        table.add_row(name, f"{recall:.4f}", f"{recall / found['frozen']:.2f}")
    return table


if __name__ == "__main__":
    main()
