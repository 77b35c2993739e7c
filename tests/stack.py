"""A whole local cloud for the tests: its own home, ports and data, gone when they end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.local.ports import VARIABLES

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".local" / "test"
LIMIT_SECONDS = 600
# The tests make, kill and forget: never with servers or ports that are somebody's own.
GIVEN = ("DATABASE_URL", "REDIS_URL", "AWS_ENDPOINT_URL", *VARIABLES.values())


@contextmanager
def running_stack(clips: int = 0) -> Iterator[dict[str, Any]]:
    """Start a fresh stack, with some sample videos, and yield its stack.json."""
    run("reset")
    (HOME / "ports.json").unlink()
    try:
        run("up", "--free-ports", "--clips", str(clips))
        stack = json.loads((HOME / "stack.json").read_text())
        _raise_limits(stack)
        yield stack
    finally:
        run("down")


def _raise_limits(stack: dict[str, Any]) -> None:
    """Let everybody come from the one address that tests have."""
    with httpx.Client(base_url=f"{stack['base_url']}/api/v1", timeout=60) as http:
        http.post("/auth/login", json=stack["accounts"]["admin"]).raise_for_status()
        values = {f"limits.{name}.max": 10_000 for name in ("register", "login", "upload")}
        http.patch("/admin/config", json=values, headers={"If-Match": "*"}).raise_for_status()


def run(command: str, *options: str) -> str:
    """Run one command of the local cloud on the tests' home and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.local", command, "--home", str(HOME), *options],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in GIVEN},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0 or command == "status", done.stdout + done.stderr
    return done.stdout
