"""Stand-ins for the cloud's parts in tests that run without it; they keep real files."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.platform.queues import DeadLetter, QueueState


class FrozenClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        self._now += timedelta(**duration)


@dataclass(frozen=True)
class DirectoryStorage:
    """Buckets as directories."""

    root: Path

    def path(self, bucket: str, key: str) -> Path:
        return self.root / bucket / key

    def download(self, bucket: str, key: str, path: Path) -> None:
        shutil.copyfile(self.path(bucket, key), path)

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        self.write(bucket, key, path.read_bytes())

    def write(
        self,
        bucket: str,
        key: str,
        data: bytes,
        content_type: str = "application/octet-stream",
        cache_control: str = "",
    ) -> None:
        target = self.path(bucket, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def copy(self, bucket: str, key: str, target: str) -> None:
        self.write(bucket, target, self.read(bucket, key))

    def copy_across(
        self, bucket: str, key: str, to: str, target: str, *, storage_class: str = "STANDARD"
    ) -> None:
        self.write(to, target, self.read(bucket, key))

    def sizes(self, bucket: str, prefix: str) -> dict[str, int]:
        return {key: self.path(bucket, key).stat().st_size for key in self.keys(bucket, prefix)}

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        found = (path for path in (self.root / bucket).rglob("*") if path.is_file())
        names = (path.relative_to(self.root / bucket).as_posix() for path in found)
        return iter(sorted(name for name in names if name.startswith(prefix)))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for key in keys:
            self.path(bucket, key).unlink(missing_ok=True)

    def delete_all(self, bucket: str, prefix: str) -> None:
        self.delete(bucket, list(self.keys(bucket, prefix)))

    def read(self, bucket: str, key: str) -> bytes:
        return self.path(bucket, key).read_bytes()

    def size(self, bucket: str, key: str) -> int | None:
        path = self.path(bucket, key)
        return path.stat().st_size if path.exists() else None

    def upload_form(
        self, bucket: str, key: str, *, content_type: str, size_bytes: int, expires_at: datetime
    ) -> tuple[str, dict[str, str]]:
        return f"http://uploads.test/{bucket}", {"key": key, "Content-Type": content_type}

    def url(self, bucket: str, key: str, *, expires_at: datetime) -> str:
        return f"http://uploads.test/{bucket}/{key}"

    def list_unfinished(
        self, bucket: str, prefix: str, *, begun_before: datetime
    ) -> list[tuple[str, str]]:
        return []  # files come whole here; uploads in parts are tested with moto's S3


@dataclass
class RecordedQueues:
    """Keeps what was sent, or hands it to those who are there for it; fails while `away`."""

    consumers: dict[str, Callable[[str, str], None]] = field(default_factory=dict)
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    away: bool = False

    delays: list[int] = field(default_factory=list)
    buried: list[tuple[str, str, str]] = field(default_factory=list)
    again: list[tuple[str, str, int, int]] = field(default_factory=list)
    hidden: list[tuple[str, str, int]] = field(default_factory=list)

    def send(self, queue_url: str, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        self._answer()
        if queue_url in self.consumers:
            self.consumers[queue_url](queue_url, json.dumps(message))
            return
        self.sent.append((queue_url, message))
        self.delays.append(delay_seconds)

    def bury(self, queue_url: str, body: str, code: str) -> None:
        self._answer()
        self.buried.append((queue_url, body, code))

    def send_again(self, queue_url: str, body: str, *, delay_seconds: int, times: int) -> None:
        self._answer()
        self.again.append((queue_url, body, delay_seconds, times))

    def hide(self, queue_url: str, receipt: str, seconds: int) -> None:
        self._answer()
        self.hidden.append((queue_url, receipt, seconds))

    def _answer(self) -> None:
        if self.away:
            raise ConnectionError("the queue is away")

    def state(self, queue_url: str) -> QueueState:
        return QueueState(sum(url == queue_url for url, _ in self.sent), 0, 0)

    def peek(self, queue_url: str, limit: int) -> list[DeadLetter]:
        return []

    def move_all(self, source_url: str, target_url: str) -> int:
        return 0


@dataclass
class RecordedEvents:
    """Keeps what was put on the bus."""

    put_events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.put_events.append(dict(detail))
