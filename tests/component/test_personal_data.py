"""What is held about people: given to them, and erased when they have left."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.admin import jobs
from chalicelib.platform.context import Context
from chalicelib.upkeep import exporting
from chalicelib.upkeep.personal_data import HOLDINGS, Erasure
from tests.component.builders import publish_video
from tests.component.conftest import PASSWORD, NewClient
from tests.component.feed_world import World
from tests.fakes import FrozenClock
from tests.gateway import Client

# Columns that hold a person's row or public id without a foreign key.
NAMES = ("user_id", "creator_id", "viewer", "actor_id")
# Of videos, or of the whole platform: nothing in them is about a person.
NOT_ABOUT_PEOPLE: set[tuple[str, str]] = {("moderation_cases", "target_id")}


def _columns(context: Context) -> Iterator[tuple[str, str]]:
    """Return every column of the schema that names a person; partitions are their table."""
    with context.database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN pg_class k ON k.relname = c.table_name AND NOT k.relispartition"
            " AND k.relkind IN ('r', 'p')"
            " WHERE c.table_schema = 'public' AND c.column_name = ANY (%s)"
            " UNION SELECT x.conrelid::regclass::text, a.attname FROM pg_constraint x"
            " JOIN pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = ANY (x.conkey)"
            " JOIN pg_class k ON k.oid = x.conrelid AND NOT k.relispartition"
            " WHERE x.contype = 'f' AND x.confrelid = 'users'::regclass",
            (list(NAMES),),
        ).fetchall()
    for row in rows:
        yield row["table_name"], row["column_name"]


def test_every_column_that_names_a_person_is_in_the_map(context: Context) -> None:
    mapped = {(holding.table, holding.column) for holding in HOLDINGS}
    # The exposure log names its viewer twice; it goes by the row.
    found = {*_columns(context), ("users", "id")} - {("feed_pages", "viewer")}
    assert found - mapped - NOT_ABOUT_PEOPLE == set()
    assert mapped - found == set()


def test_what_is_kept_or_left_out_has_a_reason() -> None:
    for holding in HOLDINGS:
        if holding.erasure is Erasure.KEEP or not holding.exported:
            assert holding.why, holding


@pytest.fixture
def person(context: Context, new_user: NewClient, clock: FrozenClock) -> Client:
    """Somebody who has done everything there is to do."""
    world = World(context, new_user, clock)
    client, other = new_user("ada", creator=True), new_user("bert", creator=True)
    theirs = publish_video(context, other, "a clip #sea")
    publish_video(context, client, "mine #shore")
    for item in client.get("/feed?limit=5").json["items"]:
        world.watch(client, item)
    for path in (f"/videos/{theirs}/like", f"/videos/{theirs}/save", "/users/@bert/follow"):
        assert client.put(path).status == 200, path
    assert other.put("/users/@ada/follow").status == 200
    comment = client.post(
        f"/videos/{theirs}/comments", {"text": "secret words"}, headers=_key("comment")
    )
    assert comment.status == 201
    assert other.put(f"/comments/{comment.json['id']}/like").status == 200
    report = {"target_type": "video", "target_id": theirs, "reason": "spam"}
    assert client.post("/reports", report, headers=_key("report")).status == 201
    return client


def test_a_copy_holds_everything_and_nobody_elses_secrets(context: Context, person: Client) -> None:
    started = person.post("/users/me/export")
    assert (started.status, started.json["status"]) == (202, "queued")
    assert person.post("/users/me/export").json["id"] == started.json["id"]
    for _ in range(2):  # SQS may deliver it twice
        exporting.run(context, started.json["id"])
    done = person.get(f"/users/me/exports/{started.json['id']}").json
    assert done["status"] == "done"
    assert done["url"].endswith(f"exports/{started.json['id']}.zip")
    files = _files(context, started.json["id"])
    for holding in HOLDINGS:
        if holding.exported:
            assert f"{holding.table}.{holding.column}.json" in files
    for name in (
        "users.id", "videos.creator_id", "likes.user_id", "saves.user_id", "comments.author_id",
        "follows.follower_id", "follows.followed_id", "watch_history.user_id",
        "analytics_events.viewer", "feed_pages.user_id", "reports.reporter_id", "sessions.user_id",
    ):  # fmt: skip
        assert files[f"{name}.json"], name
    text = json.dumps(files)
    assert "secret words" in text
    for secret in ("argon2", "token_hash", "password_hash"):
        assert secret not in text
    assert files["likes.user_id.json"][0]["user_id"] == person.get("/users/me").json["id"]


def test_nobody_gets_somebody_elses_copy(person: Client, new_user: NewClient) -> None:
    export_id = person.post("/users/me/export").json["id"]
    assert new_user().get(f"/users/me/exports/{export_id}").status == 404


def test_who_has_left_is_erased_after_thirty_days(
    context: Context, person: Client, clock: FrozenClock, visitor: Client
) -> None:
    me = person.get("/users/me").json
    video_id = person.get("/videos/mine").json["items"][0]["id"]
    storage = context.storage
    kept = [("uploads", f"raw/{video_id}/1/source"), ("media", f"v/{video_id}/1.1/main.m3u8")]
    for bucket, key in kept:
        storage.write(bucket, key, b"data", "video/mp4", "")
    counts = _counts(context)
    person.delete("/users/me", {"password": PASSWORD})
    clock.advance(days=30, seconds=-1)
    _retain(context)
    assert _counts(context) == counts
    clock.advance(seconds=1)
    dry = jobs.start(context, "retention", dry_run=True)
    jobs.run(context, dry.id)
    assert (jobs.find(context, dry.id).result or {})["people"] == 1
    assert _counts(context) == counts
    _retain(context)
    _retain(context)
    assert [storage.size(bucket, key) for bucket, key in kept] == [None, None]
    text = json.dumps(_rows_about(context, me["id"]), default=str)
    for secret in ("secret words", "mine #shore", "ada", "1990-05-17", "argon2"):
        assert secret not in text, secret
    after = _counts(context)
    assert (after["likes"], after["comments"], after["saves"], after["followers"]) == (0, 0, 0, 0)
    assert Client().post("/auth/login", {"username": "ada", "password": PASSWORD}).status == 401
    again = {"username": "ada", "password": PASSWORD, "birth_date": "1990-05-17"}
    assert visitor.post("/auth/register", again).status == 201


def test_what_a_court_wants_is_not_erased(
    context: Context, person: Client, admin: Client, clock: FrozenClock
) -> None:
    video_id = person.get("/videos/mine").json["items"][0]["id"]
    assert admin.put(f"/admin/videos/{video_id}/legal-hold").status == 204
    person.delete("/users/me", {"password": PASSWORD})
    clock.advance(days=31)
    _retain(context)
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT purged_at, username FROM users WHERE username_key = 'ada'"
        ).fetchone()
    assert row == {"purged_at": None, "username": "ada"}


def _retain(context: Context) -> None:
    job = jobs.start(context, "retention", dry_run=False)
    jobs.run(context, job.id)
    assert jobs.find(context, job.id).error is None


def _counts(context: Context) -> dict[str, int]:
    """Return what bert's video and bert are left with."""
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT v.likes, v.comments, v.saves, s.followers FROM users u"
            " JOIN user_stats s ON s.user_id = u.id JOIN videos w ON w.creator_id = u.id"
            " JOIN video_stats v ON v.video_id = w.id WHERE u.username = 'bert'"
        ).fetchone()
    assert row is not None
    return row


def _rows_about(context: Context, user_id: str) -> list[Any]:
    """Return every row that is still about somebody."""
    found = []
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT id FROM users WHERE public_id = %s", (user_id,)
        ).fetchone()
        assert row is not None
        for holding in HOLDINGS:
            who = f"u:{user_id}" if holding.by_viewer else row["id"]
            rows = transaction.execute(
                f"SELECT to_jsonb(t) AS row FROM {holding.table} t"  # noqa: S608 - constants
                f" WHERE {holding.column} = %s",
                (who,),
            ).fetchall()
            if holding.erasure is Erasure.DELETE:
                assert rows == [], holding.table
            found += rows
    return found


def _files(context: Context, export_id: str) -> dict[str, Any]:
    data = context.storage.read("uploads", exporting.key_of(export_id))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def _key(name: str) -> dict[str, str]:
    return {"X-Idempotency-Key": f"{name:x>16}"}
