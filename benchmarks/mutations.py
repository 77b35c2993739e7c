"""Does any broken file break the pipeline? Many of them, through all of it, over a real PostgreSQL.

`python -m benchmarks.mutations [--count 500] [--media DIR] [--seed N] [--jobs 2]` ends with 1 and
names file and seed where a file was neither published nor refused with a reason, took too long,
or left something behind.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait
from pathlib import Path

from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.broken_files import Case, Outcome, Worker
from benchmarks.clips import run
from benchmarks.database import temporary_database
from chalicelib.platform.database import Database
from tests.media import REAL_CLIPS

SLOWEST = 5
QUIET = {
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Clipwave",
}
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15")
MADE = {
    "made.mp4": (*H264, "-c:a", "aac", "-movflags", "+faststart"),
    "fragments.mp4": (*H264, "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "hevc.mov": ("-c:v", "libx265", "-preset", "ultrafast", "-c:a", "pcm_s16be"),
    "made.webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"),
    "made.mkv": (*H264, "-c:a", "flac"),
    "made.ts": (*H264, "-c:a", "aac"),
    "made.avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
}


def main() -> None:
    """Break files, and print how they ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--media", type=Path, default=REAL_CLIPS, help="a folder of more files")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ.update(QUIET)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder, ExitStack() as databases:
        root = Path(folder)
        cases = list(_cases(_sources(root, options.media), options.seed, options.count))
        # One each, so that none delivers the other's messages.
        urls = [_url(databases.enter_context(temporary_database())) for _ in range(options.jobs)]
        workers = [Worker(url, root / f"worker-{place}") for place, url in enumerate(urls)]
        outcomes = _run(cases, workers, console)
    _print(outcomes, console)
    sys.exit(any(outcome.ending.problems for outcome in outcomes))


def _url(database: Database) -> str:
    with database.transaction() as transaction:
        info = transaction.info
        return make_conninfo(**{**info.get_parameters(), "password": info.password})


def _sources(root: Path, media: Path) -> list[Path]:
    """Return small clips in many containers, made here, and the files of a folder."""
    given = ("-f", "lavfi", "-i", "testsrc2=size=240x426:rate=25:duration=2",
             "-f", "lavfi", "-i", "sine=duration=2")  # fmt: skip
    for name, codecs in MADE.items():
        run(*given, *codecs, root / name)
    made = [root / name for name in MADE]
    return made + (sorted(media.iterdir()) if media.is_dir() else [])


def _cases(sources: Sequence[Path], first_seed: int, count: int) -> Iterator[Case]:
    for number in range(count):
        source, other = sources[number % len(sources)], sources[7 * number % len(sources)]
        yield Case(source, other, first_seed + number)


def _run(cases: Sequence[Case], workers: Sequence[Worker], console: Console) -> list[Outcome]:
    outcomes: list[Outcome] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("breaking files", total=len(cases))
        for outcome in _outcomes(cases, workers):
            outcomes.append(outcome)
            progress.advance(task)
            for problem in outcome.ending.problems:
                progress.print(f"[red]{_name(outcome)}: {escape(problem)}")
    return outcomes


def _outcomes(cases: Sequence[Case], workers: Sequence[Worker]) -> Iterator[Outcome]:
    """Keep all workers busy until nothing is left to do."""
    todo, idle = list(reversed(cases)), list(workers)
    busy: set[Worker] = set()
    try:
        while todo or busy:
            while todo and idle:
                worker = idle.pop()
                worker.give(todo.pop())
                busy.add(worker)
            wait([worker.pipe for worker in busy], timeout=1)
            for worker in list(busy):
                outcome = worker.take()
                if outcome is not None:
                    busy.remove(worker)
                    idle.append(worker)
                    yield outcome
    finally:
        for worker in workers:
            worker.stop()


def _print(outcomes: Sequence[Outcome], console: Console) -> None:
    by_verdict: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_verdict[outcome.ending.verdict or "none"].append(outcome)
    table = Table("verdict", "files", "slowest, s", "which")
    for verdict, some in sorted(by_verdict.items(), key=lambda item: -len(item[1])):
        slowest = max(some, key=lambda outcome: outcome.ending.seconds)
        table.add_row(verdict, str(len(some)), f"{slowest.ending.seconds:.1f}", _name(slowest))
    console.print(table)
    slow = sorted(outcomes, key=lambda outcome: -outcome.ending.seconds)[:SLOWEST]
    for outcome in slow:
        console.print(f"{outcome.ending.seconds:6.1f} s  {_name(outcome)}")
    console.print(f"{max(outcome.memory for outcome in outcomes)} MiB in one child at most")
    broken = [outcome for outcome in outcomes if outcome.ending.problems]
    console.print(f"{len(broken)} of {len(outcomes)} ended as they must not")
    for outcome in broken:
        console.print(f"[red]{_name(outcome)}: {escape('; '.join(outcome.ending.problems))}")


def _name(outcome: Outcome) -> str:
    damages = ", ".join(outcome.damages)
    return f"({outcome.case.source.name}, {outcome.case.seed}) {damages}"


if __name__ == "__main__":
    main()
