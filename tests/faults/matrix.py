"""The matrix: which operation meets which fault, one run of a cell, and what came of all."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.faults.arena import PACE, Arena, Stage
from tests.faults.injections import FAULTS
from tests.faults.operations import (
    STUCK,
    Archive,
    Backup,
    Feed,
    Finding,
    Job,
    Like,
    Operation,
    Transcode,
    Upload,
    Views,
)

PATIENCE_SECONDS = 75.0 * PACE
SETTLED_EVERY_SECONDS = 0.4

OPERATIONS: dict[str, Callable[[], Operation]] = {
    "upload": Upload,
    "transcode": Transcode,
    "likes": Like,
    "feed": Feed,
    "views": Views,
    "archive": Archive,
    "backup": Backup,
    "recount": lambda: Job("recount"),
}
BROKEN = {"likes, read and written back": lambda: Like(naive=True)}

_SERVERS = [
    "worker killed", "worker frozen", "Redis killed", "Redis frozen", "PostgreSQL killed",
    "PostgreSQL frozen", "cloud killed", "cloud frozen", "clock an hour off",
    "connections exhausted",
]  # fmt: skip
_S3 = ["S3 slow", "S3 refused", "S3 corrupt"]
_MESSAGES = ["messages twice", "messages late", "messages disordered"]
# What an operation doesn't touch can't hurt it, and isn't counted as survived.
CELLS: dict[str, list[str]] = {
    "upload": list(FAULTS),
    "transcode": list(FAULTS),
    "likes": _SERVERS,
    "feed": [*_SERVERS, *_S3],
    "views": [*_SERVERS, *_MESSAGES],
    "archive": [*_SERVERS, *_S3],
    "backup": [*_SERVERS, *_S3, "scratch disk full"],
    "recount": [*_SERVERS, *_MESSAGES],
}


@dataclass
class Cell:
    """One operation under one fault, with what was found in each of its runs."""

    operation: str
    fault: str
    seconds: float = 0.0
    runs: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """In a word: ok, or what was lost, done twice or stuck."""
        return ", ".join(sorted({kind for kind, _ in self.findings})) or "ok"


def cells(operations: list[str], faults: list[str]) -> Iterator[tuple[str, str]]:
    """Return the cells of some operations and faults."""
    for operation in operations:
        for fault in CELLS.get(operation, list(FAULTS)):
            if fault in faults:
                yield operation, fault


def run_cell(
    stage: Stage, make: Callable[[], Operation], fault: str, seed: int, seconds: float = 1.5
) -> list[Finding]:
    """Let an operation meet a fault once, and return what is wrong afterwards."""
    with stage.run(seed) as here:
        operation = make()
        here.begin(operation.prepare(here))
        if not _last(here, operation, fault, seconds):
            detail = f"not settled after {PATIENCE_SECONDS:.0f} s: {here.cloud.depth()}"
            return [(STUCK, detail), *operation.judge(here)]
        if here.refused is not None:
            return [("refused", str(here.refused))]
        return operation.judge(here)


def _last(here: Arena, operation: Operation, fault: str, seconds: float) -> bool:
    """Let it go on, with the fault in its time. Returns whether all came to an end."""
    begin_at = time.monotonic() + here.random.uniform(0.1, 1.2)
    longer = 4 * PACE if fault == "worker frozen" else 1  # than messages stay hidden
    length = here.random.uniform(0.6, 1.4) * seconds * longer
    deadline = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as stack:
        while time.monotonic() < begin_at:
            here.tend()
        meanwhile = stack.enter_context(FAULTS[fault](here))
        until = time.monotonic() + length
        while time.monotonic() < until:
            here.tend()
            meanwhile()
    here.over.set()
    here.over_since = time.time()
    check_at = 0.0
    while time.monotonic() < deadline and here.refused is None:
        here.tend()
        if here.finished and time.monotonic() >= check_at:
            if operation.settled(here):
                return True
            check_at = time.monotonic() + SETTLED_EVERY_SECONDS
    return here.refused is not None
