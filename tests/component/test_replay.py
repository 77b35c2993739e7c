"""A replay of all that happened makes the same figures, in an empty and in a damaged database."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from chalicelib.admin import jobs
from chalicelib.analytics import rolling
from chalicelib.engagement import recording
from chalicelib.engagement.models import Claim, EventType, Report
from chalicelib.feed import impressions
from chalicelib.feed.models import Impression, Stream
from chalicelib.platform import context as context_module
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.upkeep import recounting, replaying
from tests.component import figures_world
from tests.component.conftest import NewClient, database, make_context
from tests.component.figures_world import Figures
from tests.fakes import FrozenClock
from tests.gateway import Client

NOW = datetime.now(UTC).replace(minute=40, second=0, microsecond=0)
# What a replay makes; everything else is what it makes it from, or has nothing to do with it.
MADE = ("playbacks", "likes", "saves", "follows", "video_viewers", "rollups", "rollup_marks")
STREAMS = (Stream.FOR_YOU, Stream.FOLLOWING, Stream.TRENDING)
TYPES = (
    EventType.IMPRESSION, EventType.VIEW, EventType.PROGRESS, EventType.COMPLETE, EventType.SKIP,
    EventType.PROFILE_CLICK,
)  # fmt: skip


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def world(context: Context, new_user: NewClient) -> Figures:
    """Three days in which people watch, in reports that come late, twice, and in any order."""
    made = figures_world.make(context, new_user, 3, NOW - timedelta(days=40))
    with context.database.transaction() as transaction:
        for month in range(3):
            transaction.execute(
                "SELECT ensure_monthly_partitions('analytics_events', %s::date - 30 * %s)",
                (NOW.date(), month),
            )
        for _ in range(150):
            made.react(transaction, NOW - timedelta(hours=made.random.random() * 70))
    reports = [report for n in range(60) for report in watch(made, n)]
    made.random.shuffle(reports)
    for report in reports:
        recording.record(context, [report, made.random.choice(reports)])
    recounting.recount(context, repair=True)
    rolling.roll(context)
    return made


def watch(world: Figures, n: int) -> Iterator[Report]:
    """Give what is reported of a showing: the same few viewers watch the same few videos."""
    random: Random = world.random
    shown_at = NOW - timedelta(
        hours=random.choice((1, 1, 1, 30, 60)), seconds=random.random() * 5400
    )
    impression = impressions.of_slot(
        f"feed {n}",
        0,
        viewer=f"a:{random.randrange(4)}",
        video_row_id=random.choice(world.videos),
        stream=random.choice(STREAMS),
        issued_at=shown_at.replace(microsecond=0),
    )
    for _ in range(random.randint(1, 4)):
        received_at = impression.issued_at + timedelta(seconds=random.randint(1, 900))
        yield Report(received_at, [claim(random, impression, received_at)])


def claim(random: Random, impression: Impression, at: datetime) -> Claim:
    watch_ms = random.choice((0, 300, 1500, 4000, 4900, 9000))
    return Claim(uuid4(), random.choice(TYPES), impression, at, watch_ms, None)


def answers(world: Figures) -> list[Any]:
    """Return every answer there is about a creator and their videos."""
    paths = [f"/analytics/overview?days={days}" for days in (7, 28, 60)]
    paths += [
        f"/analytics/series?days=7&metric={metric}&grain={grain}&timezone=Asia/Kolkata"
        for metric in ("impressions", "views", "unique_viewers", "full_watches", "followers_gained")
        for grain in ("day", "hour")
    ]
    paths += ["/analytics/videos?days=28", "/analytics/export?days=28"]
    paths += [f"/analytics/videos/{video}?days=28" for video in world.public_ids]
    found = [world.maker.get(path) for path in paths]
    assert all(answer.status == 200 for answer in found)
    return [answer.text for answer in found]


def replay(context: Context, **params: Any) -> dict[str, Any]:
    job = jobs.start(context, "replay", dry_run=params.pop("dry_run", False), params=params)
    jobs.run(context, job.id)
    done = jobs.find(context, job.id)
    assert done.error is None, done.error
    assert done.result is not None
    return dict(done.result)


EVERYTHING = {"from": (NOW - timedelta(days=20)).isoformat(), "until": NOW.isoformat()}


def test_everything_replayed_into_an_empty_database_gives_the_same_figures(  # noqa: PLR0917
    context: Context,
    world: Figures,
    admin: Client,
    server_url: str,
    template: str,
    redis_url: str,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = answers(world)
    platform = admin.get("/admin/analytics?days=28").text
    clock.advance(hours=2)
    with database(server_url, template) as url:
        copy(context, url)
        empty = make_context(url, redis_url, clock, tmp_path / "other")
        monkeypatch.setattr(context_module, "current", lambda: empty)
        found = replay(empty, **{**EVERYTHING, "until": clock.now().isoformat()})
        assert found["changed_showings"] == 60
        clock.advance(hours=-2)
        assert answers(world) == before
        assert admin.get("/admin/analytics?days=28").text == platform
        assert counters(empty) == counters(context)
        clock.advance(hours=2)
        again = replay(empty, **EVERYTHING)
        assert [again[name] for name in replaying.COUNTS] == [0, 0, 0]
        empty.database.close()
        empty.cache.close()


def test_what_was_damaged_is_made_again_and_nothing_is_counted_twice(
    context: Context, world: Figures, clock: FrozenClock
) -> None:
    before, counts = answers(world), counters(context)
    clock.advance(minutes=30)
    assert [replay(context, **EVERYTHING)[name] for name in replaying.COUNTS] == [0, 0, 0]
    with context.database.transaction() as transaction:
        transaction.execute("SELECT set_config('clipwave.replaying', 'on', true)")
        transaction.execute("DELETE FROM playbacks WHERE impression_id::text < '4'")
        transaction.execute("UPDATE playbacks SET watch_ms = watch_ms + 1, viewed_at = NULL")
        transaction.execute(
            "UPDATE video_stats s SET views = (SELECT count(viewed_at) FROM playbacks p"
            " WHERE p.video_id = s.video_id)"
        )
        transaction.execute("DELETE FROM likes WHERE user_id % 2 = 0")
        transaction.execute("UPDATE follows SET created_at = created_at - interval '1 day'")
        transaction.execute("UPDATE rollups SET comments = comments + 1, views = 0")
    clock.advance(minutes=-30)
    assert answers(world) != before
    clock.advance(minutes=30)
    window = {"from": EVERYTHING["from"], "until": clock.now().isoformat()}
    looked = replay(context, **window, dry_run=True)
    found = replay(context, **window)
    assert [looked[name] for name in replaying.COUNTS] == [found[name] for name in replaying.COUNTS]
    assert found["changed_showings"] == 60
    assert counters(context) == counts
    clock.advance(minutes=-30)
    assert answers(world) == before


@pytest.mark.parametrize("step", range(4))
def test_a_replay_that_dies_goes_on_where_it_was(
    context: Context, world: Figures, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    before, counts = answers(world), counters(context)
    with context.database.transaction() as transaction:
        transaction.execute("DELETE FROM playbacks")
        transaction.execute("UPDATE video_stats SET views = 0")
        transaction.execute("UPDATE video_viewers SET viewed_at = 'epoch'")
    monkeypatch.setattr(replaying, "AT_ONCE", 30)
    slice_, left = replaying._slice, iter(range(100))

    def dying(*args: Any, **given: Any) -> dict[str, Any]:
        found = slice_(*args, **given)
        if next(left) == step:
            raise SystemExit
        return found

    monkeypatch.setattr(replaying, "_slice", dying)
    job = jobs.start(context, "replay", dry_run=False, params=EVERYTHING)
    with pytest.raises(SystemExit):
        jobs.run(context, job.id)
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE admin_jobs SET started_at = started_at - interval '16 minutes'")
    jobs.run(context, job.id)
    assert jobs.find(context, job.id).state == "done"
    assert counters(context) == counts
    assert answers(world) == before


def test_what_comes_in_meanwhile_is_not_lost(  # noqa: PLR0917
    context: Context,
    world: Figures,
    database_url: str,
    redis_url: str,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More is reported of the very showings that are being made again: it waits, and is added."""
    late = [more(world, report) for report in watched_again(context)]
    other = make_context(database_url, redis_url, clock, tmp_path / "other")
    writer = threading.Thread(target=recording.record, args=(other, late))
    rebuild = replaying.store.rebuild_playbacks

    def slowly(transaction: Connection, since: datetime, until: datetime) -> int:
        if not writer.ident:
            writer.start()
            wait_until_blocked(database_url)
        return rebuild(transaction, since, until)

    monkeypatch.setattr(replaying.store, "rebuild_playbacks", slowly)
    clock.advance(hours=2)
    window = {"from": EVERYTHING["from"], "until": clock.now().isoformat()}
    replay(context, **window)
    writer.join(timeout=30)
    assert not writer.is_alive()
    before, counts = answers(world), counters(context)
    assert [replay(context, **window)[name] for name in replaying.COUNTS] == [0, 0, 0]
    assert (answers(world), counters(context)) == (before, counts)
    with context.database.transaction() as transaction:
        row = transaction.execute("SELECT min(watch_ms) AS n FROM playbacks").fetchone()
    assert row == {"n": 11_000}
    other.database.close()
    other.cache.close()


