"""A backup holds everything, and what is restored from it is what was there."""

import pytest
from psycopg import sql

from chalicelib.admin import jobs
from chalicelib.platform.context import Context
from chalicelib.upkeep import backing_up, backup_store
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.gateway import Client


def _contents(context: Context) -> dict[str, list[str]]:
    found = {}
    with context.database.transaction() as transaction:
        for table in backup_store.list_tables(transaction):
            rows = transaction.execute(
                sql.SQL("SELECT t::text AS row FROM {} t ORDER BY 1").format(
                    sql.Identifier(table.name)
                )
            ).fetchall()
            found[table.name] = [row["row"] for row in rows]
    return found


def _back_up(context: Context) -> str:
    job = jobs.start(context, "backup", dry_run=False)
    jobs.run(context, job.id)
    done = jobs.find(context, job.id)
    assert done.error is None, done.error
    return str((done.result or {})["key"])


def test_what_is_restored_is_what_was_there(context: Context, new_user: NewClient) -> None:
    maker, ada = new_user("maker", creator=True), new_user("ada")
    video = publish_video(context, maker, "a clip #sea with words\tand\nlines")
    assert ada.put(f"/videos/{video}/like").status == 200
    key = _back_up(context)
    with context.database.transaction() as transaction:
        transaction.execute("DELETE FROM admin_jobs")
    before = _contents(context)
    publish_video(context, maker, "later")
    new_user("later")
    assert ada.delete(f"/videos/{video}/like").status == 200
    assert backing_up.find_last(context) == key
    backing_up.restore(context, key)
    with context.database.transaction() as transaction:
        transaction.execute("DELETE FROM admin_jobs")
    assert _contents(context) == before
    assert ada.get(f"/videos/{video}").json["viewer"]["liked"]
    new_user("afterwards")
    assert Client().get(f"/videos/{video}").json["stats"]["likes"] == 1


def test_a_damaged_backup_changes_nothing(context: Context, new_user: NewClient) -> None:
    new_user("ada")
    key = _back_up(context)
    damaged = key.replace("manifest.json", "users.copy.gz")
    context.storage.write("archive", damaged, b"other", "application/gzip", "")
    before = _contents(context)
    with pytest.raises(backing_up.BackupUnusable, match=r"users\.copy\.gz"):
        backing_up.restore(context, key)
    assert _contents(context) == before
