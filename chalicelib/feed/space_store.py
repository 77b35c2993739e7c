"""SQL of trained models: their runs, and what an item model has learned of each video."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.feed.tables import Neighbours, Space
from chalicelib.platform.database import Connection

BATCH = 1000
UNTRAINED = Space(id=0, tau=4.0, vector_weight=0.0, scale=1.0)


def find_space(transaction: Connection) -> Space:
    """Return the space in force; before anything was trained, one without vectors."""
    row = transaction.execute(
        "SELECT id, settings FROM model_runs WHERE kind = 'items' AND state = 'champion'"
    ).fetchone()
    if row is None:
        return UNTRAINED
    settings = row["settings"]
    return Space(row["id"], settings["tau"], settings["vector_weight"], settings["scale"])


def find_champion(transaction: Connection, kind: str) -> dict[str, Any] | None:
    """Return run id, settings, metrics and artifact of the model in force."""
    return transaction.execute(
        "SELECT id, settings, metrics, artifact FROM model_runs"
        " WHERE kind = %s AND state = 'champion'",
        (kind,),
    ).fetchone()


def start_run(transaction: Connection, kind: str, now: datetime) -> int:
    """Begin a training run. Returns its id."""
    row = transaction.execute(
        "INSERT INTO model_runs (kind, state, started_at) VALUES (%s, 'running', %s) RETURNING id",
        (kind, now),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT gives a row
    return int(row["id"])


def end_run(
    transaction: Connection,
    run_id: int,
    state: str,
    *,
    settings: Mapping[str, Any],
    metrics: Mapping[str, Any],
    now: datetime,
    artifact: bytes | None = None,
) -> None:
    """End a training run; a new champion takes the place of the old one in the same moment."""
    if state == "champion":
        transaction.execute(
            "UPDATE model_runs SET state = 'retired' WHERE state = 'champion'"
            " AND kind = (SELECT kind FROM model_runs WHERE id = %s)",
            (run_id,),
        )
    transaction.execute(
        "UPDATE model_runs SET state = %s, settings = %s, metrics = %s, artifact = %s,"
        " ended_at = %s WHERE id = %s",
        (state, Jsonb(dict(settings)), Jsonb(dict(metrics)), artifact, now, run_id),
    )


def retire(transaction: Connection, run_id: int) -> None:
    """Take a model out of force; none takes its place."""
    transaction.execute(
        "UPDATE model_runs SET state = 'retired' WHERE id = %s AND state = 'champion'", (run_id,)
    )


def create_space(transaction: Connection, space_id: int) -> None:
    """Make room for what a run has learned."""
    transaction.execute("SELECT create_space_partitions(%s)", (space_id,))


def drop_old_spaces(transaction: Connection) -> list[int]:
    """Drop what ended runs have learned, except for the one in force. Returns their ids."""
    rows = transaction.execute(
        "SELECT r.id FROM model_runs r WHERE r.kind = 'items'"
        " AND r.state IN ('retired', 'refused', 'failed')"
        " AND to_regclass('video_embeddings_' || r.id) IS NOT NULL ORDER BY r.id"
    ).fetchall()
    for row in rows:
        transaction.execute("SELECT drop_space_partitions(%s)", (row["id"],))
    return [row["id"] for row in rows]


def write_embeddings(
    transaction: Connection,
    space_id: int,
    rows: Sequence[tuple[int, str, float, float]],
    *,
    from_content: bool = False,
) -> None:
    """Write videos' places in a space: row id, vector as text, give and take."""
    transaction.execute(
        "INSERT INTO video_embeddings (space_id, video_id, embedding, give, take, from_content)"
        " SELECT %s, id, vector::halfvec, give, take, %s"
        " FROM unnest(%s::bigint[], %s::text[], %s::real[], %s::real[])"
        " AS new (id, vector, give, take)"
        " ON CONFLICT (space_id, video_id) DO UPDATE SET embedding = excluded.embedding,"
        " give = excluded.give, take = excluded.take, from_content = excluded.from_content",
        (space_id, from_content, *(list(column) for column in zip(*rows, strict=True))),
    )


def write_neighbours(
    transaction: Connection, space_id: int, rows: Iterable[tuple[int, Neighbours]]
) -> None:
    """Write the neighbours of videos."""
    packed = [
        (
            video_id,
            near.ids.astype("<i8").tobytes(),
            near.cowatch.astype("<f4").tobytes(),
            near.content.astype("<f4").tobytes(),
        )
        for video_id, near in rows
    ]
    transaction.execute(
        "INSERT INTO video_neighbors (space_id, video_id, ids, cowatch, content)"
        " SELECT %s, id, ids, cowatch, content"
        " FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])"
        " AS new (id, ids, cowatch, content)"
        " ON CONFLICT (space_id, video_id) DO UPDATE SET ids = excluded.ids,"
        " cowatch = excluded.cowatch, content = excluded.content",
        (space_id, *(list(column) for column in zip(*packed, strict=True))),
    )
