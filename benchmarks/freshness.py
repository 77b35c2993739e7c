"""How soon a like, a view and a follow are in the creator's figures of today, on the running stack.

`python -m benchmarks.freshness [--count 100]` uses the stack of `make up`; --home names another.
"""

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

HOME = Path(__file__).parents[1] / ".local"
NAMES = {"likes": "a like", "views": "a view", "followers_gained": "a follow"}
LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.1
ROOM = {f"limits.{name}.max": 100_000 for name in ("register", "login", "read", "feed", "events")}
Times = dict[str, list[float]]


def main() -> None:
    """Let people do things one after the other, ask for the figures, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness", description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--home", type=Path, default=HOME, help="the stack's directory")
    options = parser.parse_args()
    stack = json.loads((options.home / "stack.json").read_text())
    accounts = stack["accounts"]
    admin, creator = (_sign_in(stack, accounts[name]) for name in ("admin", "creator"))
    before = admin.get("/admin/config").json()["values"]
    admin.patch("/admin/config", json=ROOM, headers={"If-Match": "*"}).raise_for_status()
    time.sleep(31)  # until it is in force
    times: Times = {name: [] for name in NAMES}
    try:
        for _ in track(range(options.count), "watching, liking, following"):
            viewer, item = join(stack, creator)
            for name, seconds in follow_up(creator, viewer, item).items():
                times[name].append(seconds)
            viewer.close()
    finally:
        kept = {key: before[key] for key in ROOM}
        admin.patch("/admin/config", json=kept, headers={"If-Match": "*"}).raise_for_status()
    Console().print(_table(times))


def join(stack: Mapping[str, Any], creator: httpx.Client) -> tuple[httpx.Client, dict[str, Any]]:
    """Register somebody, and return their browser and a video of the creator's in their feed."""
    viewer = _client(stack)
    body = {"username": f"f_{uuid4().hex[:12]}", "password": uuid4().hex}
    viewer.post("/auth/register", json={**body, "birth_date": "1990-05-17"}).raise_for_status()
    me = creator.get("/users/me").json()["id"]
    for item in viewer.get("/feed?limit=30").json()["items"]:
        if item["video"]["creator"]["id"] == me:
            time.sleep(1.1)  # a view is a second
            return viewer, item
    raise SystemExit("no video of the creator's is in the feed; make some with `make up`")


def follow_up(
    creator: httpx.Client, viewer: httpx.Client, item: Mapping[str, Any]
) -> dict[str, float]:
    """Watch, like and follow; return after how many seconds each was in the figures."""
    before = _figures(creator)
    event = {
        "id": str(uuid4()), "type": "view", "impression_token": item["impression_token"],
        "watch_ms": 1000, "at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    video = item["video"]
    began = {}
    viewer.post("/events", json={"events": [event]}).raise_for_status()
    began["views"] = time.monotonic()
    viewer.put(f"/videos/{video['id']}/like").raise_for_status()
    began["likes"] = time.monotonic()
    viewer.put(f"/users/{video['creator']['id']}/follow").raise_for_status()
    began["followers_gained"] = time.monotonic()
    seen: dict[str, float] = {}
    while len(seen) < len(began):
        now = _figures(creator)
        for name, since in began.items():
            if name not in seen and now[name] > before[name]:
                seen[name] = time.monotonic() - since
        if time.monotonic() - began["views"] > LIMIT_SECONDS:
            missing = ", ".join(NAMES[name] for name in began.keys() - seen.keys())
            raise SystemExit(f"{missing} wasn't in the figures after {LIMIT_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    return seen


def _figures(creator: httpx.Client) -> dict[str, int]:
    """Return today's figures."""
    found = {}
    for name in NAMES:
        answer = creator.get(f"/analytics/series?metric={name}&days=7")
        found[name] = answer.raise_for_status().json()["points"][-1]["value"]
    return found


def _client(stack: Mapping[str, Any]) -> httpx.Client:
    return httpx.Client(base_url=f"{stack['base_url']}/api/v1", timeout=60)


def _sign_in(stack: Mapping[str, Any], account: Mapping[str, str]) -> httpx.Client:
    client = _client(stack)
    client.post("/auth/login", json=dict(account)).raise_for_status()
    return client


def _table(times: Times) -> Table:
    table = Table("seconds until it is in today's figures", "p50", "p95", "the last", "times")
    for name, measured in times.items():
        late: Sequence[float] = statistics.quantiles(measured, n=20)
        row = (statistics.median(measured), late[-1], max(measured))
        table.add_row(NAMES[name], *(f"{value:.2f}" for value in row), str(len(measured)))
    return table


if __name__ == "__main__":
    main()
