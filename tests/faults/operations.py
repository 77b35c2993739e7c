"""What is done while things fail, and what must be true of it afterwards."""

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol
from unittest import mock
from uuid import UUID

import boto3

from chalicelib.engagement import likes
from chalicelib.upkeep import backing_up
from tests.component import conftest
from tests.component.builders import publish_video
from tests.faults.arena import Arena
from tests.gateway import Client
from tests.media import another_file
from tests.storms.harness import Task, Tell, insist
from tests.storms.likes import Liking, _count_naively
from tests.storms.views import LONGEST_MS, Event, Watching

Finding = tuple[str, str]  # lost, duplicate or stuck, and what exactly
LOST, DUPLICATE, STUCK = "lost", "duplicate", "stuck"


class Operation(Protocol):
    """Something that people or the clock do."""

    def prepare(self, here: Arena) -> list[Task]:
        """Make what it needs, and return what clients have to do."""

    def settled(self, here: Arena) -> bool:
        """Whether everything that was acknowledged has come to its end."""

    def judge(self, here: Arena) -> list[Finding]:
        """Return what is wrong in the end."""


@dataclass
class Uploading:
    """One creator's uploads: announced under a key, sent, and noted as acknowledged."""

    client: Client
    files: list[bytes]
    over: Any
    sent: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return len(self.sent) == len(self.files)

    def act(self, tell: Tell) -> None:
        s3 = boto3.client("s3")
        for number in range(len(self.sent), len(self.files)):
            data = self.files[number]
            body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": len(data)}
            headers = {
                "X-Idempotency-Key": f"{self.client.address} upload {number}".replace(" ", "-")
            }
            ask = lambda b=body, h=headers: self.client.post("/videos", b, headers=h)  # noqa: E731
            video_id = insist(ask, 201).json["video"]["id"]
            _put(s3, f"raw/{video_id}/1/source", data)
            tell(video_id)

    def hear(self, message: Any) -> None:
        self.sent.append(message)


