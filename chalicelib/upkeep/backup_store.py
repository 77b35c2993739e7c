"""SQL of backups: tables in and out by COPY, partitions, sequences, the schema's version."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from chalicelib.platform.database import Connection

VERSIONS = "schema_migrations"  # of the schema itself, not of what is in it


@dataclass(frozen=True)
class Table:
    """A table, with its partitions where it has some, and the columns that aren't generated."""

    name: str
    columns: tuple[str, ...]


def take_time(transaction: Connection) -> None:
    """Let a statement of the transaction take ten minutes."""
    transaction.execute("SET LOCAL statement_timeout = '10min'")


def list_tables(transaction: Connection) -> list[Table]:
    """Return all tables but that of the schema's versions."""
    rows = transaction.execute(
        "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        "  AND a.attgenerated = '' WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace = 'public'::regnamespace AND c.relname <> %s"
        " GROUP BY 1 ORDER BY 1",
        (VERSIONS,),
    ).fetchall()
    return [Table(row["relname"], tuple(row["columns"])) for row in rows]


def describe(transaction: Connection) -> dict[str, Any]:
    """Return the schema's version, the partitions and the sequences."""
    partitions = transaction.execute(
        "SELECT c.relname AS name, p.relname AS parent,"
        " pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent"
        " WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1"
    ).fetchall()
    sequences = transaction.execute(
        "SELECT sequencename AS name, last_value AS value FROM pg_sequences"
        " WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1"
    ).fetchall()
    return {
        "version": read_version(transaction), "partitions": partitions, "sequences": sequences
    }  # fmt: skip


def read_version(transaction: Connection) -> str:
    """Return the name of the last migration."""
    row = transaction.execute("SELECT max(name) AS name FROM schema_migrations").fetchone()
    return str(row["name"]) if row else ""


def copy_out(transaction: Connection, table: Table, write: Callable[[bytes], object]) -> int:
    """Write a table's rows, and return how many."""
    names, columns = _names(table)
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(columns, names)
    with transaction.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for data in copy:
                write(bytes(data))
        return cursor.rowcount


def copy_in(transaction: Connection, table: Table, chunks: Iterable[bytes]) -> int:
    """Read a table's rows, and return how many."""
    names, columns = _names(table)
    with transaction.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(names, columns)) as copy:
            for chunk in chunks:
                copy.write(chunk)
        return cursor.rowcount


def prepare(transaction: Connection, tables: Sequence[str]) -> None:
    """Empty tables, without anything following from that, or from what comes in after it."""
    transaction.execute("SET LOCAL session_replication_role = replica")
    transaction.execute("SET LOCAL statement_timeout = 0")
    listed = sql.SQL(", ").join(sql.Identifier(name) for name in tables)
    transaction.execute(sql.SQL("TRUNCATE {}").format(listed))


def create_partitions(transaction: Connection, partitions: Sequence[Mapping[str, str]]) -> None:
    """Create the partitions that are missing; their bounds are PostgreSQL's own words."""
    for one in partitions:
        transaction.execute(
            sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF {} ").format(
                sql.Identifier(one["name"]), sql.Identifier(one["parent"])
            )
            + sql.SQL(one["bound"])
        )


def set_sequences(transaction: Connection, sequences: Sequence[Mapping[str, Any]]) -> None:
    """Let sequences go on where they were."""
    for one in sequences:
        transaction.execute("SELECT setval(%s::regclass, %s)", (one["name"], one["value"]))


def _names(table: Table) -> tuple[sql.Identifier, sql.Composed]:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
    return sql.Identifier(table.name), columns
