"""Watch events delivered up to five times, in any order, while everything is killed.

`python -m tests.storms.views` sends 40,000 events some 120,000 times. In the end each event is kept
once, each view counted once, and each showing has come to the most that was reported of it.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from tests.component import conftest
from tests.component.builders import publish_video
from tests.gateway import Client
from tests.storms.harness import Tell, World, insist, rage, world

AT_ONCE = 50
MOST_TIMES = 5
LONGEST_MS = 2500  # of watching, which the clock must have seen pass
Event = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How much is reported, and how often something dies meanwhile."""

    events: int = 40_000
    clients: int = 16
    videos: int = 10
    kill_every: tuple[float, float] = (0.5, 3.0)
    seed: int = 1


@dataclass
class Outcome:
    """What came of it: kills by victim, and what is wrong."""

    sent: int
    kills: Mapping[str, int]
    wrong: list[str]


@dataclass
class Watching:
    """One client's events in batches; `done` of them are acknowledged."""

    client: Client
    batches: list[list[Event]]
    done: int = 0
    events: dict[str, Event] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return self.done == len(self.batches)

    def act(self, tell: Tell) -> None:
        for batch in self.batches[self.done :]:
            body = {"events": batch}
            insist(lambda b=body: self.client.post("/events", b), 202)  # type: ignore[misc]
            tell("done")

    def hear(self, message: Any) -> None:
        self.done += 1


def run(plan: Plan) -> Outcome:
    """Let it happen, and hold what is kept against what was sent."""
    with world() as here:
        register = conftest.registering()
        maker = register("maker", creator=True)
        for n in range(plan.videos):
            publish_video(here.context, maker, f"number {n}")
        people = [register(f"client_{n}") for n in range(plan.clients)]
        shown = [client.get(f"/feed?limit={plan.videos}").json["items"] for client in people]
        time.sleep(LONGEST_MS / 1000)
        random = Random(plan.seed)  # noqa: S311
        share = plan.events // plan.clients
        tasks = [
            _task(client, items, share, random) for client, items in zip(people, shown, strict=True)
        ]
        rage(here, tasks, plan.kill_every, plan.seed)
        sent = sum(len(batch) for task in tasks for batch in task.batches)
        return Outcome(sent, here.kills, _wrong(here, tasks))


def _task(client: Client, items: list[Any], share: int, random: Random) -> Watching:
    """Make somebody's events, each to be sent several times, all of them shuffled."""
    now = datetime.now(UTC).isoformat()
    events = [
        {
            "id": str(UUID(int=random.getrandbits(128), version=4)),
            "type": random.choice(("view", "progress", "progress", "skip")),
            "impression_token": random.choice(items)["impression_token"],
            "watch_ms": random.randrange(LONGEST_MS),
            "at": now,
        }
        for _ in range(share)
    ]
    sent = [event for event in events for _ in range(random.randint(1, MOST_TIMES))]
    random.shuffle(sent)
    batches = [sent[first : first + AT_ONCE] for first in range(0, len(sent), AT_ONCE)]
    return Watching(client, batches, events={str(event["id"]): event for event in events})


def _wrong(here: World, tasks: list[Watching]) -> list[str]:
    reported: dict[str, int] = {}
    for task in tasks:
        for event in task.events.values():
            token = event["impression_token"]
            least = 1000 if event["type"] == "view" else 0
            reported[token] = max(reported.get(token, 0), least, event["watch_ms"])
    viewed = [watch_ms for watch_ms in reported.values() if watch_ms >= 1000]
    expected = {
        "events": sum(len(task.events) for task in tasks),
        "showings": len(reported),
        "watch time": sum(reported.values()),
        "views counted": len(viewed),
        "views of showings": len(viewed),
    }
    with psycopg.connect(here.postgres.url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM analytics_events), (SELECT count(*) FROM playbacks),"
            " (SELECT sum(watch_ms) FROM playbacks)::bigint,"
            " (SELECT sum(views) FROM video_stats)::bigint,"
            " (SELECT count(viewed_at) FROM playbacks)"
        ).fetchone()
    assert row is not None
    found = dict(zip(expected, row, strict=True))
    return [f"{name}: {found[name]} for {expected[name]}" for name in expected
            if found[name] != expected[name]]  # fmt: skip


def main() -> int:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.storms.views", description=__doc__)
    parser.add_argument("--events", type=int, default=Plan.events)
    parser.add_argument("--clients", type=int, default=Plan.clients)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    outcome = run(Plan(**vars(parser.parse_args())))
    print(f"{outcome.sent} sent, killed {outcome.kills}")
    print("\n".join(outcome.wrong) or "each event once, each view once")
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    sys.exit(main())
