"""Rollups answer what the rows say: whatever changes, however far they are, in any time zone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks import plain_figures
from chalicelib.admin import jobs
from chalicelib.analytics import creators, platform, rolling, rollup_store
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.queues import QueueState
from tests.component import figures_world
from tests.component.conftest import NewClient
from tests.component.figures_world import Figures
from tests.fakes import FrozenClock
from tests.gateway import Client

# Twelve days with the end of summer time in them, and with days of 24.5 hours on Lord Howe.
NOW = datetime(2026, 10, 27, 9, 52, 30, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW - timedelta(days=2))


@pytest.fixture
def world(context: Context, new_user: NewClient) -> Figures:
    return figures_world.make(context, new_user, 7, NOW - timedelta(days=60))


def test_every_answer_is_what_the_rows_say(
    context: Context, world: Figures, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each round of changes, with none, some and all of them rolled up."""
    monkeypatch.setattr(rolling, "AT_ONCE", 60)
    began = NOW - timedelta(days=15)
    for round_ in range(3):
        with context.database.transaction() as transaction:
            world.live(transaction, began, clock.now(), 120)
            if round_:
                world.change(transaction)
        check(context, world, clock)
        check_platform(context, clock)
        with context.database.transaction() as transaction:
            rolling._roll_some(transaction)
        check(context, world, clock)
        assert rolling.roll(context)["marks"] > 0
        assert rolling.lag_seconds(context) is None
        check(context, world, clock)
        check_platform(context, clock)
        clock.advance(days=1)
    assert rolling.roll(context) == {"marks": 0}


def check(context: Context, world: Figures, clock: FrozenClock) -> None:
    for zone in ZONES:
        asked = creators.span(clock.now(), 7, zone)
        with context.database.transaction() as transaction:
            ids = plain_figures.find_videos(transaction, world.creator)
            spans = [(asked.since, asked.until), (asked.before.since, asked.before.until)]
            plain = [plain_figures.totals(transaction, ids, *span) for span in spans]
            gained = [plain_figures.followers(transaction, world.creator, *span) for span in spans]
            series = {
                (metric, grain): plain_figures.series(
                    transaction, ids, metric, since=asked.since, until=asked.until, grain=grain,
                    zone=zone,
                )
                for metric in ("views", "unique_viewers") for grain in ("hour", "day")
            }  # fmt: skip
        found = world.maker.get(f"/analytics/overview?days=7&timezone={zone}").json
        for told, counted, followers in zip((found, found["previous"]), plain, gained, strict=True):
            same(told, counted)
            assert told["followers_gained"] == followers
        for (metric, grain), values in series.items():
            path = f"/analytics/series?days=7&metric={metric}&grain={grain}&timezone={zone}"
            points = world.maker.get(path).json["points"]
            told = {datetime.fromisoformat(one["at"]): one["value"] for one in points}
            assert {at: value for at, value in told.items() if value} == values, (zone, grain)
        check_videos(context, world, asked)


def check_videos(context: Context, world: Figures, asked: creators.Span) -> None:
    listed = world.maker.get(f"/analytics/videos?days=7&timezone={asked.zone}").json["items"]
    rows = {item["video"]["id"]: item for item in listed}
    for public_id, video in zip(world.public_ids, world.videos, strict=False):
        with context.database.transaction() as transaction:
            span = transaction, video, asked.since, asked.until
            seconds = plain_figures.watched_seconds(*span)
            sources = plain_figures.sources(*span)
            plain = plain_figures.totals(transaction, [video], asked.since, asked.until)
        path = f"/analytics/videos/{public_id}?days=7&timezone={asked.zone}"
        found = world.maker.get(path).json
        same(found, plain)
        same(rows[public_id], plain)
        assert found["retention"] == creators.retention(seconds, 5)
        assert {name: n for name, n in found["sources"].items() if n} == named(sources)


def check_platform(context: Context, clock: FrozenClock) -> None:
    since = clock.now().replace(hour=0, minute=0, second=0) - timedelta(days=6)
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT sum(watch_ms)::bigint AS n FROM playbacks WHERE shown_at >= %s", (since,)
        ).fetchone()
    assert row == {"n": platform.report(context, 7).watch_time_ms}


def named(sources: Mapping[str, int]) -> dict[str, int]:
    known: dict[str, int] = {}
    for source, views in sources.items():
        name = source if source in creators.SOURCES else "other"
        known[name] = known.get(name, 0) + views
    return known


def same(told: Mapping[str, Any], plain: Mapping[str, int]) -> None:
    for name in told.keys() & plain.keys():
        assert told[name] == plain[name], name
    watched = plain["watched"]
    assert told["average_watch_ms"] == (plain["watch_time_ms"] / watched if watched else None)
    assert told["completion_rate"] == (plain["full_watches"] / watched if watched else None)


