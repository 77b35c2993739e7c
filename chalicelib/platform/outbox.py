"""The transactional outbox: what must reach a queue is committed with the state it follows.

A message is stored in the transaction of its cause and sent after the commit, at least once:
by the function that stored it, or by the sweep if that function died in between.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection, Database
from chalicelib.platform.observability import logger
from chalicelib.platform.queues import Queues

BATCH = 50


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

    Rows another relay holds are left to it. A crash after sending sends again: consumers dedupe.
    """
    with database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT id, queue_url, message FROM outbox ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            (BATCH,),
        ).fetchall()
        for row in rows:
            queues.send(row["queue_url"], row["message"])
        transaction.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row["id"] for row in rows],))
    return len(rows)
