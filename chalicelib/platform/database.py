"""PostgreSQL, the truth: one connection per process, transactions only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from chalicelib.platform import errors
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.observability import count, logger

Connection = psycopg.Connection[dict[str, Any]]

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 10_000
UNANSWERED_MS = 15_000  # what was sent and not even received by then never will be
AGREE_EVERY = timedelta(seconds=10)


class Database:
    """A lazily opened connection that mends itself between transactions.

    A Lambda process serves one event at a time, so one connection is enough; a nested
    `transaction()` is a savepoint of the outer one.
    """

    def __init__(self, url: Callable[[], str], clock: SystemClock | None = None) -> None:
        self._url = url
        self._clock = clock
        self._agreed_at: datetime | None = None
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self, *, taken_back: bool = False) -> Iterator[Connection]:
        """Run a block in one transaction: committed at its end, rolled back on any error.

        With `taken_back`, rolled back at its end too, for whoever only wants to know what would be.
        Raises Problem `unavailable` when the database can't be reached or goes away.
        """
        connection = self._ready()
        try:
            with connection.transaction(force_rollback=taken_back):
                yield connection
        except psycopg.OperationalError as error:
            if connection.broken or connection.closed:
                raise errors.unavailable("The database is away; try again shortly.") from error
            raise
        except psycopg.DataError as error:
            logger.warning("database_refused_value", extra={"reason": str(error)})
            detail = "A value has a character or a size that can't be stored."
            raise errors.Problem("validation_failed", detail) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Run a block that only reads in one transaction, which sees all as of its beginning.

        It can't be part of another one. Raises Problem `unavailable`.
        """
        with self.transaction() as transaction:
            transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield transaction

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ready(self) -> Connection:
        """Return a connection that answers; an idle one may have died with its server."""
        connection = self._connection
        if connection is not None and not connection.closed:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                return connection
            try:
                self._greet(connection)
                return connection
            except psycopg.OperationalError:
                connection.close()
        self._agreed_at = None
        self._connection = self._connect()
        try:
            self._greet(self._connection)
        except psycopg.OperationalError as error:
            raise errors.unavailable("The database is away; try again shortly.") from error
        return self._connection

    def _greet(self, connection: Connection) -> None:
        """See that the server answers; now and then, put the clock right by the server's."""
        if self._clock is None or self._has_agreed(self._clock):
            connection.execute("")
            return
        row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
        assert row is not None  # noqa: S101 - a SELECT without a condition
        skew = self._clock.agree(row["now"])
        self._agreed_at = self._clock.own()
        if skew:
            count("ClockPutRight")
            logger.warning("clock_put_right", extra={"seconds": skew.total_seconds()})

    def _has_agreed(self, clock: SystemClock) -> bool:
        if self._agreed_at is None:
            return False
        return timedelta(0) <= clock.own() - self._agreed_at < AGREE_EVERY

    def _connect(self) -> Connection:
        try:
            return psycopg.connect(
                self._url(),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                tcp_user_timeout=UNANSWERED_MS,
                keepalives_idle=10,
                keepalives_interval=3,
                keepalives_count=3,
                options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC",
                row_factory=dict_row,
            )
        except psycopg.OperationalError as error:
            raise errors.unavailable("The database is away; try again shortly.") from error


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows as columns, which `unnest` makes rows of again: one statement for many."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]
