"""PostgreSQL, the truth: one connection per process, transactions only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from chalicelib.platform import errors
from chalicelib.platform.observability import logger

Connection = psycopg.Connection[dict[str, Any]]

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 10_000


class Database:
    """A lazily opened connection that mends itself between transactions.

    A Lambda process serves one event at a time, so one connection is enough; a nested
    `transaction()` is a savepoint of the outer one.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block in one transaction: committed at its end, rolled back on any error.

        Raises Problem `unavailable` when the database can't be reached or goes away.
        """
        connection = self._ready()
        try:
            with connection.transaction():
                yield connection
        except psycopg.OperationalError as error:
            if connection.broken or connection.closed:
                raise errors.unavailable("The database is away; try again shortly.") from error
            raise
        except psycopg.DataError as error:
            logger.warning("database_refused_value", extra={"reason": str(error)})
            detail = "A value has a character or a size that can't be stored."
            raise errors.Problem("validation_failed", detail) from error

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
                connection.execute("")
                return connection
            except psycopg.OperationalError:
                connection.close()
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        try:
            return psycopg.connect(
                self._url(),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC",
                row_factory=dict_row,
            )
        except psycopg.OperationalError as error:
            raise errors.unavailable("The database is away; try again shortly.") from error
