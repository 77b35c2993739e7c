"""A small world for tests of the feed: creators with tagged videos, and viewers who watch them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client


@dataclass(frozen=True)
class World:
    """Makes videos and lets people watch."""

    context: Context
    new_user: NewClient
    clock: FrozenClock

    def publish(self, tag: str, *, creators: int, videos: int) -> list[str]:
        """Publish some videos with a hashtag by each of some new creators."""
        made = []
        for _ in range(creators):
            creator = self.new_user(creator=True)
            for _ in range(videos):
                made.append(publish_video(self.context, creator, f"a clip #{tag}"))
                self.clock.advance(seconds=1)
        return made

    def watch(self, client: Client, item: dict[str, Any], share: float = 1.0) -> None:
        """Report that somebody watched a share of an item."""
        watch_ms = int(item["video"]["duration_ms"] * share)
        self.clock.advance(milliseconds=watch_ms + 500)
        event = {
            "id": str(uuid4()),
            "type": "progress" if share > 0.1 else "skip",
            "impression_token": item["impression_token"],
            "watch_ms": watch_ms,
            "at": (self.clock.now() - timedelta(milliseconds=100)).isoformat(),
        }
        answer = client.post("/events", {"events": [event]})
        assert answer.json["accepted"] == 1, answer.json
