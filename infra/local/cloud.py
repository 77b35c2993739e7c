"""The local cloud as a whole: what starts when, what is healthy, and how it is put right again."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import imageio_ffmpeg
import redis

from chalicelib.platform.signing import EDGE_PURPOSE, MEDIA_PURPOSE, Signer
from infra.account import Account
from infra.build import build
from infra.deploy import Deployed, deploy
from infra.local.edge.config import EdgeConfig
from infra.local.given import GivenPostgres, GivenRedis, choose_servers
from infra.local.home import Home, Ports, write_private
from infra.local.localstack import LocalStack
from infra.local.mirror import s3_client
from infra.local.ports import check_free
from infra.local.processes import await_ready, find_daemon, start_daemon, stop_daemon
from infra.migrate import migrate
from infra.publish import publish_web
from infra.web import build_web

ROOT = Path(__file__).parents[2]
LOCALSTACK_ENVIRONMENT = ROOT / ".venv-localstack"
SOURCES = ROOT / "infra" / "local"
STAGE = "local"
READY_LIMIT_SECONDS = 60
LAST_SAVE_LIMIT_SECONDS = 120  # the last upload may be a large one
PARTS = ("postgres", "redis", "localstack", "mirror", "edge")
MIRRORED = ("media", "uploads", "audit", "archive")


@dataclass(frozen=True)
class Part:
    """One line of `status`."""

    name: str
    healthy: bool
    pid: int | None
    port: int | None


class Cloud:
    """All parts over one home."""

    def __init__(self, home: Home, ports: Ports) -> None:
        self.home = home
        self.ports = ports
        self.postgres, self.redis = choose_servers(home, ports)
        self.localstack = LocalStack(home, ports.aws, LOCALSTACK_ENVIRONMENT)

    @property
    def base_url(self) -> str:
        """Return the origin that browsers use."""
        return f"http://localhost:{self.ports.edge}"

    def start_servers(self) -> None:
        """Start PostgreSQL, Redis and LocalStack side by side."""
        self._check_ports()
        if not self.localstack.is_healthy():
            self._stop_mirror()  # it must never see an empty new one
        with ThreadPoolExecutor() as pool:
            parts = (self.postgres, self.redis, self.localstack)
            for started in [pool.submit(part.start) for part in parts]:
                started.result()

    def apply_migrations(self) -> list[str]:
        """Bring the schema up to date."""
        return migrate(self.postgres.url)

    def deploy(self, report: Callable[[str], None]) -> Deployed:
        """Build and deploy what has changed, the web page included."""
        built = build(stage=STAGE, out=self.home.cache / "build", report=report)
        deployed = deploy(
            built,
            stage=STAGE,
            parameters=self._parameters(),
            endpoint_url=self.localstack.url,
            report=report,
        )
        web = build_web(report)
        publish_web(s3_client(self.localstack.url), deployed.buckets["web"], web)
        return deployed

    def invoke(self, deployed: Deployed, function: str, event: Mapping[str, str]) -> None:
        """Let a function do its work in the background, without waiting for it."""
        account = Account(STAGE, self.localstack.url, print)
        account.client("lambda").invoke(
            FunctionName=deployed.functions[function],
            InvocationType="Event",
            Payload=json.dumps(event),
        )

    def forget_limits(self) -> None:
        """Let the next visitor's windows be empty: sample people came from the same address."""
        with redis.Redis.from_url(self.redis.url) as client:
            for key in client.scan_iter("limit:*"):
                client.delete(key)

    def start_mirror(self, deployed: Deployed) -> None:
        """Have the buckets filled with what they held before, and mirrored from then on."""
        if not self._is_current("mirror"):
            self._stop_mirror()
            self._start_python(
                "mirror",
                "infra.local.mirror",
                *("--endpoint", self.localstack.url, "--directory", str(self._mirror_directory)),
                *(deployed.buckets[name] for name in MIRRORED),
            )

    def start_edge(self, deployed: Deployed) -> None:
        """Point the edge to what is deployed; only new code of its own makes it restart."""
        EdgeConfig(
            aws_endpoint_url=self.localstack.url,
            api_id=deployed.api_id,
            media_bucket=deployed.buckets["media"],
            web_bucket=deployed.buckets["web"],
            media_key=self._key_for(MEDIA_PURPOSE),
            edge_key=self._key_for(EDGE_PURPOSE),
            cache_directory=str(self.home.data / "edge-cache"),
            mirror_directory=str(self._mirror_directory),
        ).write(self.home.edge_config)
        if not self._is_current("edge"):
            stop_daemon(self.home, "edge")
            config = ["--config", str(self.home.edge_config), "--port", str(self.ports.edge)]
            self._start_python("edge", "infra.local.edge", *config)
        await_ready(self.home, "edge", self.is_serving, READY_LIMIT_SECONDS)

    def is_serving(self) -> bool:
        """Whether the API answers through the edge, database included."""
        try:
            return httpx.get(f"{self.base_url}/health/ready", timeout=30).is_success
        except httpx.HTTPError:
            return False

    def write_stack_file(self, deployed: Deployed) -> None:
        """Tell tests and tools where everything is."""
        found = {name: find_daemon(self.home, name) for name in PARTS}
        stack = {
            "base_url": self.base_url,
            "aws_endpoint_url": self.localstack.url,
            "database_url": self.postgres.url,
            "redis_url": self.redis.url,
            "accounts": self.home.accounts,
            "pids": {name: daemon.pid for name, daemon in found.items() if daemon},
            "buckets": deployed.buckets,
            "queues": deployed.queues,
            "functions": deployed.functions,
            "api_id": deployed.api_id,
        }
        write_private(self.home.stack_file, stack)

    def stop(self) -> Iterator[str]:
        """Stop everything in order, yielding the names of what ran.

        The database goes before the mirror saves for the last time: no worker can publish a video
        any more whose files would be forgotten.
        """
        if stop_daemon(self.home, "edge"):
            yield "edge"
        if self.postgres.stop():
            yield "postgres"
        if self._stop_mirror():
            yield "mirror"
        if self.localstack.stop():
            yield "localstack"
        if self.redis.stop():
            yield "redis"

    def parts(self) -> list[Part]:
        """Return how every part is."""
        healthy = {
            "postgres": self.postgres.is_healthy,
            "redis": self.redis.is_healthy,
            "localstack": self.localstack.is_healthy,
            "mirror": lambda: True,
            "edge": self.is_serving,
        }
        ports = {
            "postgres": self.ports.database,
            "redis": self.ports.redis,
            "localstack": self.ports.aws,
            "edge": self.ports.edge,
        }
        found = {name: find_daemon(self.home, name) for name in self._own_parts()}
        return [
            Part(
                name,
                daemon is not None and healthy[name](),
                daemon.pid if daemon else None,
                ports.get(name),
            )
            for name, daemon in found.items()
        ]

    def _own_parts(self) -> list[str]:
        """Return the names of the parts that are processes of ours."""
        given = {
            "postgres": isinstance(self.postgres, GivenPostgres),
            "redis": isinstance(self.redis, GivenRedis),
        }
        return [name for name in PARTS if not given.get(name)]

    def _is_current(self, name: str) -> bool:
        """Whether one of our own programs runs, and is not older than its code."""
        daemon = find_daemon(self.home, name)
        newest = max(path.stat().st_mtime for path in SOURCES.rglob("*.py"))
        return daemon is not None and daemon.born > newest

    def _stop_mirror(self) -> bool:
        return stop_daemon(self.home, "mirror", seconds=LAST_SAVE_LIMIT_SECONDS)

    @property
    def _mirror_directory(self) -> Path:
        return self.home.data / "buckets"

    def _check_ports(self) -> None:
        """Raise PortTaken for a port that somebody else holds."""
        wanted = {
            "database": ("postgres", self.ports.database),
            "redis": ("redis", self.ports.redis),
            "aws": ("localstack", self.ports.aws),
            "edge": ("edge", self.ports.edge),
        }
        own = self._own_parts()
        for name, (part, port) in wanted.items():
            if part in own and find_daemon(self.home, part) is None:
                check_free(name, port)

    def _key_for(self, purpose: str) -> str:
        """Return a key as the functions derive it from their secret."""
        return Signer(self.home.secrets["signing"].encode).key_for(purpose).hex()

    def _parameters(self) -> Mapping[str, str]:
        ffmpeg = os.environ.get("FFMPEG_PATH") or imageio_ffmpeg.get_ffmpeg_exe()
        return {
            "DatabaseUrl": self.postgres.url,
            "RedisUrl": self.redis.url,
            "PublicOrigin": self.base_url,
            "SigningSecret": self.home.secrets["signing"],
            "S3PublicEndpointUrl": self.localstack.public_url,
            "FfmpegPath": ffmpeg,
        }

    def _start_python(self, name: str, module: str, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", module, *arguments]
        start_daemon(self.home, name, command, environment=environment, directory=ROOT)