def _put(s3: Any, key: str, data: bytes) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    deadline = time.monotonic() + 60
    while True:
        try:
            s3.put_object(Bucket="uploads", Key=key, Body=data, ContentType="video/mp4")
            return
        except (BotoCoreError, ClientError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@dataclass
class Upload:
    """Files are announced and sent, and become videos."""

    videos: int = 2
    tasks: list[Uploading] = field(default_factory=list)

    def prepare(self, here: Arena) -> list[Task]:
        register = conftest.registering()
        self.tasks = [
            Uploading(register(f"maker_{n}", creator=True), [another_file(here.clip)], here.over)
            for n in range(self.videos)
        ]
        return list(self.tasks)

    def settled(self, here: Arena) -> bool:
        under_way = here.query(
            "SELECT count(*) FROM videos"
            " WHERE status IN ('awaiting_upload', 'uploaded', 'processing')"
        )
        waiting = here.query(
            "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM put_off_notices)"
        )
        return under_way[0][0] == 0 and waiting[0] == (0, 0)

    def judge(self, here: Arena) -> list[Finding]:
        sent = {video for task in self.tasks for video in task.sent}
        return [*_judge_videos(here, sent), *_judge_news(here)]


def _judge_videos(here: Arena, sent: set[str]) -> list[Finding]:
    rows = here.query(
        "SELECT v.public_id, v.status::text, v.error_code, v.playback, v.attempt, u.videos"
        " FROM videos v JOIN user_stats u ON u.user_id = v.creator_id"
    )
    found: list[Finding] = []
    known = {row[0] for row in rows}
    found += [(LOST, f"{video} isn't there") for video in sent - known]
    found += [(DUPLICATE, f"{video} was announced twice") for video in known - sent]
    s3 = boto3.client("s3")
    for video, status, code, playback, attempt, counted in rows:
        if status != "published":
            kind = STUCK if status in ("awaiting_upload", "uploaded", "processing") else LOST
            found.append((kind, f"{video} is {status} ({code}) at attempt {attempt}"))
            continue
        if counted != 1:
            found.append((DUPLICATE, f"its maker has {counted} videos"))
        listed = s3.list_objects_v2(Bucket="media", Prefix=f"v/{video}/").get("Contents", [])
        keys = {item["Key"] for item in listed if item["Size"]}
        wanted = {playback["hls_key"], playback["mp4_key"], playback["poster_key"]}
        found += [(LOST, f"{key} isn't there") for key in wanted - keys]
    return found


def _judge_news(here: Arena) -> list[Finding]:
    rows = here.query(
        "SELECT user_id, about, count(*) FROM notifications WHERE type = 'processing'"
        " GROUP BY user_id, about HAVING count(*) > 1"
    )
    return [(DUPLICATE, f"{about} was told of {times} times") for _, about, times in rows]


@dataclass
class Transcode(Upload):
    """Files have arrived before anything fails; what is left is the work on them."""

    def prepare(self, here: Arena) -> list[Task]:
        tasks = super().prepare(here)
        for task in self.tasks:
            task.act(task.hear)
        return tasks


@dataclass
class Like:
    """People like and unlike, and their likes are counted."""

    naive: bool = False
    tasks: list[Liking] = field(default_factory=list)

    def prepare(self, here: Arena) -> list[Task]:
        register = conftest.registering()
        maker = register("maker", creator=True)
        videos = [publish_video(here.context, maker, f"number {n}") for n in range(3)]
        seed = here.random.randrange(1 << 30)
        self.tasks = [
            _LikingOn(f"client_{n}", register(f"client_{n}"), videos, 40, seed + n)
            for n in range(4)
        ]
        for task in self.tasks:
            task.over = here.over  # type: ignore[attr-defined]
        if self.naive:
            mock.patch.object(likes, "_count", _count_naively).start()
        return list(self.tasks)

    def settled(self, here: Arena) -> bool:
        return here.query("SELECT count(*) FROM put_off_notices")[0][0] == 0

    def judge(self, here: Arena) -> list[Finding]:
        mock.patch.stopall()
        liked = set(
            here.query(
                "SELECT u.username, v.public_id FROM likes l JOIN users u ON u.id = l.user_id"
                " JOIN videos v ON v.id = l.video_id"
            )
        )
        found = [
            (LOST, f"{task.username} left {video} {was}")
            for task in self.tasks
            for video, was in task.states.items()
            if ((task.username, video) in liked) != was
        ]
        counts = here.query(
            "SELECT v.public_id, s.likes, (SELECT count(*) FROM likes l WHERE l.video_id = v.id)"
            " FROM videos v JOIN video_stats s ON s.video_id = v.id"
        )
        return found + [
            (DUPLICATE if count > held else LOST, f"{video} counts {count} of {held}")
            for video, count, held in counts
            if count != held
        ]


@dataclass
class _LikingOn(Liking):
    """Goes on liking until the fault is over."""

    over: Any = None

    def hear(self, message: Any) -> None:
        super().hear(message)
        if message[0] == "done" and self.left == 0 and not self.over.is_set():
            self.left = 1


@dataclass
class Reading:
    """One viewer's feed: pages one after the other, and some of them again."""

    client: Client
    over: Any
    pages: int = 0
    wrong: list[Finding] = field(default_factory=list)
    least: int = 15

    @property
    def finished(self) -> bool:
        return self.pages >= self.least and self.over.is_set()

    def act(self, tell: Tell) -> None:
        cursor, seen = "", Counter[str]()
        while True:
            answer = self._read(cursor)
            items = [item["video"]["id"] for item in answer["items"]]
            if answer["degraded"]:
                cursor, seen = "", Counter()
            else:
                seen.update(items)
                again = self._read(cursor)
                if cursor and not again["degraded"] and _ids(again) != items:
                    tell((DUPLICATE, f"a page was {items}, then {_ids(again)}"))
                if repeated := [video for video, times in seen.items() if times > 1]:
                    tell((DUPLICATE, f"{repeated} were shown again"))
                cursor = answer["next_cursor"] or ""
                seen = seen if cursor else Counter()
            tell("page")

    def _read(self, cursor: str) -> Any:
        path = f"/feed?limit=4&cursor={cursor}" if cursor else "/feed?limit=4"
        answer = insist(lambda: _explained(self.client.get(path)), 200).json
        return answer

    def hear(self, message: Any) -> None:
        if message == "page":
            self.pages += 1
        else:
            self.wrong.append(message)


def _ids(page: Any) -> list[str]:
    return [item["video"]["id"] for item in page["items"]]


def _explained(answer: Any) -> Any:
    """Return an answer; one that gives up must say when to come again."""
    if answer.status >= 500:
        assert (answer.status, "Retry-After" in answer.headers) == (503, True), answer.text
    return answer


@dataclass
class Feed:
    """People page through their feeds."""

    tasks: list[Reading] = field(default_factory=list)

    def prepare(self, here: Arena) -> list[Task]:
        from chalicelib.feed import upkeep  # noqa: PLC0415

        register = conftest.registering()
        makers = [register(f"maker_{n}", creator=True) for n in range(6)]
        for n in range(24):
            publish_video(here.context, makers[n % 6], f"number {n} #any")
        upkeep.tend(here.context)
        self.tasks = [Reading(register(f"viewer_{n}"), here.over) for n in range(2)]
        return list(self.tasks)

    def settled(self, here: Arena) -> bool:
        return True

    def judge(self, here: Arena) -> list[Finding]:
        return [finding for task in self.tasks for finding in task.wrong]


@dataclass
class Views:
    """What people watch is reported, each event up to five times, and counted once."""

    tasks: list[Watching] = field(default_factory=list)

    def prepare(self, here: Arena) -> list[Task]:
        register = conftest.registering()
        maker = register("maker", creator=True)
        for n in range(4):
            publish_video(here.context, maker, f"number {n}")
        people = [register(f"client_{n}") for n in range(3)]
        shown = [client.get("/feed?limit=4").json["items"] for client in people]
        time.sleep(LONGEST_MS / 1000)
        self.tasks = [
            _watching(client, items, here.random)
            for client, items in zip(people, shown, strict=True)
        ]
        return list(self.tasks)

    def settled(self, here: Arena) -> bool:
        return self._counted(here) == self._expected()

    def judge(self, here: Arena) -> list[Finding]:
        expected, found = self._expected(), self._counted(here)
        return [
            (DUPLICATE if found[name] > number else LOST, f"{name}: {found[name]} of {number}")
            for name, number in expected.items()
            if found[name] != number
        ]

    def _expected(self) -> dict[str, int]:
        reported: dict[str, int] = {}
        for task in self.tasks:
            for event in task.events.values():
                token = event["impression_token"]
                least = 1000 if event["type"] == "view" else 0
                reported[token] = max(reported.get(token, 0), least, event["watch_ms"])
        viewed = [watch_ms for watch_ms in reported.values() if watch_ms >= 1000]
        return {
            "events": sum(len(task.events) for task in self.tasks),
            "showings": len(reported),
            "watch time": sum(reported.values()),
            "views": len(viewed),
        }

    def _counted(self, here: Arena) -> dict[str, int]:
        ((events, showings, watched, views),) = here.query(
            "SELECT (SELECT count(*) FROM analytics_events), (SELECT count(*) FROM playbacks),"
            " (SELECT coalesce(sum(watch_ms), 0)::bigint FROM playbacks),"
            " (SELECT coalesce(sum(views), 0)::bigint FROM video_stats)"
        )
        return {"events": events, "showings": showings, "watch time": watched, "views": views}


def _watching(client: Client, items: list[Any], random: Random) -> Watching:
    now = datetime.now(UTC).isoformat()
    events: list[Event] = [
        {
            "id": str(UUID(int=random.getrandbits(128), version=4)),
            "type": random.choice(("view", "progress", "skip")),
            "impression_token": random.choice(items)["impression_token"],
            "watch_ms": random.randrange(LONGEST_MS),
            "at": now,
        }
        for _ in range(120)
    ]
    sent = [event for event in events for _ in range(random.randint(1, 5))]
    random.shuffle(sent)
    batches = [sent[first : first + 10] for first in range(0, len(sent), 10)]
    return Watching(client, batches, events={str(event["id"]): event for event in events})


@dataclass
class Ordering:
    """An administrator who starts a job, again with the same key where no answer comes."""

    client: Client
    name: str
    times: int
    started: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return len(self.started) == self.times

    def act(self, tell: Tell) -> None:
        for number in range(len(self.started), self.times):
            headers = {"X-Idempotency-Key": f"{self.name}-number-{number:08}"}
            path = f"/admin/jobs/{self.name}"
            ask = lambda p=path, h=headers: self.client.post(p, {}, headers=h)  # noqa: E731
            tell(insist(ask, 202).json["id"])

    def hear(self, message: Any) -> None:
        self.started.append(message)


@dataclass
class Job:
    """A job of the operators is started and done, once each."""

    name: str
    times: int = 3
    task: Ordering | None = None

    def prepare(self, here: Arena) -> list[Task]:
        client = conftest.registering()("admin_1")
        with here.context.database.transaction() as transaction:
            transaction.execute("UPDATE users SET role = 'admin' WHERE username = 'admin_1'")
        login = {"username": "admin_1", "password": conftest.PASSWORD}
        assert client.post("/auth/login", login).status == 200
        self.task = Ordering(client, self.name, self.times)
        return [self.task]

    def settled(self, here: Arena) -> bool:
        ((open_jobs,),) = here.query(
            "SELECT count(*) FROM admin_jobs WHERE state IN ('queued', 'running')"
        )
        return open_jobs == 0

    def judge(self, here: Arena) -> list[Finding]:
        assert self.task is not None
        rows = here.query("SELECT public_id, state, error FROM admin_jobs")
        known = {public_id for public_id, _, _ in rows}
        started = set(self.task.started)
        found = [(LOST, f"job {one} isn't there") for one in started - known]
        found += [(DUPLICATE, f"job {one} was started twice") for one in known - started]
        for public_id, state, error in rows:
            if state != "done":
                kind = LOST if state == "failed" else STUCK
                found.append((kind, f"job {public_id} is {state}: {error}"))
        return found


@dataclass
class Deleting:
    """A creator who deletes what they made."""

    client: Client
    videos: list[str]
    deleted: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return len(self.deleted) == len(self.videos)

    def act(self, tell: Tell) -> None:
        for video in self.videos[len(self.deleted) :]:
            insist(lambda v=video: self._delete(v), 202)  # type: ignore[misc]
            tell(video)

    def _delete(self, video: str) -> Any:
        """Delete it; where it is gone already, an answer was lost on its way."""
        answer = self.client.delete(f"/videos/{video}", {})
        return replace(answer, status=202) if answer.status in (404, 410) else answer

    def hear(self, message: Any) -> None:
        self.deleted.append(message)


@dataclass
class Archive:
    """Videos are deleted, and a job that a schedule starts brings their files into the archive."""

    files: int = 6
    videos: int = 3
    task: Deleting | None = None

    def prepare(self, here: Arena) -> list[Task]:
        maker = conftest.registering()("maker", creator=True)
        made = [publish_video(here.context, maker) for _ in range(self.videos)]
        s3 = boto3.client("s3")
        for video in made:
            s3.put_object(Bucket="uploads", Key=f"raw/{video}/1/source", Body=video.encode())
            for number in range(self.files):
                key = f"v/{video}/1.1/{number}"
                s3.put_object(Bucket="media", Key=key, Body=f"{video} {number}".encode())
        here.jobs = ("archive",)
        self.task = Deleting(maker, made)
        return [self.task]

    def settled(self, here: Arena) -> bool:
        ((left,),) = here.query("SELECT count(*) FROM videos WHERE cleared_at IS NULL")
        return bool(left == 0)

    def judge(self, here: Arena) -> list[Finding]:
        assert self.task is not None
        found: list[Finding] = []
        s3 = boto3.client("s3")
        for video in self.task.deleted:
            kept = _read_all(s3, "archive", f"videos/{video}/")
            wanted = {
                f"videos/{video}/uploads/raw/{video}/1/source": video.encode(),
                **{
                    name: f"{video} {number}".encode()
                    for number in range(self.files)
                    if (name := _home(kept, number)) is not None
                },
            }
            if len(wanted) != self.files + 1 or f"videos/{video}/metadata.json" not in kept:
                found.append((LOST, f"of {video} only {sorted(kept)} is in the archive"))
            found += [(LOST, key) for key, data in wanted.items() if kept.get(key) != data]
            for bucket, areas in (("media", "vp"), ("uploads", ("raw",))):
                for area in areas:
                    left = _read_all(s3, bucket, f"{area}/{video}/")
                    found += [(DUPLICATE, f"{key} is still there") for key in left]
        return found


@dataclass
class Backup:
    """A schedule has backups taken; each that counts must be whole, and the last one restorable."""

    tables: tuple[str, ...] = ("users", "videos", "likes", "user_stats", "video_stats")
    rows: dict[str, Any] = field(default_factory=dict)

    def prepare(self, here: Arena) -> list[Task]:
        register = conftest.registering()
        maker = register("maker", creator=True)
        made = [publish_video(here.context, maker) for _ in range(5)]
        for n in range(3):
            fan = register(f"fan_{n}")
            for video in made:
                fan.put(f"/videos/{video}/like")
        self.rows = self._read(here)
        here.jobs = ("backup",)
        return []

    def settled(self, here: Arena) -> bool:
        """Whether one was begun and done since the fault was over."""
        ((done,),) = here.query(
            "SELECT count(*) FROM admin_jobs WHERE name = 'backup' AND state = 'done'"
            " AND started_at > to_timestamp(%s)",
            here.over_since,
        )
        return bool(done)

    def judge(self, here: Arena) -> list[Finding]:
        here.end()
        context = here.context
        keys = context.storage.keys(context.settings.archive_bucket, backing_up.PREFIX)
        manifests = sorted(key for key in keys if key.endswith(backing_up.MANIFEST))
        found: list[Finding] = []
        for key in manifests:
            try:
                backing_up.restore(context, key)
            except backing_up.BackupUnusable as error:
                found.append((LOST, f"{key}: {error}"))
                continue
            if self._read(here) != self.rows:
                found.append((LOST, f"{key} doesn't bring back what there was"))
        return found or ([] if manifests else [(LOST, "there is no backup")])

    def _read(self, here: Arena) -> dict[str, Any]:
        return {
            table: here.query(
                f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {table} t"
            )
            for table in self.tables
        }


def _home(kept: dict[str, bytes], number: int) -> str | None:
    """Return where a file of the media bucket was archived; deleting had it moved before."""
    return next((key for key in kept if "/media/" in key and key.endswith(f"/{number}")), None)


def _read_all(s3: Any, bucket: str, prefix: str) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    keys = [item["Key"] for item in listed]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
