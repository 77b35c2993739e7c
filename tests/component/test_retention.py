"""Everything is kept as long as the table says: not a second less, and not a second more."""

from datetime import datetime, timedelta

import pytest
from psycopg import sql

from chalicelib.moderation import audit_checks
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.upkeep import retention
from chalicelib.upkeep.retention_store import Limit
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client

SECOND = timedelta(seconds=1)
LIMITS = {limit.table: limit for line in retention.TABLE for limit in line.limits}
# A row of each table whose moment is %(at)s; %(n)s tells them apart.
ROWS = {
    "watch_history": "INSERT INTO watch_history (user_id, video_id, impression_id, created_at)"
    " VALUES (1, 1, gen_random_uuid(), %(at)s)",
    "video_viewers": "INSERT INTO video_viewers (video_id, viewer, viewed_at)"
    " VALUES (%(video)s, %(n)s::text, %(at)s)",
    "sessions": "INSERT INTO sessions (token_hash, public_id, user_id, created_at, expires_at)"
    " SELECT %(n)s::text::bytea, %(n)s, id, %(at)s, %(at)s FROM users LIMIT 1",
    "rate_limit_hits": "INSERT INTO rate_limit_hits (key, at, expires_at)"
    " VALUES ('k', %(at)s, %(at)s)",
    "idempotency_keys": "INSERT INTO idempotency_keys (scope, key, fingerprint, status,"
    " created_at) VALUES ('s', %(n)s::text, '', 200, %(at)s)",
    "playbacks": "INSERT INTO playbacks (impression_id, shown_at, video_id, viewer, source)"
    " VALUES (gen_random_uuid(), %(at)s, 1, 'v', 'for_you')",
    "feed_pages": "INSERT INTO feed_pages (feed_id, first, started_at, served_at, viewer, source,"
    " mode, video_ids, found, propensities, scores, features, weights, feature_values)"
    " VALUES (%(n)s::text, 0, %(at)s, %(at)s, 'v', 's', 'm', '{}', '{}', '{}', '{}', '{}', '{}',"
    " '')",
    "watch_events": "INSERT INTO watch_events (event_id, type, viewer, video_id, impression_id,"
    " watch_ms, at, received_at)"
    " VALUES (gen_random_uuid(), 't', 'v', 1, gen_random_uuid(), 0, %(at)s, %(at)s)",
    "analytics_events": "INSERT INTO analytics_events (event_id, shown_at, type, viewer, video_id,"
    " impression_id, source, watch_ms, duration_ms, at, received_at) VALUES (gen_random_uuid(),"
    " %(at)s, 't', 'v', 1, gen_random_uuid(), 'for_you', 0, 0, %(at)s, %(at)s)",
    "history_pauses": "INSERT INTO history_pauses (user_id, paused_at, resumed_at)"
    " SELECT id, %(at)s, %(at)s FROM users LIMIT 1",
    "history_deletions": "INSERT INTO history_deletions (user_id, video_id, deleted_at)"
    " SELECT id, %(n)s, %(at)s FROM users LIMIT 1",
    "event_log": "INSERT INTO event_log (at, type, user_id, created_at)"
    " SELECT %(at)s, 'like', id, %(at)s FROM users LIMIT 1",
    "notifications": "INSERT INTO notifications (public_id, user_id, type, about, updated_at)"
    " SELECT %(n)s::text, id, 'like', %(n)s::text, %(at)s FROM users LIMIT 1",
    "admin_jobs": "INSERT INTO admin_jobs (public_id, name, state, created_at, ended_at)"
    " VALUES (%(n)s::text, 'train', 'done', %(at)s, %(at)s)",
}


def _count(context: Context, table: str) -> int:
    with context.database.transaction() as transaction:
        row = transaction.execute(
            sql.SQL("SELECT count(*) AS n FROM {}").format(sql.Identifier(table))
        ).fetchone()
    assert row is not None
    return int(row["n"])


