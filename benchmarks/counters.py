"""What exact counting costs, beside forms that are slower, deadlock, or lose counts.

`python -m benchmarks.counters` starts a PostgreSQL and a Redis of its own; a few minutes on two
cores. Figures without a rate are counts: lost and doubled ones must be 0 in the product's form.
"""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest import mock
from uuid import UUID

import psycopg
import redis
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from benchmarks import counting
from chalicelib.engagement import recording
from chalicelib.engagement.models import Claim, EventType, Report
from chalicelib.feed.models import Impression, Stream
from chalicelib.platform.context import Context
from infra.local.redis import Redis
from tests.component.races import reconnect
from tests.storms.harness import World, world

fork = multiprocessing.get_context("fork")
VIDEOS, PEOPLE = 5000, 2000
WORKERS = 4
EVENTS = 20_000
AT_ONCE = 1000
BATCHES = 50  # of each worker, where locks are compared
CALLS, ROUNDS = 20, 5  # before Redis dies, and how often it does
Connection = psycopg.Connection[Any]
_NOW = datetime.now(UTC)


def main() -> None:
    """Measure, and print a table."""
    table = Table("", "product", "other", "ratio", title="Counting")
    # Metrics go out after each Lambda invocation, of which there is none here.
    with world() as here, mock.patch.object(recording, "count"):
        _fill(here.context)
        for measure in (_batching, _locking, _losing, _buffering, _consuming):
            for row in measure(here):
                table.add_row(*row)
    Console(width=110).print(table)


