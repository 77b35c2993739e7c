"""SQL of forgetting: rows over their limit, and whole months at a time where there are months."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from chalicelib.platform.database import Connection

DROP_LOCK_TIMEOUT = "5s"  # whoever reads or writes the table waits behind a waiting DROP


@dataclass(frozen=True)
class Limit:
    """How long rows of a table are kept after the moment in a column.

    `months` says that the table is partitioned by month along that column.
    """

    table: str
    column: str
    kept: timedelta
    months: bool = False


def count_due(transaction: Connection, limit: Limit, now: datetime) -> int:
    """Return how many rows are over their limit."""
    transaction.execute("SET LOCAL statement_timeout = '5min'")
    row = transaction.execute(
        sql.SQL("SELECT count(*) AS n FROM {} WHERE {} < %s").format(*_names(limit)),
        (now - limit.kept,),
    ).fetchone()
    return int(row["n"]) if row else 0


def delete_due(transaction: Connection, limit: Limit, now: datetime, most: int) -> int:
    """Remove some rows that are over their limit. Returns how many."""
    table, column = _names(limit)
    statement = sql.SQL(
        "DELETE FROM {table} WHERE (tableoid, ctid) IN ("
        " SELECT tableoid, ctid FROM {table} WHERE {column} < %s LIMIT %s FOR UPDATE SKIP LOCKED)"
    ).format(table=table, column=column)
    return transaction.execute(statement, (now - limit.kept, most)).rowcount


def find_whole_months(transaction: Connection, limit: Limit, now: datetime) -> list[str]:
    """Return the partitions all of whose rows are over their limit, the oldest first."""
    rows = transaction.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = %s::regclass AND (to_date(right(c.relname, 7), 'YYYY_MM')"
        "  + interval '1 month') AT TIME ZONE 'UTC' <= %s ORDER BY 1",
        (limit.table, now - limit.kept),
    ).fetchall()
    return [row["relname"] for row in rows]


def drop_month(transaction: Connection, limit: Limit, partition: str) -> int:
    """Remove a partition. Returns how many rows it had."""
    name = sql.Identifier(partition)
    transaction.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(DROP_LOCK_TIMEOUT))
    row = transaction.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(name)).fetchone()
    transaction.execute(sql.SQL("DROP TABLE {}").format(name))
    return int(row["n"]) if row else 0


def _names(limit: Limit) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(limit.table), sql.Identifier(limit.column)
