"""Deleted videos: into the archive, back out of it, and gone after 30 days, wherever one dies."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from chalicelib.admin import jobs
from chalicelib.platform.context import Context
from chalicelib.platform.storage import Storage
from chalicelib.videos import archiving
from tests.component.builders import publish_video
from tests.component.conftest import PASSWORD, NewClient, StaffMember
from tests.fakes import DirectoryStorage, FrozenClock
from tests.gateway import Client

HOT = ("raw", "v", "p", "w")


class Killed(BaseException):
    """The process dies here."""


@dataclass(frozen=True)
class DyingStorage(DirectoryStorage):
    """Buckets that are used so many times, and then never again."""

    left: list[int]

    def _count(self) -> None:
        if self.left[0] == 0:
            raise Killed
        self.left[0] -= 1

    def copy_across(self, *given: Any, **options: Any) -> None:
        self._count()
        super().copy_across(*given, **options)

    def write(self, *given: Any, **options: Any) -> None:
        self._count()
        super().write(*given, **options)

    def delete(self, bucket: str, keys: Any) -> None:
        for key in keys:
            self._count()
            super().delete(bucket, [key])


@dataclass
class Case:
    """A video that everybody has seen, with its files."""

    context: Context
    maker: Client
    video_id: str

    def files(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        storage = self.context.storage
        return {key: storage.read(bucket, key) for key in storage.keys(bucket, prefix)}

    def hot(self) -> dict[str, bytes]:
        """Return the video's files by name, wherever they lie."""
        found = {**self.files("uploads", "raw/"), **self.files("media")}
        return {key.partition(self.video_id)[2]: data for key, data in found.items()}

    def status(self) -> str:
        with self.context.database.transaction() as transaction:
            row = transaction.execute(
                "SELECT status FROM videos WHERE public_id = %s", (self.video_id,)
            ).fetchone()
        assert row is not None
        return str(row["status"])

    def log_in(self) -> None:
        login = {"username": "maker", "password": PASSWORD}
        assert self.maker.post("/auth/login", login).status == 200

    def delete(self) -> None:
        assert self.maker.delete(f"/videos/{self.video_id}").status == 202

    def archive(self, context: Context | None = None) -> dict[str, Any]:
        given = context or self.context
        job = jobs.start(given, "archive", dry_run=False)
        jobs.run(given, job.id)
        done = jobs.find(given, job.id)
        assert done.error is None
        return dict(done.result or {})


@pytest.fixture
def case(context: Context, new_user: NewClient) -> Case:
    maker = new_user("maker", creator=True)
    video_id = publish_video(context, maker, "a clip #sea")
    for name in ("main.m3u8", "main_360p.mp4", "main_360p.cmfv", "poster.0000001.jpg"):
        context.storage.write("media", f"v/{video_id}/1.1/{name}", name.encode(), "video/mp4", "")
    context.storage.write("uploads", f"raw/{video_id}/1/source", b"source", "video/mp4", "")
    return Case(context, maker, video_id)


def test_a_deleted_video_is_in_the_archive_and_nowhere_else(case: Case) -> None:
    before = case.hot()
    case.delete()
    assert case.archive() == {
        "archived": 1, "cleared": 1, "purged": 0, "emptied": 0, "failed": 0
    }  # fmt: skip
    assert (case.status(), case.hot()) == ("archived", {})
    said = json.loads(case.files("archive").pop(f"videos/{case.video_id}/metadata.json"))
    assert said["status_before"] == "published"
    assert said["visibility"] == "public"
    assert {"deleted_at", "reason", "retain_until"} <= said.keys()
    assert len(said["objects"]) == len(before) == 5
    answer = case.maker.get(f"/videos/{case.video_id}")
    assert (answer.status, answer.json["code"]) == (410, "deleted")
    assert case.maker.get("/videos/mine").json["items"][0]["status"] == "archived"


def test_it_comes_back_as_it_was(case: Case, context: Context) -> None:
    before = case.hot()
    case.delete()
    case.archive()
    back = case.maker.post(f"/videos/{case.video_id}/restore")
    assert (back.status, back.json["status"]) == (200, "published")
    assert case.hot() == before
    assert case.files("archive") == {}
    assert Client().get(f"/videos/{case.video_id}").status == 200
    assert sum(case.archive().values()) == 0
    case.delete()
    assert case.archive()["archived"] == 1


def test_it_is_gone_after_thirty_days_and_not_a_second_before(
    case: Case, clock: FrozenClock
) -> None:
    case.delete()
    case.archive()
    clock.advance(days=30, seconds=-1)
    assert case.archive()["purged"] == 0
    clock.advance(seconds=2)
    assert case.archive()["purged"] == 1
    assert (case.status(), case.files("archive"), case.hot()) == ("purged", {}, {})
    case.log_in()
    answer = case.maker.post(f"/videos/{case.video_id}/restore")
    assert (answer.status, answer.json["code"]) == (409, "not_restorable")
    assert case.maker.get("/videos/mine").json["items"] == []


