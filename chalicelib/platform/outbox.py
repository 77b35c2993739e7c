"""The transactional outbox: what must reach a queue is committed with the state it follows.

A message is stored in the transaction of its cause and sent after the commit, at least once:
by the function that stored it, or by the sweep if that function died in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection, Database
from chalicelib.platform.observability import count, logger
from chalicelib.platform.queues import Queues
from chalicelib.platform.retries import Kind, kind_of

BATCH = 50
EVERYTHING = "*"


def store(transaction: Connection, queue_url: str, message: Mapping[str, Any]) -> None:
    """Keep a message for sending, in the caller's transaction."""
    transaction.execute(
        "INSERT INTO outbox (queue_url, message) VALUES (%s, %s)", (queue_url, Jsonb(message))
    )


def relay_quietly(database: Database, queues: Queues) -> None:
    """Send what is waiting after a commit; what fails, the sweep sends."""
    try:
        relay(database, queues)
    except Exception:
        logger.exception("relay_failed")


def relay(database: Database, queues: Queues) -> int:
    """Send what is waiting, oldest first, and return how many were sent.

    Rows another relay holds are left to it, and those of a queue that takes none to the next one.
    A crash after sending sends again: consumers dedupe.
    """
    with database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT id, queue_url, message FROM outbox ORDER BY tried_at NULLS FIRST, id"
            " LIMIT %s FOR UPDATE SKIP LOCKED",
            (BATCH,),
        ).fetchall()
        sent, kept = _send(rows, queues)
        transaction.execute("DELETE FROM outbox WHERE id = ANY(%s)", (sent,))
        transaction.execute("UPDATE outbox SET tried_at = now() WHERE id = ANY(%s)", (kept,))
    return len(sent)


def _send(rows: Sequence[Mapping[str, Any]], queues: Queues) -> tuple[list[int], list[int]]:
    """Return which rows were sent and which weren't; a queue that refuses one isn't asked again."""
    sent, kept = [], []
    away: set[str] = set()
    for row in rows:
        if away & {row["queue_url"], EVERYTHING}:
            kept.append(row["id"])
            continue
        try:
            queues.send(row["queue_url"], row["message"])
            sent.append(row["id"])
        except Exception as error:
            logger.exception("relay_refused", extra={"queue": row["queue_url"]})
            count("RelayRefused")
            away.add(EVERYTHING if kind_of(error) is Kind.AWAY else row["queue_url"])
            kept.append(row["id"])
    return sent, kept
