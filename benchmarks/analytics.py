"""How long a creator waits for a year's figures: rollups beside counting every row.

`python -m benchmarks.analytics [--showings 2000000]` starts a PostgreSQL of its own, fills it and
rolls everything up, which takes some minutes.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import plain_figures
from benchmarks.database import add_videos, temporary_database
from chalicelib.accounts.models import Role
from chalicelib.analytics import creators, rolling
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection, Database

VIDEOS = 200
VIEWERS = 300_000
DAYS = 730  # the year that is asked for, and the one before it is compared with
ROUNDS = 7
NOW = datetime(2026, 11, 20, 12, 7, tzinfo=UTC)


def main() -> None:
    """Fill, roll up, measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analytics", description=__doc__)
    parser.add_argument("--showings", type=int, default=2_000_000)
    options = parser.parse_args()
    console = Console()
    with temporary_database() as database:
        database_context = SimpleNamespace(
            database=database, clock=SimpleNamespace(now=lambda: NOW)
        )
        context = cast(Context, database_context)
        _fill(database, options.showings)
        began = time.perf_counter()
        marks = _roll(context, console)
        took = time.perf_counter() - began
        console.print(f"{marks:,} changed buckets rolled up in {took:.0f} s: {marks / took:,.0f}/s")
        console.print(_measure(context))


def _fill(database: Database, showings: int) -> None:
    with database.transaction() as transaction:
        add_videos(transaction, VIDEOS)
        for back in range(0, DAYS + 62, 28):
            transaction.execute(
                "SELECT ensure_monthly_partitions('playbacks', %s)",
                ((NOW - timedelta(days=back)).date(),),
            )
    each = showings // DAYS
    for day in track(range(DAYS), "filling"):
        with database.transaction() as transaction:
            _fill_day(transaction, NOW - timedelta(days=day + 1), each)
    with database.transaction() as transaction:
        transaction.execute("SET LOCAL statement_timeout = '10min'")
        transaction.execute("ANALYZE")


def _fill_day(transaction: Connection, since: datetime, showings: int) -> None:
    """Show videos, the first ones most, to viewers, a few of them often."""
    transaction.execute(
        "INSERT INTO playbacks (impression_id, shown_at, video_id, viewer, source, watch_ms,"
        " completed, profile_clicked, watched_at, viewed_at)"
        " SELECT gen_random_uuid(), at, 1 + floor(%(videos)s * power(random(), 2)),"
        " 'u:' || floor(%(viewers)s * power(random(), 2)),"
        " (ARRAY['for_you', 'following', 'trending', 'hashtag'])[1 + floor(4 * random())],"
        " floor(12000 * random()), random() < 0.3, random() < 0.02,"
        " CASE WHEN seen < 0.8 THEN at + interval '20 s' END,"
        " CASE WHEN seen < 0.7 THEN at + interval '20 s' END FROM ("
        "  SELECT %(since)s + random() * interval '1 day' AS at, random() AS seen"
        "  FROM generate_series(1, %(showings)s) OFFSET 0) shown",
        {"since": since, "showings": showings, "videos": VIDEOS, "viewers": VIEWERS},
    )


def _roll(context: Context, console: Console) -> int:
    marks = 0
    with console.status("rolling up") as status:
        while done := rolling.roll(context)["marks"]:
            marks += done
            status.update(f"rolling up: {marks:,} changed buckets")
    return marks


def _measure(context: Context) -> Table:
    session = cast(Any, SimpleNamespace(user_row_id=1, role=Role.CREATOR))

    def overview(zone: str) -> Callable[[], Any]:
        return lambda: creators.overview(context, session, user_id=None, days=365, zone=zone)

    def series(metrics: tuple[str, ...], zone: str) -> Callable[[], Any]:
        return lambda: creators.series(
            context, session, user_id=None, metrics=metrics, days=365, grain="day", zone=zone
        )

    views = ("views",)
    cases: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        ("overview", overview("UTC"), lambda: _plain_overview(context, "UTC")),
        ("overview, Kolkata", overview("Asia/Kolkata"),
         lambda: _plain_overview(context, "Asia/Kolkata")),
        ("views by day", series(views, "UTC"), lambda: _plain_series(context, "views", "UTC")),
        ("views by day, Kolkata", series(views, "Asia/Kolkata"),
         lambda: _plain_series(context, "views", "Asia/Kolkata")),
        ("unique viewers by day", series(("unique_viewers",), "UTC"),
         lambda: _plain_series(context, "unique_viewers", "UTC")),
    ]  # fmt: skip
    table = Table("365 days, milliseconds", "rollups", "every row", "beside it")
    for name, rolled, plain in cases:
        quick, slow = _time(rolled), _time(plain)
        table.add_row(name, f"{quick:.1f}", f"{slow:.0f}", f"{slow / quick:.0f} times as fast")
    found = creators.overview(context, session, user_id=None, days=365, zone="UTC").figures
    exact = _plain_overview(context, "UTC")
    off = found.unique_viewers / exact["unique_viewers"] - 1
    same = all(getattr(found, name) == exact[name] for name in ("impressions", "views"))
    table.caption = f"the same counts: {same}; unique viewers off by {off:+.2%}"
    return table


def _plain_overview(context: Context, zone: str) -> dict[str, int]:
    asked = creators.span(NOW, 365, zone)
    with context.database.transaction() as transaction:
        ids = plain_figures.find_videos(transaction, 1)
        plain_figures.totals(transaction, ids, asked.before.since, asked.before.until)
        return plain_figures.totals(transaction, ids, asked.since, asked.until)


def _plain_series(context: Context, metric: str, zone: str) -> None:
    asked = creators.span(NOW, 365, zone)
    with context.database.transaction() as transaction:
        ids = plain_figures.find_videos(transaction, 1)
        plain_figures.series(
            transaction, ids, metric, since=asked.since, until=asked.until, grain="day", zone=zone
        )


def _time(work: Callable[[], Any]) -> float:
    """Return the median of some rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


if __name__ == "__main__":
    main()