def _fill(context: Context) -> None:
    with context.database.transaction() as transaction:
        counting.create_tables(transaction)
        transaction.execute(
            "INSERT INTO users (public_id, username, username_key, display_name, password_hash,"
            " birth_date) SELECT 'p' || n, 'p' || n, 'p' || n, '', '', '1990-01-01'"
            " FROM generate_series(1, %s) n",
            (PEOPLE,),
        )
        transaction.execute(
            "INSERT INTO videos (public_id, creator_id, filename, content_type, size_bytes,"
            " status, visibility, duration_ms, published_at)"
            " SELECT 'v' || n, u.id, '', '', 0, 'published', 'public', 9000, now()"
            " FROM generate_series(1, %s) n JOIN users u ON u.public_id = 'p1'",
            (VIDEOS,),
        )
        transaction.execute("INSERT INTO video_stats (video_id) SELECT id FROM videos")
        transaction.execute("SELECT refresh_video_features(id) FROM videos ORDER BY id")
    with psycopg.connect(context.settings.database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _batching(here: World) -> list[tuple[str, ...]]:
    videos = _popular(Random(1), EVENTS)  # noqa: S311 - a benchmark
    with _connect(here) as connection:
        began = time.perf_counter()
        for first in range(0, EVENTS, AT_ONCE):
            counting.batched(connection, videos[first : first + AT_ONCE])
        ours = EVENTS / (time.perf_counter() - began)
        began = time.perf_counter()
        counting.one_by_one(connection, videos[: EVENTS // 4])
        theirs = EVENTS / 4 / (time.perf_counter() - began)
    return [("counts/s: in batches of 1,000, one by one", *_rates(ours, theirs))]


def _locking(here: World) -> list[tuple[str, ...]]:
    ours, ours_dead = _race(here, _lock_in_order)
    theirs, theirs_dead = _race(here, _lock_as_they_come)
    what = f"counts/s with {WORKERS} workers: rows locked in order, as they come"
    return [
        (what, *_rates(ours, theirs)),
        ("deadlocks meanwhile", str(ours_dead), str(theirs_dead), ""),
    ]


def _race(here: World, work: Callable[[World, int], int]) -> tuple[float, int]:
    """Return the rate of what is counted by workers side by side, and their deadlocks."""
    began = time.perf_counter()
    deadlocks = sum(_side_by_side(here, work))
    counted = WORKERS * BATCHES * AT_ONCE - deadlocks * AT_ONCE
    return counted / (time.perf_counter() - began), deadlocks


def _lock_in_order(here: World, worker: int) -> int:
    return _count_batches(here, worker, lambda to, videos, _: counting.batched(to, videos))


def _lock_as_they_come(here: World, worker: int) -> int:
    return _count_batches(here, worker, counting.unordered)


def _count_batches(
    here: World, worker: int, count: Callable[[Connection, Sequence[int], Random], None]
) -> int:
    random, deadlocks = Random(worker), 0  # noqa: S311
    with _connect(here) as connection:
        for _ in range(BATCHES):
            try:
                count(connection, _popular(random, AT_ONCE), random)
            except psycopg.errors.DeadlockDetected:
                deadlocks += 1
    return deadlocks


def _losing(here: World) -> list[tuple[str, ...]]:
    before = _views(here)
    _side_by_side(here, _add_to_one)
    ours = WORKERS * 400 - (_views(here) - before)
    before = _views(here)
    _side_by_side(here, _read_and_write_one)
    theirs = WORKERS * 400 - (_views(here) - before)
    return [(f"lost of {WORKERS * 400:,}: adding, reading and writing", str(ours), str(theirs), "")]


def _add_to_one(here: World, worker: int) -> int:
    with _connect(here) as connection:
        counting.one_by_one(connection, [1] * 400)
    return 0


def _read_and_write_one(here: World, worker: int) -> int:
    with _connect(here) as connection:
        for _ in range(400):
            counting.read_and_write(connection, 1)
    return 0


def _buffering(here: World) -> list[tuple[str, ...]]:
    """Compare with counts that are buffered in Redis, whose process or whole machine dies."""
    videos = _popular(Random(3), 10 * EVENTS)  # noqa: S311
    before = _views(here)
    began = time.perf_counter()
    with _connect(here) as connection, redis.Redis.from_url(here.redis.url) as client:
        for first in range(0, len(videos), AT_ONCE):
            counting.buffer(client, videos[first : first + AT_ONCE])
            if first % (10 * AT_ONCE) == 0:
                counting.flush(client, connection)
        counting.flush(client, connection)
    rate = len(videos) / (time.perf_counter() - began)
    lost = len(videos) - (_views(here) - before)
    killed = [_lose(here, counting.kill) for _ in range(ROUNDS)]
    gone = [_lose(here, counting.lose_machine) for _ in range(ROUNDS)]
    counted = AT_ONCE * CALLS
    return [
        ("counts/s through a buffer in Redis, flushed by a ledger", "", f"{rate:,.0f}", ""),
        ("lost of these while nothing dies", "", str(lost), ""),
        (f"lost of {counted:,} each when Redis is killed", "", " ".join(map(str, killed)), ""),
        (f"lost of {counted:,} each with Redis's machine", "", " ".join(map(str, gone)), ""),
    ]


def _lose(here: World, kill: Callable[[Redis], None]) -> int:
    """Return how many acknowledged counts are lost when Redis dies with a full buffer."""
    random, before = Random(4), _views(here)  # noqa: S311
    with redis.Redis.from_url(here.redis.url) as client:
        for _ in range(CALLS):
            counting.buffer(client, _popular(random, AT_ONCE))
    kill(here.redis)
    here.redis.start()
    with _connect(here) as connection, redis.Redis.from_url(here.redis.url) as client:
        while counting.flush(client, connection):
            pass
    return AT_ONCE * CALLS - (_views(here) - before)


def _consuming(here: World) -> list[tuple[str, ...]]:
    """Measure the consumer's whole transaction: ledger, histories, figures, views."""
    alone = _record(here, _reports(11, EVENTS // 10, VIDEOS, at_once=1), together=1)
    rows = []
    for together in (1, 10, 100):
        rate = _record(here, _reports(12 + together, EVENTS, VIDEOS), together)
        what = f"events/s taken in, {10 * together:,} in a transaction; one in each"
        rows.append((what, *_rates(rate, alone)))
    spread = _record_side_by_side(here, _record_spread)
    hot = _record_side_by_side(here, _record_hot)
    return [*rows, (f"with {WORKERS} consumers: of many videos, of one", *_rates(spread, hot))]


def _record(here: World, reports: Sequence[Report], together: int) -> float:
    events = sum(len(report.claims) for report in reports)
    before = _recorded(here)
    began = time.perf_counter()
    for first in range(0, len(reports), together):
        recording.record(here.context, reports[first : first + together])
    rate = events / (time.perf_counter() - began)
    assert _recorded(here) - before == events  # noqa: S101 - or the figure means nothing
    return rate


def _record_side_by_side(here: World, work: Callable[[World, int], int]) -> float:
    before = _recorded(here)
    began = time.perf_counter()
    _side_by_side(here, work)
    rate = WORKERS * EVENTS / 2 / (time.perf_counter() - began)
    assert _recorded(here) - before == WORKERS * EVENTS // 2  # noqa: S101
    return rate


def _record_spread(here: World, worker: int) -> int:
    _record_quietly(here, _reports(100 + worker, EVENTS // 2, VIDEOS))
    return 0


def _record_hot(here: World, worker: int) -> int:
    _record_quietly(here, _reports(200 + worker, EVENTS // 2, 1))
    return 0


def _record_quietly(here: World, reports: Sequence[Report]) -> None:
    for first in range(0, len(reports), 100):
        recording.record(here.context, reports[first : first + 100])


def _reports(seed: int, events: int, videos: int, at_once: int = 10) -> list[Report]:
    """Make what some people report of some videos, as the API does."""
    random = Random(seed)  # noqa: S311
    return [_report(random, videos, at_once) for _ in range(events // at_once)]


def _report(random: Random, videos: int, claims: int) -> Report:
    now = _NOW + timedelta(seconds=random.random())
    person = random.randint(1, PEOPLE)
    made = [
        Claim(
            id=UUID(int=random.getrandbits(128), version=4),
            type=EventType.PROGRESS,
            impression=Impression(
                id=UUID(int=random.getrandbits(128), version=4),
                viewer=f"u:p{person}",
                video_row_id=_popular(random, 1, videos)[0],
                feed_id="benchmark",
                position=place,
                stream=Stream.FOR_YOU,
                issued_at=now - timedelta(seconds=10),
            ),
            at=now,
            watch_ms=random.randrange(9000),
            position_ms=None,
        )
        for place in range(claims)
    ]
    return replace(Report(now, made), user_row_id=person)


def _popular(random: Random, count: int, videos: int | None = None) -> list[int]:
    """Draw videos, the first ones far more often than the last."""
    videos = videos or VIDEOS
    return [1 + int(videos * random.random() ** 3) for _ in range(count)]


def _side_by_side(here: World, work: Callable[[World, int], int]) -> list[int]:
    """Return what workers in processes of their own come to."""
    here.context.database.close()
    here.context.cache.close()
    pipes = []
    for worker in range(WORKERS):
        end, there = fork.Pipe(duplex=False)
        fork.Process(target=_work, args=(here, work, worker, there), daemon=True).start()
        there.close()
        pipes.append(end)
    return [pipe.recv() for pipe in pipes]


def _work(here: World, work: Callable[[World, int], int], worker: int, there: Any) -> None:
    reconnect(here.context)
    there.send(work(here, worker))


def _connect(here: World) -> Connection:
    return psycopg.connect(here.postgres.url, autocommit=True, row_factory=dict_row)


def _views(here: World) -> int:
    return _number(here, "SELECT sum(views)::bigint AS n FROM video_stats")


def _recorded(here: World) -> int:
    return _number(here, "SELECT count(*) AS n FROM analytics_events")


def _number(here: World, statement: str) -> int:
    with _connect(here) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None  # noqa: S101 - an aggregate gives a row
    return int(row["n"])


def _rates(ours: float, theirs: float) -> tuple[str, str, str]:
    return f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f}"


if __name__ == "__main__":
    main()
