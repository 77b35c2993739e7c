"""People who watch and like clips a little, so that a fresh feed has something to go by."""

import hashlib
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.seeding.person import Person

WATCH_SECONDS = 3  # no more can be claimed than has passed since the feed was fetched
LIKED_OF_TEN = 4
PAGE = 30


def watch_clips(
    people: Sequence[Person],
    descriptions: Collection[str],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Let everybody watch the clips with these descriptions, and like some, always the same.

    A repetition changes nothing: likes are toggles, and events carry the same ids. Raises Refused.
    """
    feeds = [(person, _shown(person, descriptions)) for person in people]
    sleep(WATCH_SECONDS)
    for person, items in feeds:
        events = [event for item in items for event in _events(person, item)]
        for start in range(0, len(events), 50):
            person.call("POST", "/events", {"events": events[start : start + 50]})
        for item in items:
            video_id = item["video"]["id"]
            if _taste(person, item) < LIKED_OF_TEN:
                person.call("PUT", f"/videos/{video_id}/like")


def _shown(person: Person, descriptions: Collection[str]) -> list[dict[str, Any]]:
    items = person.call("GET", f"/feed?limit={PAGE}")["items"]
    return [item for item in items if item["video"]["description"] in descriptions]


def _events(person: Person, item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an impression, a view, and progress as far as this person's patience goes."""
    patience = 0.3 + 0.07 * _taste(person, item)
    watched = min(int(item["video"]["duration_ms"] * patience), WATCH_SECONDS * 1000)
    times = {"impression": 0, "view": min(1000, watched), "progress": watched}
    return [
        {
            "id": str(uuid5(NAMESPACE_URL, f"{person.username} {item['video']['id']} {kind}")),
            "type": kind,
            "impression_token": item["impression_token"],
            "watch_ms": milliseconds,
            "at": datetime.now(UTC).isoformat(),
        }
        for kind, milliseconds in times.items()
    ]


def _taste(person: Person, item: dict[str, Any]) -> int:
    """Return 0 to 9, the same for a person and a clip in every installation."""
    text = f"{person.username} {item['video']['description']}"
    return hashlib.sha256(text.encode()).digest()[0] % 10
