"""The directory of one local cloud: data, logs, process ids, and secrets made once."""

import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ACCOUNTS = ("admin", "moderator", "creator", "viewer")


@dataclass(frozen=True)
class Ports:
    """Where the parts listen, all on loopback."""

    edge: int
    aws: int
    database: int
    redis: int


class Home:
    """Paths and secrets of a local cloud."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        for name in ("logs", "pids", "data", "cache"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    @property
    def data(self) -> Path:
        """Everything that `reset` throws away."""
        return self.root / "data"

    @property
    def cache(self) -> Path:
        """What can be made again, at a price: layers, clips."""
        return self.root / "cache"

    @property
    def stack_file(self) -> Path:
        """The contract with tests and tools: where everything is."""
        return self.root / "stack.json"

    @property
    def edge_config(self) -> Path:
        """What the edge reads."""
        return self.root / "edge.json"

    def log(self, name: str) -> Path:
        """Where a part writes what it has to say."""
        return self.root / "logs" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """Where a part's process is remembered."""
        return self.root / "pids" / f"{name}.json"

    @cached_property
    def secrets(self) -> dict[str, Any]:
        """Passwords and keys of this home, made at the first look."""
        path = self.root / "secrets.json"
        if not path.exists():
            fresh = _private_file(path, _new_secrets())
            with suppress(FileExistsError):  # whoever is first makes them, for all
                path.hardlink_to(fresh)
            fresh.unlink()
        loaded: dict[str, Any] = json.loads(path.read_text())
        return loaded

    @property
    def accounts(self) -> dict[str, dict[str, str]]:
        """The four people everybody finds in a local cloud."""
        passwords = self.secrets["accounts"]
        return {name: {"username": name, "password": passwords[name]} for name in ACCOUNTS}


def write_private(path: Path, value: Any) -> None:
    """Write JSON that only its owner may read, at once or not at all."""
    _private_file(path, value).replace(path)


def _private_file(path: Path, value: Any) -> Path:
    """Write JSON to a new file beside a path, on disk when this returns."""
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return Path(fresh)


def _new_secrets() -> dict[str, Any]:
    return {
        "database": secrets.token_urlsafe(24),
        "redis": secrets.token_urlsafe(24),
        "signing": secrets.token_urlsafe(48),
        "accounts": {name: secrets.token_urlsafe(15) for name in ACCOUNTS},
    }
