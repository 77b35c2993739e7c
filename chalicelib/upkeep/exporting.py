"""Everything held about a person, as JSON in a zip, for them alone."""

import json
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.accounts.models import Session
from chalicelib.platform import ids, outbox
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import export_store as store
from chalicelib.upkeep.models import Export
from chalicelib.upkeep.personal_data import HOLDINGS

URL_LIFETIME = timedelta(minutes=15)
LEASE = timedelta(minutes=15)
KEPT = timedelta(days=7)  # as the bucket's lifecycle rule has it


def start(context: Context, session: Session) -> Export:
    """Have a copy made; one that is on its way already is returned instead."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        store.hold_person(transaction, session.user_row_id)
        waiting = store.find_unfinished(transaction, session.user_row_id, now - 2 * LEASE)
        if waiting:
            return waiting
        export = Export(ids.public_id(), "queued", now)
        store.insert(transaction, export, session.user_row_id)
        outbox.store(transaction, context.settings.admin_jobs_queue_url, {"export": export.id})
    outbox.relay_quietly(context.database, context.queues)
    return export


def find(context: Context, session: Session, public_id: str) -> Export:
    """Return one of the caller's exports. Raises Problem `not_found` for any other."""
    with context.database.transaction() as transaction:
        export = store.find(transaction, public_id, session.user_row_id)
    now = context.clock.now()
    if export is None or export.created_at < now - KEPT:
        raise not_found("export")
    if export.state != "done":
        return export
    url = context.storage.url(
        context.settings.uploads_bucket, key_of(public_id), expires_at=now + URL_LIFETIME
    )
    return Export(export.id, export.state, export.created_at, url)


def run(context: Context, public_id: str) -> None:
    """Make a copy; a repeated message finds it done, or takes over from a worker that died."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        person = store.claim(transaction, public_id, now, LEASE)
    if person is None:
        return
    row_id, user_id = person
    try:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "export.zip"
            _write(context, row_id, user_id, path)
            context.storage.upload(
                path,
                context.settings.uploads_bucket,
                key_of(public_id),
                "application/zip",
                "no-store",
            )
    except Exception:
        with context.database.transaction() as transaction:
            store.end(transaction, public_id, "failed", context.clock.now())
        raise
    with context.database.transaction() as transaction:
        store.end(transaction, public_id, "done", context.clock.now())
    count("DataExports")
    logger.info("data_exported", extra={"export": public_id})


def forget_expired(context: Context, look: bool) -> int:
    """Remove the copies whose week is over; with `look`, only count them. Returns how many."""
    with context.database.transaction() as transaction:
        due = store.find_created(transaction, context.clock.now() - KEPT)
    if not look:
        keys = [key_of(public_id) for public_id in due]
        context.storage.delete(context.settings.uploads_bucket, keys)
        with context.database.transaction() as transaction:
            store.delete(transaction, due)
    return len(due)


def key_of(public_id: str) -> str:
    """Return where an export lies in the uploads bucket."""
    return f"exports/{public_id}.zip"


def _write(context: Context, row_id: int, user_id: str, path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        context.database.transaction() as transaction,
    ):
        transaction.execute("SET LOCAL statement_timeout = '5min'")
        for holding in HOLDINGS:
            if holding.exported:
                rows = store.read_rows(transaction, holding, row_id, user_id)
                name = f"{holding.table}.{holding.column}.json"
                archive.writestr(name, _json(rows))


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)
