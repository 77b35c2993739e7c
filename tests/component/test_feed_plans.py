"""How PostgreSQL goes about finding candidates: by indexes that are sorted as they are wanted."""

import json
import re
from typing import Any

import numpy as np
import pytest

from chalicelib.feed import candidate_store, space_store
from chalicelib.feed.candidate_store import Viewer, Wanted
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.tables import DIMENSIONS, Floats, Found
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

VIDEOS = 4000


@pytest.fixture
def vectors(context: Context) -> Floats:
    """A space of some thousand videos, in a hundred heaps; video n is row n - 1."""
    random = np.random.default_rng(1)
    heaps = random.standard_normal((100, DIMENSIONS))
    noise = random.standard_normal((VIDEOS, DIMENSIONS))
    made = unit((heaps[np.arange(VIDEOS) % 100] + noise).astype(np.float32))
    with context.database.transaction() as transaction:
        space_id = space_store.start_run(transaction, "items", context.clock.now())
        space_store.create_space(transaction, space_id)
        with transaction.cursor().copy(
            "COPY video_embeddings (space_id, video_id, embedding, give, take) FROM STDIN"
        ) as copy:
            for row, vector in enumerate(made.tolist()):
                text = "[" + ",".join(f"{value:.4f}" for value in vector) + "]"
                copy.write_row((space_id, row + 1, text, 0.1, 1.0))
        transaction.execute("ANALYZE video_embeddings")
    return made


def space(transaction: Connection) -> int:
    row = transaction.execute("SELECT max(id) AS id FROM model_runs").fetchone()
    assert row is not None
    return int(row["id"])


def plan_of(transaction: Connection, wanted: Wanted) -> str:
    """Return the plan of the statement that finds candidates, as text."""
    explained = f"EXPLAIN (FORMAT JSON) {candidate_store._POOL}"
    told: list[Any] = []

    class Explaining:
        def execute(self, statement: str, values: Any, **_: Any) -> "Explaining":
            if statement == candidate_store._POOL:
                told.append(transaction.execute(explained, values).fetchone())
            return self

        def fetchone(self) -> dict[str, bytes]:
            return {"packed": b""}

    candidate_store.read_pool(Explaining(), Viewer(1), wanted, space(transaction))  # type: ignore[arg-type]
    return json.dumps(told[0])


def test_vectors_are_found_by_their_index_and_hardly_one_is_missed(
    context: Context, vectors: Floats
) -> None:
    wanted = Wanted(short=vectors[7], long=vectors[9])
    with context.database.transaction() as transaction:
        plan = plan_of(transaction, wanted)
        scans = re.findall(r'"Index Name": "(video_embeddings_\d+_embedding_idx)"', plan)
        assert len(scans) == 2
        found, sought = 0, 0
        for row in range(20):
            taste = Wanted(short=vectors[row], long=vectors[row])
            pool = candidate_store.read_pool(transaction, Viewer(None), taste, space(transaction))
            near = pool.ids[(pool.found & int(Found.SHORT_TASTE)) != 0]
            best = np.argsort(-(vectors @ vectors[row]))[:200] + 1
            found += len(np.intersect1d(near, best))
            sought += 200
    assert found / sought >= 0.93


def test_no_generator_sorts_or_reads_a_whole_table(context: Context, vectors: Floats) -> None:
    wanted = Wanted(tags=[1, 2], sounds=[3], neighbours=[4])
    with context.database.transaction() as transaction:
        transaction.execute("SET LOCAL enable_seqscan = off")  # there are next to no rows
        transaction.execute("SET LOCAL enable_bitmapscan = off")
        plan = plan_of(transaction, wanted)
    assert '"Node Type": "Seq Scan"' not in plan
    sorted_by = re.findall(r'"Sort Key": \["([^"]+)"', plan)
    assert all("hot" not in key and "published_at" not in key for key in sorted_by), sorted_by
