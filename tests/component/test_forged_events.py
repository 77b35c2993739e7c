"""A thousand events that nobody may claim count nothing, anywhere."""

import base64
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

from chalicelib.feed import impressions
from chalicelib.platform.context import Context
from chalicelib.platform.signing import Signer
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.races import unlimited
from tests.fakes import FrozenClock
from tests.gateway import Client

FORGED = 1000
AT_ONCE = 50
Forger = Callable[[str], str]


def _flip(random: Random, token: str) -> str:
    """Change one bit of a token."""
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = random.randrange(len(raw) * 8)
    raw[place // 8] ^= 1 << place % 8
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


def _event(context: Context, token: str, event_id: str | None = None) -> dict[str, Any]:
    return {
        "id": event_id or str(uuid4()),
        "type": "complete",
        "impression_token": token,
        "watch_ms": 5000,
        "at": context.clock.now().isoformat(),
    }


def test_forged_events_count_nothing(
    context: Context, new_user: NewClient, clock: FrozenClock
) -> None:
    unlimited(context)
    random = Random(7)  # noqa: S311 - which bit, not a secret
    maker, ada, mallory = new_user("maker", creator=True), new_user("ada"), new_user("mallory")
    video = publish_video(context, maker, "a clip")
    token = ada.get("/feed?limit=1").json["items"][0]["impression_token"]
    known = impressions.read_token(context.signer, token)
    foreign_key = Signer(lambda: b"somebody else's key")
    forgers: list[Forger] = [
        lambda token: _flip(random, token),
        lambda token: token[: random.randrange(len(token))] or "x",
        lambda token: impressions.write_token(foreign_key, known),
        lambda token: context.signer.sign("cursor", [known.id.hex]),
        lambda token: base64.urlsafe_b64encode(random.randbytes(80)).decode(),
    ]
    clock.advance(seconds=10)
    forged = [
        _event(context, forgers[n % len(forgers)](token)) for n in range(FORGED - 3 * AT_ONCE)
    ]
    rejected = 0
    for first in range(0, len(forged), AT_ONCE):
        answer = ada.post("/events", {"events": forged[first : first + AT_ONCE]}).json
        assert (answer["accepted"], answer["duplicates"]) == (0, 0)
        rejected += len(answer["rejected"])
    for stranger in (mallory, Client()):  # with a token that isn't theirs
        events = [_event(context, token) for _ in range(AT_ONCE)]
        rejected += len(stranger.post("/events", {"events": events}).json["rejected"])
    clock.advance(**{"seconds": (impressions.LIFETIME + timedelta(seconds=1)).total_seconds()})
    late = [_event(context, token) for _ in range(AT_ONCE)]
    rejected += len(ada.post("/events", {"events": late}).json["rejected"])
    assert rejected == FORGED
    assert Client().get(f"/videos/{video}").json["stats"]["views"] == 0
    with context.database.transaction() as transaction:
        for table in ("analytics_events", "playbacks", "watch_history"):
            row = transaction.execute(f"SELECT count(*) AS n FROM {table}").fetchone()  # noqa: S608
            assert row == {"n": 0}, table


def test_a_repeated_event_counts_once(
    context: Context, new_user: NewClient, clock: FrozenClock
) -> None:
    unlimited(context)
    video = publish_video(context, new_user("maker", creator=True), "a clip")
    ada = new_user("ada")
    token = ada.get("/feed?limit=1").json["items"][0]["impression_token"]
    clock.advance(seconds=10)
    events = [_event(context, token, str(uuid4())) for _ in range(10)]
    counts = [ada.post("/events", {"events": events[n:] + events[:n]}).json for n in range(5)]
    assert [one["accepted"] for one in counts] == [10, 0, 0, 0, 0]
    assert [one["duplicates"] for one in counts] == [0, 10, 10, 10, 10]
    assert Client().get(f"/videos/{video}").json["stats"]["views"] == 1
