"""Real PostgreSQL and Redis for the session, and an app put together over them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import imageio_ffmpeg
import psycopg
import pytest
import redis
from psycopg import sql

from chalicelib.platform import context as context_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.mediaconvert import MediaConvert
from chalicelib.platform.settings import Settings, Transcoder
from chalicelib.platform.signing import Signer
from functions.watching import take_in_events
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.redis import Redis
from infra.migrate import migrate
from tests.component.pipeline import Pipeline
from tests.fakes import DirectoryStorage, FrozenClock, RecordedEvents, RecordedQueues
from tests.gateway import Client
from tests.lambda_context import LambdaContext
from tests.media import make_clip
from tests.sqs import batch

PASSWORD = "a quiet river at dawn"
NewClient = Callable[..., Client]
StaffMember = Callable[[str], Client]


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """A PostgreSQL and a Redis of this session's own, gone when it ends."""
    root = Path(tempfile.mkdtemp(prefix="clipwave-"))
    root.chmod(0o755)  # PostgreSQL runs as another user than root
    home = Home(root)
    postgres, server = Postgres(home, free_port()), Redis(home, free_port())
    try:
        postgres.start()
        server.start()
        yield postgres.url, server.url
    finally:
        server.stop()
        postgres.stop()
        shutil.rmtree(postgres.directory, ignore_errors=True)
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def server_url(servers: tuple[str, str]) -> str:
    return servers[0]


@pytest.fixture(scope="session")
def redis_url(servers: tuple[str, str]) -> str:
    return servers[1]


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database, from which every test's own is copied in milliseconds."""
    with database(server_url) as url:
        migrate(url)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    with database(server_url, template) as url:
        yield url


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(
    database_url: str,
    redis_url: str,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Context]:
    """The app's context, over real servers and a directory for buckets."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    made = make_context(database_url, redis_url, clock, tmp_path)
    monkeypatch.setattr(context_module, "current", lambda: made)
    yield made
    made.database.close()
    made.cache.close()


def make_context(database_url: str, redis_url: str, clock: FrozenClock, root: Path) -> Context:
    """Put a context together over real servers, with a directory for buckets."""
    database = Database(lambda: database_url)
    return Context(
        settings=_settings(database_url, redis_url),
        clock=clock,
        database=database,
        configuration=Configuration(database, clock),
        cache=Cache(redis_url),
        storage=cast(Any, DirectoryStorage(root / "buckets")),
        queues=cast(Any, RecordedQueues({"watch-events-queue": _take_in_at_once})),
        events=cast(Any, RecordedEvents()),
        mediaconvert=MediaConvert("http://127.0.0.1:9"),
        signer=Signer(lambda: b"a key for tests only"),
    )


def _take_in_at_once(queue: str, body: str) -> None:
    """Hand a report to the function that the queue calls a moment later where it is deployed."""
    assert take_in_events(batch(body, queue=queue), LambdaContext()) == {"batchItemFailures": []}


@pytest.fixture
def staff(context: Context, new_user: NewClient) -> StaffMember:
    """Registers somebody of the staff: `staff("admin")`, `staff("moderator")`."""

    def appoint(role: str) -> Client:
        name = f"{role}_{uuid4().hex[:8]}"
        client = new_user(name)
        with context.database.transaction() as transaction:
            transaction.execute(
                "UPDATE users SET role = %s::user_role WHERE username = %s", (role, name)
            )
        login = {"username": name, "password": PASSWORD}
        assert client.post("/auth/login", login).json["role"] == role
        return client

    return appoint


@pytest.fixture
def admin(staff: StaffMember) -> Client:
    return staff("admin")


@pytest.fixture
def moderator(staff: StaffMember) -> Client:
    return staff("moderator")


@pytest.fixture
def visitor(context: Context) -> Client:
    return Client()


@pytest.fixture
def new_user(context: Context) -> NewClient:
    """Registers somebody and returns their browser; with `creator=True`, one who may upload."""
    return registering()


def registering() -> NewClient:
    """Return what registers people with the app as it is put together now."""

    def register(name: str | None = None, *, creator: bool = False) -> Client:
        client = Client()
        username = name or f"user_{uuid4().hex[:12]}"
        body = {"username": username, "password": PASSWORD, "birth_date": "1990-05-17"}
        assert client.post("/auth/register", body).status == 201
        if creator:
            assert client.post("/users/me/creator", {"accept_terms": True}).status == 200
        return client

    return register


def _settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        stage="test",
        database_url=database_url,
        redis_url=redis_url,
        signing_secret="unused",
        public_origin="http://localhost:8000",
        uploads_bucket="uploads",
        media_bucket="media",
        audit_bucket="audit",
        archive_bucket="archive",
        uploads_queue_url="uploads-queue",
        fast_queue_url="fast-queue",
        transcode_queue_url="transcode-queue",
        background_queue_url="background-queue",
        finish_queue_url="finish-queue",
        feeds_queue_url="feeds-queue",
        watch_events_queue_url="watch-events-queue",
        admin_jobs_queue_url="admin-jobs-queue",
        s3_public_endpoint_url=None,
        ffmpeg_path="ffmpeg",
        transcoder=Transcoder.WORKER,
        mediaconvert_queue_arn="",
        mediaconvert_role_arn="",
        mediaconvert_endpoint_url=None,
        av1_rungs=False,
        secrets_name=None,
    )


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of portrait video with sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=2).read_bytes()


@pytest.fixture
def creator(context: Context, new_user: NewClient) -> Client:
    """Somebody who may upload, where ffmpeg is at hand."""
    object.__setattr__(context.settings, "ffmpeg_path", imageio_ffmpeg.get_ffmpeg_exe())
    return new_user(creator=True)


@pytest.fixture
def pipeline(context: Context, creator: Client) -> Pipeline:
    return Pipeline(context, creator)


@contextmanager
def database(server_url: str, template: str = "template1") -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
