"""Schema migrations: numbered SQL files, forward only, each applied once in its own transaction."""

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

DIRECTORY = Path(__file__).parent / "migrations"
LOCK = 0x436C6970  # one runner at a time; "Clip"
CONNECT_TIMEOUT_SECONDS = 10
LOCK_TIMEOUT = "10min"  # for another runner, or for a table that is in use
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

Connection = psycopg.Connection[tuple[str, str]]


class MigrationError(Exception):
    """The migrations can't be applied; the message names the file and what to do."""


@dataclass(frozen=True)
class Migration:
    """One file."""

    name: str
    sql: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the file, so that a change after the fact is noticed."""
        return hashlib.sha256(self.sql).hexdigest()


def migrate(database_url: str, directory: Path = DIRECTORY) -> list[str]:
    """Apply what is missing, in order, and return the names. Safe to run by several at once.

    Raises MigrationError if a file is missing, was changed after it was applied, or fails; what
    came before it stays applied.
    """
    migrations = read_migrations(directory)
    try:
        with psycopg.connect(
            database_url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS
        ) as connection:
            return _apply_missing(connection, migrations)
    except psycopg.OperationalError as error:
        raise MigrationError(f"the database is not reachable or busy: {error}") from error


def read_migrations(directory: Path = DIRECTORY) -> list[Migration]:
    """Return the migrations in order. Raises MigrationError for a gap or a strange name."""
    paths = sorted(directory.glob("*.sql"))
    for number, path in enumerate(paths, start=1):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise MigrationError(f"{path.name}: expected a name that begins with {number:04}_")
    return [Migration(path.name, path.read_bytes()) for path in paths]


def _apply_missing(connection: Connection, migrations: list[Migration]) -> list[str]:
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    applied: dict[str, str] = dict(
        connection.execute("SELECT name, sha256 FROM schema_migrations").fetchall()
    )
    _check_history(migrations, applied)
    missing = [migration for migration in migrations if migration.name not in applied]
    for migration in missing:
        _apply(connection, migration)
    return [migration.name for migration in missing]


def _check_history(migrations: list[Migration], applied: dict[str, str]) -> None:
    """Compare what was applied with the files as they are now."""
    fingerprints = {migration.name: migration.fingerprint for migration in migrations}
    for name, fingerprint in sorted(applied.items()):
        if name not in fingerprints:
            raise MigrationError(f"{name} was applied but is not here; take a version that has it")
        if fingerprints[name] != fingerprint:
            hint = "restore it and put the change into a new file"
            raise MigrationError(f"{name} was changed after it was applied; {hint}")


def _apply(connection: Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)",
                (migration.name, migration.fingerprint),
            )
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}: {error}") from error


def main() -> None:
    """Migrate the database that DATABASE_URL names."""
    try:
        applied = migrate(os.environ["DATABASE_URL"])
    except KeyError:
        sys.exit("set DATABASE_URL to the database to migrate")
    except MigrationError as error:
        sys.exit(str(error))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


if __name__ == "__main__":
    main()