def _put(context: Context, limit: Limit, at: datetime, number: int) -> None:
    with context.database.transaction() as transaction:
        if limit.months:
            transaction.execute(
                "SELECT ensure_monthly_partitions(%s, %s)", (limit.table, at.date())
            )
        row = transaction.execute("SELECT id FROM videos LIMIT 1").fetchone()
        given = {"at": at, "n": number, "video": row["id"] if row else 1}
        transaction.execute(ROWS[limit.table], given)


def retain(context: Context, *, dry_run: bool = False) -> dict[str, int]:
    return retention.run(context, dry_run=dry_run, tell=lambda _: None)


def test_every_table_is_in_the_table(context: Context) -> None:
    with context.database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    named = [table for line in retention.TABLE for table in line.tables]
    assert {row["relname"] for row in rows} == set(named)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("table", LIMITS)
def test_a_row_goes_when_its_time_is_over_and_not_before(
    context: Context, clock: FrozenClock, new_user: NewClient, table: str
) -> None:
    publish_video(context, new_user(creator=True))
    with context.database.transaction() as transaction:
        transaction.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    limit, now = LIMITS[table], clock.now()
    _put(context, limit, now - limit.kept + SECOND, 1)
    _put(context, limit, now - limit.kept - SECOND, 2)
    retain(context, dry_run=True)
    assert _count(context, table) == 2
    retain(context)
    assert _count(context, table) == 1
    clock.advance(seconds=2)
    retain(context)
    assert _count(context, table) == 0


def test_whole_months_are_dropped(
    context: Context, clock: FrozenClock, new_user: NewClient
) -> None:
    new_user()
    limit = LIMITS["watch_history"]
    old = clock.now() - limit.kept - timedelta(days=70)
    _put(context, limit, old, 1)
    name = f"watch_history_{old:%Y_%m}"

    def there() -> bool:
        with context.database.transaction() as transaction:
            row = transaction.execute("SELECT to_regclass(%s) AS name", (name,)).fetchone()
        return row is not None and row["name"] is not None

    assert there()
    assert retain(context, dry_run=True)["watch history"] == 1
    assert retain(context)["watch history"] == 1
    assert not there()


def test_copies_of_data_are_kept_for_a_week(
    context: Context, clock: FrozenClock, new_user: NewClient
) -> None:
    person = new_user()
    export = person.post("/users/me/export").json["id"]
    context.storage.write("uploads", f"exports/{export}.zip", b"zip", "application/zip", "")
    clock.advance(days=7, seconds=-1)
    assert retain(context)["copies of people's data"] == 0
    clock.advance(seconds=2)
    assert retain(context)["copies of people's data"] == 1
    assert list(context.storage.keys("uploads", "exports/")) == []


def _log(context: Context, target: str) -> None:
    with context.database.transaction() as transaction:
        audit.append(context, transaction, None, action="test", target=target, detail={})


def test_the_audit_log_begins_seven_years_ago_and_still_fits_its_seals(
    context: Context, clock: FrozenClock, admin: Client
) -> None:
    for day in range(3):
        _log(context, f"thing:{day}")
        audit_checks.seal(context)
        clock.advance(days=1)
    whole = audit_checks.verify(context)
    assert whole.first_broken is None
    first = clock.now() - timedelta(days=3)
    clock.advance(seconds=(first + audit_checks.KEPT - clock.now()).total_seconds())
    assert retain(context)["audit log"] == 0
    clock.advance(seconds=1)
    assert retain(context, dry_run=True)["audit log"] > 0
    gone = retain(context)["audit log"]
    left = audit_checks.verify(context)
    assert (left.first_broken, left.checked) == (None, whole.checked - gone)
    assert retain(context)["audit log"] == 0
    with pytest.raises(Exception, match="append-only"), context.database.transaction() as given:
        given.execute("DELETE FROM audit_log")
