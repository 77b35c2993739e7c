"""Schema migrations: numbered SQL files, forward only, each applied once in its own transaction."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, cast

import psycopg

DIRECTORY = Path(__file__).parent / "migrations"
LOCK = 0x436C6970  # one runner at a time; "Clip"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """The migrations can't be applied; the message names the file and what to do."""


@dataclass(frozen=True)
class Migration:
    """One file."""

    name: str
    sql: str

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the file, so that a change after the fact is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrate(database_url: str, directory: Path = DIRECTORY) -> list[str]:
    """Apply what is missing, in order, and return the names. Safe to run by several at once."""
    migrations = read_migrations(directory)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY,"
            " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = dict(connection.execute("SELECT name, sha256 FROM schema_migrations").fetchall())
        return [m.name for m in migrations if _apply(connection, m, applied)]


def read_migrations(directory: Path = DIRECTORY) -> list[Migration]:
    """Return the migrations in order. Raises MigrationError for a gap or a strange name."""
    paths = sorted(directory.glob("*.sql"))
    for number, path in enumerate(paths, start=1):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise MigrationError(f"{path.name}: expected a name that begins with {number:04}_")
    return [Migration(path.name, path.read_text()) for path in paths]


def _apply(
    connection: psycopg.Connection[tuple[str, str]], migration: Migration, applied: dict[str, str]
) -> bool:
    known = applied.get(migration.name)
    if known is not None:
        if known != migration.fingerprint:
            hint = "restore it and put the change into a new file"
            raise MigrationError(f"{migration.name} was changed after it was applied; {hint}")
        return False
    with connection.transaction():
        connection.execute(cast(LiteralString, migration.sql))
        connection.execute(
            "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)",
            (migration.name, migration.fingerprint),
        )
    return True
