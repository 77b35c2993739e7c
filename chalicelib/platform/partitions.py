"""Tables that are partitioned by month, as `ensure_monthly_partitions` in the schema does it."""

from datetime import datetime

from chalicelib.platform.database import Connection


def find_beginning(transaction: Connection, table: str) -> datetime:
    """Return from when on a table's rows are kept: where its oldest partition begins."""
    row = transaction.execute(
        "SELECT to_date(right(min(c.relname), 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' AS at"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = %s::regclass",
        (table,),
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate gives a row
    at: datetime = row["at"]
    return at