def watched_again(context: Context) -> list[Impression]:
    """Return all showings."""
    with context.database.transaction() as transaction:
        rows = transaction.execute("SELECT * FROM playbacks ORDER BY impression_id").fetchall()
    return [
        Impression(
            id=row["impression_id"], viewer=row["viewer"], video_row_id=row["video_id"],
            feed_id="", position=0, stream=Stream(row["source"]), issued_at=row["shown_at"],
        )
        for row in rows
    ]  # fmt: skip


def more(world: Figures, impression: Impression) -> Report:
    at = impression.issued_at + timedelta(seconds=world.random.randint(100, 4000))
    return Report(at, [Claim(uuid4(), EventType.PROGRESS, impression, at, 11_000, None)])


def wait_until_blocked(url: str) -> None:
    """Return once another session waits for a lock."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(3000):
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            ).fetchone()
            if row and row[0]:
                return
            connection.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")


def test_only_what_is_kept_can_be_replayed(context: Context, admin: Client) -> None:
    job = jobs.start(context, "replay", dry_run=False, params={"from": "2020-01-01T00:00:00Z"})
    jobs.run(context, job.id)
    assert "Events are kept from" in str(jobs.find(context, job.id).error)
    headers = {"X-Idempotency-Key": uuid4().hex}
    order = {"params": {"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}}
    started = admin.post("/admin/jobs/replay", order, headers=headers)
    assert (started.status, started.json["params"]) == (202, order["params"])
    jobs.run(context, started.json["id"])
    assert "before `until`" in admin.get(f"/admin/jobs/{started.json['id']}").json["error"]


def counters(context: Context) -> list[Any]:
    """Return all counts, and when viewers last counted."""
    with context.database.transaction() as transaction:
        return [
            transaction.execute(query).fetchall()
            for query in (
                "SELECT * FROM video_stats ORDER BY video_id",
                "SELECT * FROM user_stats ORDER BY user_id",
                "SELECT * FROM video_viewers WHERE viewed_at > 'epoch' ORDER BY 1, 2",
            )
        ]


def copy(context: Context, url: str) -> None:
    """Copy everything but what a replay makes; counts are forgotten."""
    with context.database.transaction() as source, psycopg.connect(url) as target:
        tables = [
            row["name"]
            for row in source.execute(
                "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n"
                " ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
                " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            ).fetchall()
            if row["name"] not in (*MADE, "schema_migrations")
        ]
        for parent in ("analytics_events", "playbacks"):
            for back in range(0, 90, 30):
                target.execute(
                    "SELECT ensure_monthly_partitions(%s, %s::date - %s::integer)",
                    (parent, NOW.date(), back),
                )
        target.execute("SET session_replication_role = replica")
        for name in tables:
            target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            read = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(name))
            write = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            generated = name == "search_vocabulary"
            if generated:
                continue
            with source.cursor().copy(read) as rows, target.cursor().copy(write) as into:
                for row in rows:
                    into.write(row)
        target.execute("UPDATE video_stats SET views = 0, likes = 0, saves = 0")
        target.execute("UPDATE user_stats SET followers = 0, following = 0, received_likes = 0")