def test_a_court_keeps_it_as_long_as_it_wants(
    case: Case, clock: FrozenClock, staff: StaffMember
) -> None:
    hold = f"/admin/videos/{case.video_id}/legal-hold"
    assert staff("moderator").put(hold).status == 403
    assert staff("admin").put(hold).status in (200, 204)
    case.delete()
    clock.advance(days=400)
    found = case.archive()
    assert (found["archived"], found["purged"]) == (1, 0)
    assert case.files("archive") != {}
    assert staff("admin").delete(hold).status in (200, 204)
    assert case.archive()["purged"] == 1


def test_what_moderators_removed_its_maker_cannot_bring_back(case: Case, moderator: Client) -> None:
    given = {"reason": "It shows somebody who did not agree."}
    removed = moderator.call("DELETE", f"/admin/videos/{case.video_id}", given)
    assert removed.status == 202
    case.archive()
    answer = case.maker.post(f"/videos/{case.video_id}/restore")
    assert (answer.status, answer.json["code"]) == (409, "not_restorable")
    assert case.status() == "archived"
    back = moderator.post(f"/admin/videos/{case.video_id}/restore")
    assert (back.status, back.json["status"]) == (200, "published")


def _until_it_lives(case: Case, work: Callable[[Context], object]) -> int:
    """Kill a work at its first use of a bucket, then at its second, and so on. Returns how often.

    After each death the files are complete in at least one place.
    """
    buckets = cast(DirectoryStorage, case.context.storage).root
    for allowed in range(200):
        dying = replace(case.context, storage=cast(Any, DyingStorage(buckets, [allowed])))
        try:
            work(dying)
        except Killed:
            yield_complete = len(case.hot()) == 5 or len(case.files("archive")) == 6
            assert yield_complete, (allowed, case.hot().keys(), case.files("archive").keys())
            continue
        return allowed
    raise AssertionError("it never lived")


def test_killed_anywhere_nothing_is_half_done(case: Case) -> None:
    case.delete()
    before = case.hot()

    def work(context: Context) -> None:
        found = archiving.run(context, dry_run=False, tell=lambda _: None)
        assert found["failed"] == 0

    assert _until_it_lives(case, work) > 0
    assert (case.status(), case.hot(), len(case.files("archive"))) == ("archived", {}, 6)
    archived = case.files("archive").values()
    assert set(before.values()) <= set(archived)


def test_killed_while_it_is_brought_back_it_is_archived_or_back(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = case.hot()
    case.delete()
    case.archive()
    buckets = cast(DirectoryStorage, case.context.storage).root
    whole = case.context.storage
    for allowed in range(40):
        object.__setattr__(case.context, "storage", DyingStorage(buckets, [allowed]))
        try:
            answer = case.maker.post(f"/videos/{case.video_id}/restore")
        except Killed:
            object.__setattr__(case.context, "storage", whole)
            if case.status() == "published":
                assert case.hot() == before
                break
            assert case.archive()["failed"] == 0
            assert (case.status(), case.hot()) == ("archived", {})
            continue
        assert answer.status == 200
        break
    object.__setattr__(case.context, "storage", whole)
    assert (case.status(), case.hot()) == ("published", before)


def test_killed_while_it_is_purged_nothing_is_left_in_the_end(
    case: Case, clock: FrozenClock
) -> None:
    case.delete()
    case.archive()
    clock.advance(days=31)
    buckets = cast(DirectoryStorage, case.context.storage).root
    for allowed in range(3):
        dying = replace(case.context, storage=cast(Any, DyingStorage(buckets, [allowed])))
        with pytest.raises(Killed):
            archiving.run(dying, dry_run=False, tell=lambda _: None)
    case.archive()
    assert (case.status(), case.files("archive"), case.hot()) == ("purged", {}, {})


def test_a_dry_run_only_counts(case: Case) -> None:
    case.delete()
    before = case.hot()
    found = archiving.run(case.context, dry_run=True, tell=lambda _: None)
    assert (found["archived"], case.status(), case.hot()) == (1, "deleted", before)


def test_copies_keep_what_they_are_in_a_cold_class(clock: FrozenClock, tmp_path: Path) -> None:
    storage = Storage(clock)
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("media", "archive"):
            client.create_bucket(Bucket=bucket)
        storage.write("media", "v/a b", b"12345", "video/mp4", "immutable")
        storage.copy_across("media", "v/a b", "archive", "c", storage_class=archiving.COLD)
        copied = client.head_object(Bucket="archive", Key="c")
        assert storage.sizes("archive", "") == {"c": 5}
    assert (copied["ContentType"], copied["StorageClass"]) == ("video/mp4", "GLACIER_IR")