def test_what_is_written_while_buckets_are_counted_is_not_lost(
    context: Context, world: Figures, database_url: str
) -> None:
    """A change that isn't committed yet when its bucket is counted waits for the next run."""
    at = NOW - timedelta(days=3)
    other = Database(lambda: database_url)
    with other.transaction() as writer:
        world.show(writer, at)
        with context.database.transaction() as transaction:
            world.show(transaction, at)
        assert rolling.roll(context)["marks"] == 1
        assert count(context) == 1
    assert rolling.roll(context)["marks"] == 1
    assert count(context) == 2
    other.close()


def test_two_rollers_at_once_count_everything_once(
    context: Context, world: Figures, database_url: str, clock: FrozenClock
) -> None:
    """The second one finds the first at work, and leaves it to it."""
    with context.database.transaction() as transaction:
        world.live(transaction, NOW - timedelta(days=9), NOW, 50)
    other = Database(lambda: database_url)
    with other.transaction() as holder:
        assert rollup_store.hold(holder)
        assert rolling.roll(context) == {"marks": 0}
    other.close()
    assert rolling.roll(context)["marks"] > 0
    with context.database.transaction() as transaction:
        shown = transaction.execute("SELECT count(*) AS n FROM playbacks").fetchone()
    assert shown == {"n": count(context)}


def test_a_roller_that_dies_leaves_everything_to_the_next(
    context: Context, world: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    with context.database.transaction() as transaction:
        world.live(transaction, NOW - timedelta(days=9), NOW, 50)
    write = rollup_store.write
    left = iter(range(100))

    def dying(*args: Any) -> None:
        write(*args)
        if next(left) in fatal:
            raise RuntimeError("killed")

    monkeypatch.setattr(rollup_store, "write", dying)
    for step in range(7):
        fatal, left = {step}, iter(range(100))
        with pytest.raises(RuntimeError):
            rolling.roll(context)
        assert count(context) == 0
    monkeypatch.undo()
    rolling.roll(context)
    with context.database.transaction() as transaction:
        shown = transaction.execute("SELECT count(*) AS n FROM playbacks").fetchone()
    assert shown == {"n": count(context)}


def test_an_erased_viewer_is_no_longer_counted(
    context: Context, world: Figures, clock: FrozenClock
) -> None:
    with context.database.transaction() as transaction:
        for _ in range(30):
            world.show(transaction, clock.now() - timedelta(hours=1))
    rolling.roll(context)
    before = world.maker.get("/analytics/overview?days=7").json["unique_viewers"]
    with context.database.transaction() as transaction:
        transaction.execute(
            "DELETE FROM playbacks WHERE viewer = (SELECT p.viewer FROM playbacks p JOIN videos v"
            " ON v.id = p.video_id WHERE p.watched_at IS NOT NULL AND v.creator_id = %s LIMIT 1)",
            (world.creator,),
        )
    assert world.maker.get("/analytics/overview?days=7").json["unique_viewers"] == before - 1
    rolling.roll(context)
    assert world.maker.get("/analytics/overview?days=7").json["unique_viewers"] == before - 1


def test_figures_outlive_the_rows_they_were_counted_from(
    context: Context, world: Figures, clock: FrozenClock
) -> None:
    """Also where something else of that time changes after the showings are gone."""
    september = NOW - timedelta(days=40)
    with context.database.transaction() as transaction:
        for _ in range(40):
            world.show(transaction, september)
            world.react(transaction, september)
    rolling.roll(context)
    before = world.maker.get("/analytics/overview?days=60").json
    with context.database.transaction() as transaction:
        for month in ("06", "07", "08", "09"):
            transaction.execute(f"DROP TABLE playbacks_2026_{month}")
        transaction.execute("DELETE FROM comments")
    rolling.roll(context)
    after = world.maker.get("/analytics/overview?days=60").json
    assert before["comments"] > after["comments"] == 0
    for name in ("impressions", "views", "unique_viewers", "watch_time_ms", "likes"):
        assert (after[name], after[name] > 0) == (before[name], True)
    video = world.maker.get(f"/analytics/videos/{world.public_ids[0]}?days=60").json
    assert (video["comments"], video["retention"][0]) == (0, 1.0)


def test_health_tells_the_lag_and_the_job_works_it_off(
    context: Context, world: Figures, moderator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(context.queues), "state", lambda *_: QueueState(0, 0, 0), raising=False
    )
    assert moderator.get("/admin/health").json["lags"]["analytics_seconds"] is None
    with context.database.transaction() as transaction:
        world.show(transaction, NOW)
    assert moderator.get("/admin/health").json["lags"]["analytics_seconds"] >= 0
    job = jobs.start(context, "roll-up", dry_run=False)
    jobs.run(context, job.id)
    assert jobs.find(context, job.id).result == {"marks": 1}
    assert moderator.get("/admin/health").json["lags"]["analytics_seconds"] is None


def count(context: Context) -> int:
    """Return the impressions of all rolled-up days; months say the same."""
    with context.database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT grain, of, sum(impressions)::integer AS n FROM rollups GROUP BY 1, 2"
        ).fetchall()
    assert len({row["n"] for row in rows}) <= 1
    return rows[0]["n"] if rows else 0
