"""Ways of counting, the product's and others, as `counters` compares them."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import redis

from chalicelib.engagement import playback_store
from chalicelib.platform.database import columns
from infra.local.processes import find_daemon
from infra.local.redis import Redis

PENDING = "benchmark:pending"
DUE = "benchmark:due"
# What is pending becomes a batch with a name of its own, in one step.
TAKE = """
if redis.call('EXISTS', KEYS[2]) == 0 then
    if redis.call('EXISTS', KEYS[1]) == 0 then return false end
    redis.call('HSET', KEYS[1], 'batch', ARGV[1])
    redis.call('RENAME', KEYS[1], KEYS[2])
end
return redis.call('HGETALL', KEYS[2])
"""


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Make the ledger of the form that buffers in Redis."""
    connection.execute("CREATE TABLE flush_ledger (batch_id uuid PRIMARY KEY)")


def one_by_one(connection: psycopg.Connection[Any], videos: Sequence[int]) -> None:
    """Count each event in a transaction of its own."""
    for video in videos:
        connection.execute("UPDATE video_stats SET views = views + 1 WHERE video_id = %s", (video,))


def batched(connection: psycopg.Connection[Any], videos: Sequence[int]) -> None:
    """Count many events in one statement, as the product does."""
    with connection.transaction():
        playback_store.add_views(connection, Counter(videos))


def unordered(connection: psycopg.Connection[Any], videos: Sequence[int], random: Random) -> None:
    """Count many events in one statement, and lock rows as they come."""
    steps = list(Counter(videos).items())
    random.shuffle(steps)
    connection.execute(
        "WITH held AS MATERIALIZED (SELECT s.ctid, n.step FROM unnest(%s::bigint[], %s::bigint[])"
        " WITH ORDINALITY AS n (video_id, step, place)"
        " CROSS JOIN LATERAL (SELECT ctid, video_id FROM video_stats v"
        "  WHERE v.video_id = n.video_id FOR NO KEY UPDATE) s)"
        " UPDATE video_stats s SET views = s.views + h.step FROM held h WHERE s.ctid = h.ctid",
        columns(steps, 2),
    )


def read_and_write(connection: psycopg.Connection[Any], video: int) -> None:
    """Count by reading, adding and writing, as one would first think of."""
    row = connection.execute(
        "SELECT views FROM video_stats WHERE video_id = %s", (video,)
    ).fetchone()
    assert row is not None  # noqa: S101 - the benchmark made it
    connection.execute(
        "UPDATE video_stats SET views = %s WHERE video_id = %s", (row["views"] + 1, video)
    )


def buffer(client: redis.Redis, videos: Sequence[int]) -> None:
    """Count in Redis; acknowledged when this returns."""
    with client.pipeline(transaction=False) as pipeline:
        for video, step in Counter(videos).items():
            pipeline.hincrby(PENDING, str(video), step)
        pipeline.execute()


def flush(client: redis.Redis, connection: psycopg.Connection[Any]) -> int:
    """Move what Redis has counted to PostgreSQL, each batch once; returns how many events."""
    found: Any = client.eval(TAKE, 2, PENDING, DUE, str(uuid4()))
    if not found:
        return 0
    text = [one.decode() for one in found]
    values = dict(zip(text[::2], text[1::2], strict=True))
    batch = values.pop("batch")
    steps = Counter({int(video): int(step) for video, step in values.items()})
    with connection.transaction():
        new = connection.execute(
            "INSERT INTO flush_ledger VALUES (%s) ON CONFLICT DO NOTHING", (batch,)
        )
        if new.rowcount:
            playback_store.add_views(connection, steps)
    client.delete(DUE)
    return steps.total()


def kill(server: Redis) -> None:
    """Kill Redis; what the kernel has of its file is kept, synced or not."""
    daemon = find_daemon(server._home, "redis")
    assert daemon is not None  # noqa: S101 - it ran
    os.kill(daemon.pid, signal.SIGKILL)


def lose_machine(server: Redis) -> None:
    """Kill Redis with its disk, as when a node is replaced by one that had heard nothing yet."""
    kill(server)
    shutil.rmtree(server._home.data / "redis")
