"""Runs cells side by side, each in a helper with servers of its own."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.matrix import BROKEN, OPERATIONS, Cell, run_cell


def end_in_order() -> None:
    """Let whatever was started be stopped when this process is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def run_all(runs: list[tuple[tuple[str, str], int]], side_by_side: int) -> list[Cell]:
    """Do runs, some at a time, each on servers of its helper's own; shows how far they are."""
    spawn = multiprocessing.get_context("spawn")
    work, done = spawn.Queue(), spawn.Queue()
    for (operation, fault), seed in runs:
        work.put((operation, fault, seed))
    for _ in range(side_by_side):
        work.put(None)
    helpers = [spawn.Process(target=_help, args=(work, done)) for _ in range(side_by_side)]
    made: dict[tuple[str, str], Cell] = {pair: Cell(*pair) for pair, _ in runs}
    try:
        for helper in helpers:
            helper.start()
        for (operation, fault, _), seconds, findings in _follow(done, len(runs)):
            cell = made[operation, fault]
            cell.runs += 1
            cell.seconds += seconds
            cell.findings += findings
        for helper in helpers:
            helper.join(timeout=60)
    finally:
        for helper in helpers:
            helper.terminate()  # it stops its servers
    return list(made.values())


def _follow(done: multiprocessing.Queue, total: int) -> Iterator:  # type: ignore[type-arg]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as progress:
        bar = progress.add_task("runs", total=total)
        for _ in range(total):
            run, seconds, findings = done.get(timeout=600)
            if findings:
                progress.console.print(
                    f"{run[0]} x {run[1]}, seed {run[2]}: {findings[0]}", markup=False
                )
            progress.update(bar, advance=1)
            yield run, seconds, findings


def _help(work: multiprocessing.Queue, done: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Do runs on servers of this process's own, until there are no more."""
    import tests.conftest  # noqa: F401, PLC0415 - as deployed functions have it
    from tests.faults.arena import stage  # noqa: PLC0415

    end_in_order()
    with stage() as here:
        while (run := work.get()) is not None:
            operation, fault, seed = run
            began = time.monotonic()
            make = {**OPERATIONS, **BROKEN}[operation]
            try:
                findings = run_cell(here, make, fault, seed)
            except Exception as error:
                findings = [("error", f"{type(error).__name__}: {error}")]
            done.put((run, time.monotonic() - began, findings))
