"""A copy of the whole database as of one moment, in the archive bucket, and back from there.

Each table is a file of PostgreSQL's COPY, read in one snapshot. The manifest comes last: a backup
without one doesn't count. It names the schema's version, every file's rows and SHA-256, the
partitions, and where the sequences are.
"""

import gzip
import hashlib
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import backup_store as store
from chalicelib.upkeep.models import Tell

PREFIX = "backups/"
MANIFEST = "manifest.json"


class BackupUnusable(Exception):
    """A backup can't be restored here; the message says why."""


def back_up(context: Context, *, dry_run: bool, tell: Tell) -> dict[str, Any]:
    """Copy every table; a dry run only says which. Returns key, tables and rows."""
    moment = context.clock.now()
    prefix = f"{PREFIX}{moment:%Y/%m/%d/%H%M%S}/"
    with context.database.snapshot() as transaction:
        store.take_time(transaction)
        tables = store.list_tables(transaction)
        if dry_run:
            return {"tables": len(tables), "rows": 0, "key": None}
        files = []
        for number, table in enumerate(tables):
            files.append(_save(context, transaction, prefix, table))
            if number % 10 == 0:
                logger.info("backup_progress", extra={"tables": number, "of": len(tables)})
        manifest = {"taken_at": moment.isoformat(), "files": files, **store.describe(transaction)}
    tell(95)
    body = json.dumps(manifest, indent=1).encode()
    bucket, key = context.settings.archive_bucket, prefix + MANIFEST
    context.storage.write(bucket, key, body, "application/json", "no-store")
    rows = sum(one["rows"] for one in files)
    count("BackupsTaken")
    logger.info("backed_up", extra={"key": key, "rows": rows})
    return {"tables": len(files), "rows": rows, "key": key}


def find_last(context: Context) -> str | None:
    """Return the key of the manifest of the last backup that is whole."""
    keys = context.storage.keys(context.settings.archive_bucket, PREFIX)
    return max((key for key in keys if key.endswith(MANIFEST)), default=None)


def restore(context: Context, key: str) -> datetime:
    """Make the database what it was, in one transaction. Returns of when that is.

    The schema must be of the same version, and nobody else at work. Raises BackupUnusable.
    """
    bucket = context.settings.archive_bucket
    manifest = json.loads(context.storage.read(bucket, key))
    prefix = key.removesuffix(MANIFEST)
    with context.database.transaction() as transaction:
        if store.read_version(transaction) != manifest["version"]:
            raise BackupUnusable(f"it is of schema {manifest['version']}; bring yours to that")
        store.prepare(transaction, [one["table"] for one in manifest["files"]])
        store.create_partitions(transaction, manifest["partitions"])
        for one in manifest["files"]:
            _load(context, transaction, prefix, one)
        store.set_sequences(transaction, manifest["sequences"])
    logger.info("restored", extra={"key": key})
    return datetime.fromisoformat(manifest["taken_at"])


def _save(
    context: Context, transaction: Connection, prefix: str, table: store.Table
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "rows")
        with gzip.open(path, "wb", compresslevel=1) as file:
            rows = store.copy_out(transaction, table, file.write)
        name = f"{table.name}.copy.gz"
        context.storage.upload(
            path, context.settings.archive_bucket, prefix + name, "application/gzip", "no-store"
        )
        digest = _digest(path)
    return {
        "table": table.name, "columns": list(table.columns), "file": name, "rows": rows,
        "sha256": digest,
    }  # fmt: skip


def _load(context: Context, transaction: Connection, prefix: str, one: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "rows")
        context.storage.download(context.settings.archive_bucket, prefix + one["file"], path)
        if _digest(path) != one["sha256"]:
            raise BackupUnusable(f"{one['file']} isn't what was written")
        with gzip.open(path, "rb") as file:
            table = store.Table(one["table"], tuple(one["columns"]))
            rows = store.copy_in(transaction, table, iter(lambda: file.read(1 << 16), b""))
    if rows != one["rows"]:
        raise BackupUnusable(f"{one['file']} has {rows} rows, not {one['rows']}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
