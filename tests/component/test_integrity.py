"""Every problem that is planted is found and set right; where there is none, none is found."""

# ruff: noqa: S608 - statements are put together from constants of this module

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from chalicelib.admin import jobs
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client

Plant = Callable[[Context, str], None]
UNMENDED = "broken_audit_chain"


@pytest.fixture
def video(context: Context, new_user: NewClient) -> str:
    """A published video with its playlist, and another maker's."""
    for name in ("ada", "bert"):
        video_id = publish_video(context, new_user(name, creator=True), "a clip #sea")
        key = f"v/{video_id}/1.1/main.m3u8"
        context.storage.write("media", key, b"#EXTM3U", "application/x-mpegurl", "")
    return video_id


def check(context: Context, *, dry_run: bool = False) -> dict[str, Any]:
    """Return the problems that the job finds, by name."""
    job = jobs.start(context, "integrity", dry_run=dry_run)
    jobs.run(context, job.id)
    done = jobs.find(context, job.id)
    assert done.error is None, done.error
    problems = (done.result or {})["problems"]
    return {name: one for name, one in problems.items() if one["count"]}


def _sql(*statements: str) -> Plant:
    def plant(context: Context, video: str) -> None:
        with context.database.transaction() as transaction:
            for statement in statements:
                given = {"video": video, "now": context.clock.now()}
                transaction.execute(statement, given)

    return plant


def _object(bucket: str, key: str) -> Plant:
    def plant(context: Context, video: str) -> None:
        context.storage.write(bucket, key.format(video=video), b"data", "video/mp4", "")

    return plant


def _lose_playlist(context: Context, video: str) -> None:
    context.storage.delete("media", [f"v/{video}/1.1/main.m3u8"])


def _put_immortal(context: Context, video: str) -> None:
    with redis.Redis.from_url(context.settings.redis_url) as client:
        client.set("forgotten", b"1")


def _break_audit(context: Context, video: str) -> None:
    with context.database.transaction() as transaction:
        audit.append(context, transaction, None, action="test", target="thing:1", detail={})
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE audit_heads SET seq = seq + 1")


ROW = "(SELECT id FROM videos WHERE public_id = %(video)s)"
PROBLEMS: dict[str, Plant] = {
    "orphaned_watch_history": _sql(
        "INSERT INTO watch_history (user_id, video_id, impression_id, created_at)"
        " VALUES (999999, 999999, gen_random_uuid(), %(now)s)"
    ),
    "orphaned_comments": _sql(
        "INSERT INTO comments (public_id, video_id, author_id, text, created_at)"
        f" SELECT 'c', {ROW}, id, 'x', %(now)s FROM users LIMIT 1",
        "UPDATE videos SET status = 'purged' WHERE public_id = %(video)s",
        "UPDATE video_stats SET comments = 1 WHERE video_id = " + ROW,
    ),
    "stuck_stages": _sql(
        "INSERT INTO processing_stages (video_id, generation, name, state, started_at)"
        f" VALUES ({ROW}, 9, 'transcode', 'running', %(now)s - interval '2 hours')"
    ),
    "sessions_of_banned": _sql("UPDATE users SET banned_at = %(now)s WHERE username = 'ada'"),
    "duplicate_fingerprints": _sql("UPDATE videos SET sha256 = '\\x01' WHERE status = 'published'"),
    "sounds_without_videos": _sql(
        "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, public,"
        f" duration_ms) SELECT 's', 't', id, {ROW}, 'k', true, 1 FROM users LIMIT 1",
        "UPDATE videos SET status = 'purged' WHERE public_id = %(video)s",
    ),
    "published_without_playlist": _sql(
        "UPDATE videos SET playback = NULL WHERE public_id = %(video)s"
    ),
    "videos_without_counts": _sql(f"DELETE FROM video_stats WHERE video_id = {ROW}"),
    "published_without_embedding": _sql(
        "UPDATE video_features SET published_at = %(now)s - interval '100 minutes'",
        "INSERT INTO model_runs (kind, state, started_at, settings)"
        """ VALUES ('items', 'champion', %(now)s, '{"give": 1, "take": 1}')""",
        "SELECT create_space_partitions(id) FROM model_runs",
        "INSERT INTO video_embeddings (space_id, video_id, embedding, give, take)"
        " SELECT m.id, v.id, array_fill(0.088, ARRAY[128])::halfvec, 1, 1 FROM model_runs m,"
        " videos v WHERE v.public_id <> %(video)s",
    ),
    "published_without_objects": _lose_playlist,
    "objects_without_rows": _object("media", "v/nobody/1.1/main.m3u8"),
    "archived_without_need": _object("archive", "videos/{video}/media/v/x"),
    "unsent_outbox": _sql(
        "INSERT INTO outbox (queue_url, message, created_at)"
        " VALUES ('q', '{}', %(now)s - interval '1 hour')"
    ),
    "redis_keys_without_ttl": _put_immortal,
    "overdue_retention": _sql(
        "INSERT INTO idempotency_keys (scope, key, fingerprint, status, created_at)"
        " VALUES ('s', 'k', '', 200, %(now)s - interval '4 days')"
    ),
    UNMENDED: _break_audit,
    "counter_drift": _sql("UPDATE video_stats SET likes = likes + 7 WHERE video_id = " + ROW),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_found_and_set_right(context: Context, video: str, name: str) -> None:
    assert check(context) == {}
    PROBLEMS[name](context, video)
    looked = check(context, dry_run=True)
    assert name in looked
    assert looked[name]["samples"]
    assert check(context)[name] == looked[name]
    left = check(context)
    assert set(left) == ({UNMENDED} if name == UNMENDED else set())


def test_a_large_database_without_problems_has_none(
    context: Context, video: str, capsys: pytest.CaptureFixture[str], clock: FrozenClock
) -> None:
    """100,000 rows; how long it takes is printed."""
    with context.database.transaction() as transaction:
        transaction.execute("SET LOCAL statement_timeout = '1min'")
        transaction.execute(
            "INSERT INTO watch_history (user_id, video_id, impression_id, created_at)"
            " SELECT u.id, v.id, gen_random_uuid(), %s FROM generate_series(1, 25000),"
            " users u, videos v WHERE v.status = 'published'",
            (clock.now(),),
        )
    began = time.monotonic()
    assert check(context) == {}
    with capsys.disabled():
        print(f" 100,000 rows checked in {time.monotonic() - began:.1f} s", end="")


def test_health_tells_when_it_was_checked_last(
    context: Context, video: str, moderator: Client
) -> None:
    assert moderator.get("/admin/health").json["last_jobs"]["integrity"] is None
    check(context)
    assert moderator.get("/admin/health").json["last_jobs"]["integrity"]
