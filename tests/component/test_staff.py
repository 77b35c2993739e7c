"""What the staff sees and sets: people, the configuration, the audit log."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from chalicelib.admin import jobs
from chalicelib.moderation import audit_checks
from chalicelib.platform.audit import Entry
from chalicelib.platform.context import Context
from chalicelib.platform.queues import QueueState
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client

ANY = {"If-Match": "*"}


def test_people_are_found_by_name_role_and_status(
    new_user: NewClient, moderator: Client, clock: FrozenClock
) -> None:
    for name in ("anna", "annabel", "bert"):
        new_user(name)
        clock.advance(seconds=1)
    moderator.post("/admin/users/@bert/ban", {"reason": "spam"})
    found = moderator.get("/admin/users?q=Anna").json["items"]
    assert [person["username"] for person in found] == ["annabel", "anna"]
    banned = moderator.get("/admin/users?status=banned").json["items"]
    assert [(person["username"], person["ban"]["reason"]) for person in banned] == [
        ("bert", "spam")
    ]
    assert moderator.get("/admin/users?role=moderator").json["items"][0]["role"] == "moderator"
    first = moderator.get("/admin/users?limit=2").json
    second = moderator.get(f"/admin/users?limit=50&cursor={first['next_cursor']}").json
    whole = moderator.get("/admin/users?limit=50").json["items"]
    assert [*first["items"], *second["items"]] == whole
    assert moderator.get("/admin/users/@ANNA").json["username"] == "anna"
    assert "email" not in moderator.get("/admin/users/@anna").text


def test_settings_are_typed_and_named_where_they_are_wrong(admin: Client) -> None:
    for sent, code, pointer in [
        ({"limits.upload.max": 0}, "validation_failed", "/limits.upload.max"),
        ({"limits.upload.max": "10"}, "validation_failed", "/limits.upload.max"),
        ({"limits.upload.max": True}, "validation_failed", "/limits.upload.max"),
        ({"limits.party.max": 1}, "unknown_field", "/limits.party.max"),
        ({"creator_signup": "maybe"}, "validation_failed", "/creator_signup"),
        ({"feed.weights": {"beauty": 1}}, "validation_failed", "/feed.weights"),
        ({"moderation.hold_weight": 0}, "validation_failed", "/moderation.hold_weight"),
    ]:
        answer = admin.patch("/admin/config", sent, headers=ANY)
        assert (answer.status, answer.json["code"]) == (422, code), sent
        assert answer.json["errors"][0]["pointer"] == pointer
    assert admin.get("/admin/config").json["version"] == 0


def test_the_configuration_has_versions_and_a_way_back(admin: Client) -> None:
    first = admin.get("/admin/config")
    assert first.json["values"]["limits.upload.max"] == 10
    assert first.json["schema"]["properties"]["limits.upload.max"]["type"] == "integer"
    assert admin.patch("/admin/config", {"limits.upload.max": 11}).status == 428
    headers = {"If-Match": first.headers["ETag"]}
    changed = admin.patch(
        "/admin/config",
        {"values": {"limits.upload.max": 11}, "reason": "a contest"},
        headers=headers,
    )
    assert (changed.json["version"], changed.json["reason"]) == (1, "a contest")
    stale = admin.patch("/admin/config", {"limits.upload.max": 12}, headers=headers)
    assert stale.status == 412
    same = admin.patch("/admin/config", {"limits.upload.max": 11}, headers=ANY)
    assert same.json["version"] == 1
    back = admin.post("/admin/config/rollback", {"version": 0, "reason": "over"})
    assert (back.json["version"], back.json["values"]["limits.upload.max"]) == (2, 10)
    history = admin.get("/admin/config/history").json["items"]
    assert [(one["version"], one["reason"]) for one in history] == [(2, "over"), (1, "a contest")]
    assert admin.post("/admin/config/rollback", {"version": 9}).status == 404


def test_everything_the_staff_does_is_logged(
    admin: Client, moderator: Client, new_user: NewClient
) -> None:
    user_id = new_user("mallory").get("/users/me").json["id"]
    moderator.post("/admin/users/@mallory/ban", {"reason": "spam"})
    admin.post("/admin/users/@mallory/role", {"role": "creator", "reason": "why not"})
    admin.patch("/admin/config", {"limits.upload.max": 11}, headers=ANY)
    admin.post("/admin/jobs/retention", {}, headers={"X-Idempotency-Key": "k" * 16})
    entries = admin.get("/admin/audit").json["items"]
    assert [entry["action"] for entry in entries] == ["job", "configure", "role", "ban"]
    assert entries[1]["detail"]["changes"] == {"limits.upload.max": [10, 11]}
    by = f"user:{moderator.get('/users/me').json['id']}"
    assert [one["action"] for one in admin.get(f"/admin/audit?actor={by}").json["items"]] == ["ban"]
    about = admin.get(f"/admin/audit?target=user:{user_id}").json["items"]
    assert [one["action"] for one in about] == ["role", "ban"]
    assert entries[0]["request_id"]
    assert admin.get("/admin/audit/verify").json == {
        "ok": True,
        "checked": 4,
        "first_broken": None,
        "seals": 0,
    }


Tamper = Callable[[psycopg.Connection], None]


def _run(*statements: str) -> Tamper:
    def tamper(connection: psycopg.Connection) -> None:
        connection.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only")
        for statement in statements:
            connection.execute(statement)
        connection.execute("ALTER TABLE audit_log ENABLE TRIGGER audit_log_is_append_only")

    return tamper


SWAP = (
    "UPDATE audit_log SET seq = -3 WHERE seq = 3",
    "UPDATE audit_log SET seq = 3 WHERE seq = 4",
    "UPDATE audit_log SET seq = 4 WHERE seq = -3",
)
TAMPERED = {
    "an edited target": (_run("UPDATE audit_log SET target = 'user:me' WHERE seq = 3"), 3),
    "an edited detail": (_run("UPDATE audit_log SET detail = '{}' WHERE seq = 1"), 1),
    "an edited time": (_run("UPDATE audit_log SET at = at + interval '1 us' WHERE seq = 6"), 6),
    "an edited actor": (_run("UPDATE audit_log SET actor = 'service' WHERE seq = 2"), 2),
    "an edited hash": (_run("UPDATE audit_log SET hash = prev_hash WHERE seq = 4"), 4),
    "a deleted first row": (_run("DELETE FROM audit_log WHERE seq = 1"), 1),
    "a deleted row": (_run("DELETE FROM audit_log WHERE seq = 4"), 4),
    "a deleted last row": (_run("DELETE FROM audit_log WHERE seq = 6"), 6),
    "two rows in another order": (_run(*SWAP), 3),
    "an empty log": (_run("DELETE FROM audit_log"), 1),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_done_to_the_log_is_found_and_named(
    admin: Client, new_user: NewClient, database_url: str, what: str
) -> None:
    new_user("mallory")
    for number in range(6):
        admin.patch("/admin/config", {"limits.upload.max": 20 + number}, headers=ANY)
    tamper, seq = TAMPERED[what]
    with psycopg.connect(database_url) as connection:
        tamper(connection)
    told = admin.get("/admin/audit/verify").json
    assert (told["ok"], told["first_broken"]["seq"]) == (False, seq), told


def test_the_log_cannot_be_changed_by_chance(admin: Client, database_url: str) -> None:
    admin.patch("/admin/config", {"limits.upload.max": 20}, headers=ANY)
    with psycopg.connect(database_url) as connection:
        for statement in ("UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                connection.execute(statement)
            connection.rollback()


def test_a_chain_forged_as_a_whole_is_not_the_one_that_was_sealed(
    context: Context, admin: Client, database_url: str, clock: FrozenClock
) -> None:
    for number in range(3):
        admin.patch("/admin/config", {"limits.upload.max": 20 + number}, headers=ANY)
    job = jobs.start(context, "seal-audit", dry_run=False)
    jobs.run(context, job.id)
    assert jobs.find(context, job.id).result == {"entries": 3}
    clock.advance(days=1)
    assert audit_checks.seal(context) == 0
    admin.patch("/admin/config", {"limits.upload.max": 30}, headers=ANY)
    assert admin.get("/admin/audit/verify").json["seals"] == 3
    _forge(database_url)
    told = admin.get("/admin/audit/verify").json
    assert (told["first_broken"]["seq"], told["first_broken"]["problem"][:8]) == (2, "replaced")
    with psycopg.connect(database_url) as connection:
        _run("DELETE FROM audit_log", "UPDATE audit_heads SET seq = 0, hash = ''")(connection)
    told = admin.get("/admin/audit/verify").json
    assert told["first_broken"] == {"seq": 1, "problem": "missing: entries up to 3 were sealed"}


def _forge(database_url: str) -> None:
    """Rewrite the second entry, and the whole chain after it, with hashes that fit."""
    with psycopg.connect(database_url, row_factory=psycopg.rows.dict_row) as connection:
        rows = connection.execute(
            "SELECT seq, at, actor, action, target, detail, request_id, prev_hash, hash"
            " FROM audit_log ORDER BY seq"
        ).fetchall()
        connection.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only")
        prev = b""
        for row in rows:
            entry = replace(Entry(**row), prev_hash=prev)
            if entry.seq == 2:
                entry = replace(entry, target="somebody else's")
            prev = entry.digest()
            connection.execute(
                "UPDATE audit_log SET target = %s, prev_hash = %s, hash = %s WHERE seq = %s",
                (entry.target, entry.prev_hash, prev, entry.seq),
            )
        connection.execute("UPDATE audit_heads SET hash = %s", (prev,))


def test_health_tells_of_queues_lags_and_jobs(
    context: Context, moderator: Client, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    monkeypatch.setattr(
        type(context.queues), "state", lambda *_: QueueState(2, 1, 0), raising=False
    )
    job = jobs.start(context, "retention", dry_run=True)
    jobs.run(context, job.id)
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO outbox (queue_url, message, created_at) VALUES ('q', '{}', %s)",
            (clock.now() - timedelta(seconds=30),),
        )
    told = moderator.get("/admin/health").json
    assert told["queues"]["transcode"] == {"depth": 2, "in_flight": 1, "dead_letters": 0}
    assert told["lags"]["outbox_seconds"] >= 30
    assert told["last_jobs"]["retention"]
    assert told["last_jobs"]["train"] is None
    assert json.dumps(told)
