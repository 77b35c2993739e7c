"""Files follow a video's visibility, whatever happens while they are moved."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Barrier, Event
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.storage import Storage
from chalicelib.videos import shelving, store, transitions
from chalicelib.videos.models import Video
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import DirectoryStorage, FrozenClock
from tests.gateway import Client

FILES = {
    f"1.1/{name}": name.encode()
    for name in (
        "main.m3u8",
        "main_360p.m3u8",
        "main_360p.cmfv",
        "main_360p.mp4",
        "poster.0000001.jpg",
        "storyboard.vtt",
        "storyboard.jpg",
        "cover-500.0000000.jpg",
    )
}


@dataclass(frozen=True)
class InterruptedStorage(DirectoryStorage):
    """Buckets where something else happens before a call goes on."""

    before_copy: Callable[[], object] = lambda: None
    before_delete: Callable[[], object] = lambda: None

    def copy(self, bucket: str, key: str, target: str) -> None:
        self.before_copy()
        super().copy(bucket, key, target)

    def delete(self, bucket: str, keys: Any) -> None:
        self.before_delete()
        super().delete(bucket, keys)


@dataclass(frozen=True)
class Shelf:
    """A published video, and what is known of its files."""

    context: Context
    database_url: str
    video_id: str
    creator: Client

    @property
    def video(self) -> Video:
        with self.context.database.transaction() as transaction:
            found = store.find_video(transaction, self.video_id)
        assert found is not None
        return found

    def show(self, visibility: str) -> None:
        """Change the visibility, and nothing else, from another connection."""
        self.change("visibility = %s", visibility)

    def change(self, assignment: str, *values: object) -> None:
        statement = f"UPDATE videos SET {assignment} WHERE public_id = %s"  # noqa: S608
        with closing(self._database()) as database, database.transaction() as transaction:
            transaction.execute(statement, (*values, self.video_id))

    def files(self, area: str) -> dict[str, bytes]:
        root = self.context.storage.path("media", f"{area}/{self.video_id}")  # type: ignore[attr-defined]
        found = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}

    def place(self, **interruptions: Callable[[], object]) -> None:
        """Move the files as another process would, over a connection of its own."""
        buckets = cast(DirectoryStorage, self.context.storage).root
        storage = cast(Any, InterruptedStorage(buckets, **interruptions))
        with closing(self._database()) as database:
            context = replace(self.context, storage=storage, database=database)
            shelving.place(context, self.video_id)

    def _database(self) -> Database:
        return Database(lambda: self.database_url)

    def assert_only_in(self, area: str) -> None:
        """All files are in one area, and nowhere else, and the video names them there."""
        other = {"v": "p", "p": "v"}[area]
        files = self.files(area)
        assert (files.pop("page.html", None) is not None) == (area == "v")
        assert files == FILES
        assert self.files(other) == {}
        playback, cover = self.video.playback or {}, self.video.cover or {}
        keys = [playback[name] for name in playback if name.endswith("_key")]
        for key in [*keys, playback["start"]["key"], cover["key"]]:
            assert key.removeprefix(f"{area}/{self.video_id}/") in FILES


@pytest.fixture
def shelf(context: Context, database_url: str, new_user: NewClient) -> Shelf:
    creator = new_user(creator=True)
    video_id = publish_video(context, creator)
    home = f"v/{video_id}"
    for name, data in FILES.items():
        context.storage.write("media", f"{home}/{name}", data, "video/mp4", "")
    made = Shelf(context, database_url, video_id, creator)
    cover = {"key": f"{home}/1.1/cover-500.0000000.jpg", "placeholder": "data:,"}
    playback = {**(made.video.playback or {}), "storyboard_key": f"{home}/1.1/storyboard.vtt"}
    with context.database.transaction() as transaction:
        transitions.replace_playback(
            transaction,
            made.video.row_id,
            before=made.video.playback or {},
            after=playback,
            cover=cover,
        )
    return made


def test_files_go_where_the_visibility_says_and_back(shelf: Shelf) -> None:
    shelf.show("private")
    shelf.place()
    shelf.assert_only_in("p")
    playback = shelf.creator.get(f"/videos/{shelf.video_id}").json["playback"]
    for name in ("hls_url", "mp4_url", "poster_url", "storyboard_url"):
        assert playback[name].startswith("/media/s/")
    assert playback["start"]["url"].startswith("/media/s/")
    shelf.show("public")
    shelf.place()
    shelf.assert_only_in("v")


def test_files_in_their_place_stay_there(shelf: Shelf) -> None:
    before = shelf.video
    shelf.place(before_copy=lambda: pytest.fail("nothing is to be copied"))
    assert shelf.video == before
    shelf.assert_only_in("v")


def test_only_videos_in_the_wrong_place_are_misplaced(
    shelf: Shelf, context: Context, new_user: NewClient
) -> None:
    other = publish_video(context, new_user(creator=True))

    def misplaced(limit: int = 10) -> list[str]:
        with context.database.transaction() as transaction:
            return shelving.misplaced(transaction, limit)

    assert misplaced() == []
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE videos SET visibility = 'private'")
    assert misplaced() == [shelf.video_id, other]
    assert misplaced(limit=1) == [shelf.video_id]
    shelf.place()
    assert misplaced() == [other]
    shelf.show("public")
    assert misplaced() == [shelf.video_id, other]


def test_a_change_of_mind_while_files_are_copied_leaves_none_in_the_open(shelf: Shelf) -> None:
    shelf.show("private")
    shelf.place()
    shelf.show("public")
    shelf.place(before_copy=lambda: shelf.show("private"))
    shelf.assert_only_in("p")


def test_what_a_move_left_behind_goes_with_the_next(shelf: Shelf, context: Context) -> None:
    for name, data in FILES.items():
        context.storage.write("media", f"p/{shelf.video_id}/{name}", data, "video/mp4", "")
    shelf.place()
    shelf.assert_only_in("v")


def test_one_who_removes_never_meets_one_who_copies(shelf: Shelf) -> None:
    removing, shown = Event(), Event()

    def wait_until_shown() -> None:
        removing.set()
        shown.wait(1)  # the other must not get as far as that before this one is done

    shelf.show("private")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shelf.place, before_delete=wait_until_shown)
        assert removing.wait(5)
        shelf.show("public")
        second = pool.submit(shelf.place, before_delete=shown.set)
        first.result(10)
        second.result(10)
    shelf.assert_only_in("v")


def test_many_moves_at_once_end_with_every_file_in_its_place(shelf: Shelf) -> None:
    together = Barrier(4)

    def change_and_place(number: int) -> None:
        together.wait(5)
        for turn in range(5):
            shelf.show("public" if (number + turn) % 2 else "private")
            shelf.place()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change_and_place, range(4)))
    shelf.assert_only_in("v" if shelf.video.visibility == "public" else "p")


def test_a_cover_taken_in_while_files_are_copied_is_not_lost(
    shelf: Shelf, context: Context
) -> None:
    key = f"v/{shelf.video_id}/1.1/cover-900.0000000.jpg"

    def choose_another() -> None:
        if not context.storage.size("media", key):
            context.storage.write("media", key, b"another", "image/jpeg", "")
            shelf.change("cover = jsonb_build_object('key', %s::text)", key)

    shelf.show("private")
    shelf.place(before_copy=choose_another)
    moved = f"p/{shelf.video_id}/1.1/cover-900.0000000.jpg"
    assert shelf.video.cover == {"key": moved}
    assert context.storage.read("media", moved) == b"another"
    assert shelf.files("v") == {}


@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("videos", "held = true"),
        ("videos", "age_restricted = true"),
        ("users", "hidden = true"),
    ],
)
def test_what_is_kept_away_from_everybody_lies_in_no_open_place(
    shelf: Shelf, context: Context, table: str, assignment: str
) -> None:
    shelf.place()
    shelf.assert_only_in("v")
    which = "public_id = %s" if table == "videos" else "id = %s"
    video = shelf.video
    value = video.id if table == "videos" else video.creator_row_id
    with context.database.transaction() as transaction:
        transaction.execute(f"UPDATE {table} SET {assignment} WHERE {which}", (value,))  # noqa: S608
        assert shelving.misplaced(transaction, 10) == [video.id]
    shelf.place()
    shelf.assert_only_in("p")


def test_a_page_says_what_the_video_is_now_and_nothing_of_it_runs(
    shelf: Shelf, context: Context
) -> None:
    words = '</script><script>alert("x")</script> & more'
    shelf.change("description = %s", words)
    shelf.place()
    page = shelf.files("v")["page.html"].decode()
    assert page.count("<script") == 2  # the video's data and the client's own
    assert "alert(&quot;x&quot;)&lt;/script&gt; &amp; more" in page
    origin = context.settings.public_origin
    assert f'<meta property="og:url" content="{origin}/v/{shelf.video_id}">' in page
    assert f'property="og:image" content="{origin}/media/v/{shelf.video_id}/' in page
    data = page.partition('id="video">')[2].partition("</script>")[0]
    video = json.loads(data)
    assert (video["id"], video["description"]) == (shelf.video_id, words)
    shown = shelf.creator.get(f"/videos/{shelf.video_id}").json
    assert video.keys() == shown.keys()
    assert video["playback"].items() <= shown["playback"].items()


def test_a_copy_is_served_as_its_original_is(clock: FrozenClock, tmp_path: Path) -> None:
    large = tmp_path / "main_360p.cmfv"
    large.write_bytes(bytes(9 << 20))
    storage = Storage(clock)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="media")
        storage.upload(large, "media", "v/x/1.1/a b.cmfv", "video/mp4", "public, immutable")
        storage.copy("media", "v/x/1.1/a b.cmfv", "p/x/1.1/a b.cmfv")
        copied = client.head_object(Bucket="media", Key="p/x/1.1/a b.cmfv")
    assert copied["ContentLength"] == 9 << 20
    assert (copied["ContentType"], copied["CacheControl"]) == ("video/mp4", "public, immutable")
