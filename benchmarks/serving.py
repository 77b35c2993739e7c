"""How long a page of the feed takes, beside the plainest form of the same recipe.

`python -m benchmarks.serving [--videos 200000]` starts a PostgreSQL and a Redis of its own and
fills them, which takes a few minutes.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import redis
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import reference_feed
from benchmarks.database import temporary_database
from benchmarks.serving_data import TOPICS, Sizes, build
from chalicelib.api import kept, schemas
from chalicelib.feed import candidate_store, choosing
from chalicelib.feed.candidate_store import Viewer, Wanted
from chalicelib.feed.models import FeedRequest, Mode
from chalicelib.feed.pages import read_page
from chalicelib.feed.tables import Floats, Found
from chalicelib.platform.cache import Cache
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.signing import Signer
from chalicelib.videos.delivery import media_urls
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.redis import Redis

COUNT = 10
Times = list[float]


def main() -> None:
    """Fill, measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--videos", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=150)
    options = parser.parse_args()
    sizes = Sizes(options.videos, options.users, options.users * 100)
    console = Console()
    root = Path(tempfile.mkdtemp(prefix="serving-"))
    server = Redis(Home(root), free_port())
    try:
        server.start()
        with temporary_database() as database:
            with console.status("filling") as status:
                space_id = build(database, sizes, lambda step: status.update(f"filling: {step}"))
            _measure(_context(database, server.url), server.url, sizes, space_id, options.rounds)
    finally:
        server.stop()
        shutil.rmtree(root)


def _context(database: Database, redis_url: str) -> Context:
    made = SimpleNamespace(
        database=database,
        cache=Cache(redis_url),
        clock=SystemClock(),
        configuration=Configuration(database, SystemClock()),
        signer=Signer(lambda: b"a key for benchmarks only"),
    )
    return cast(Context, made)


def _measure(context: Context, redis_url: str, sizes: Sizes, space_id: int, rounds: int) -> None:
    console = Console()
    random = np.random.default_rng(1)
    users = [int(user) for user in random.integers(1, sizes.users + 1, rounds)]
    client = redis.Redis.from_url(redis_url)
    now = datetime.now(UTC)

    def forget(user: int) -> None:
        client.delete(f"pool:{user}")

    def full(user: int) -> None:
        with context.database.transaction() as transaction:
            choosing.choose(
                context, transaction, _asked(user), feed_id=f"f{user}", started_at=now,
                shown=[], count=COUNT,
            )  # fmt: skip

    def plain(user: int) -> None:
        with context.database.transaction() as transaction:
            reference_feed.rank(transaction, user, space_id, now, COUNT)

    def page(user: int) -> None:
        read_page(context, _asked(user), session=None, position=None, limit=COUNT)

    def again(user: int) -> None:
        if not kept.find(context.cache, f"page of {user}"):
            raise LookupError("a kept page is gone: the machine is too busy to measure")

    for user in users:
        kept.keep(context.cache, f"page of {user}", *_kept_page(context, _asked(user)))
    for user in track(users, "warming up", console=console):
        full(user)
    figures = {
        "Redis PING": _times(users, lambda _: client.ping()),
        "a page again, as it was kept": _times(users, again),
        "two phases, nothing cached but the taste": _times(users, full, before=forget),
        "ranking of a cached pool": _times(users, full),
        "a whole page: ranking, log, cards": _times(users, page),
        "the plainest form": _times(users[:40], plain),
    }
    console.print(_table(figures))
    console.print(_recall(context, space_id))


def _kept_page(context: Context, request: FeedRequest) -> tuple[str, list[str]]:
    """Return the JSON of a page, and what it is about, as the API keeps them."""
    page = read_page(context, request, session=None, position=None, limit=COUNT)
    media = media_urls(context)
    shown = [schemas.Video.of(item.video, media).model_dump(mode="json") for item in page.items]
    about = [item.video.id for item in page.items] + [item.video.creator.id for item in page.items]
    return json.dumps({"items": shown, "degraded": []}), about


def _asked(user: int) -> FeedRequest:
    return FeedRequest(f"u:{user}", user, Mode.PERSONAL, country="DE")


def _times(
    users: list[int], call: Callable[[int], Any], before: Callable[[int], Any] | None = None
) -> Times:
    times = []
    for user in users:
        if before:
            before(user)
        begin = time.perf_counter()
        call(user)
        times.append(1000 * (time.perf_counter() - begin))
    return times


def _table(figures: dict[str, Times]) -> Table:
    plain = statistics.median(figures["the plainest form"])
    ping = statistics.median(figures["Redis PING"])
    table = Table(title=f"Choosing {COUNT} videos: two phases >= 8 x faster than the plainest")
    for column in ("what", "p50 ms", "p99 ms", "faster than the plainest", "PINGs"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, times in figures.items():
        middle = statistics.median(times)
        last = float(np.quantile(times, 0.99))
        faster, pings = f"{plain / middle:.1f}", f"{middle / ping:.1f}"
        table.add_row(name, f"{middle:.2f}", f"{last:.2f}", faster, pings)
    return table


def _recall(context: Context, space_id: int) -> str:
    """Compare the index with a search through everything."""
    found, sought = 0, 0
    with context.database.transaction() as transaction:
        transaction.execute("SELECT set_config('statement_timeout', '0', true)")
        for video in range(1, 1 + 20 * TOPICS, TOPICS):
            vectors = candidate_store.read_give_vectors(transaction, [video], space_id)
            near = _nearest(context, vectors[video], space_id)
            transaction.execute("SELECT set_config('enable_indexscan', 'off', true)")
            exact = _nearest(context, vectors[video], space_id)
            transaction.execute("SELECT set_config('enable_indexscan', 'on', true)")
            found += len(near & exact)
            sought += len(exact)
    return f"recall@200 of the vector index: {found / sought:.3f} (>= 0.93)"


def _nearest(context: Context, vector: Floats, space_id: int) -> set[int]:
    with context.database.transaction() as transaction:
        pool = candidate_store.read_pool(
            transaction, Viewer(None), Wanted(short=vector, long=vector), space_id
        )
    near = (pool.found & int(Found.SHORT_TASTE)) != 0
    return set(pool.ids[near].tolist())


if __name__ == "__main__":
    main()
