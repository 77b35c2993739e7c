"""After a password change, a ban or a change of role no old session does anything."""

from collections.abc import Callable

import pytest

from chalicelib.accounts import sessions
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.races import racing, scaled, unlimited
from tests.component.revocation import KINDS, ask, judge, revoke
from tests.gateway import Client

ROUNDS = scaled(24, 2000)
TRIES = 40


@pytest.fixture
def video_id(context: Context, new_user: NewClient) -> str:
    unlimited(context)
    return publish_video(context, new_user(creator=True))


def test_no_old_session_does_anything_with_requests_racing(
    context: Context, new_user: NewClient, admin: Client, video_id: str
) -> None:
    after = 0
    with racing(context, 2, ask, judge) as racers:
        for number in range(ROUNDS):
            person, kind = new_user(), KINDS[number % len(KINDS)]
            told = racers.run(
                dict(person.cookies), video_id, lambda p=person, k=kind: revoke(p, admin, k)
            )
            assert not told.violations, (kind, told.violations)
            after += told.after
    assert after > ROUNDS


def test_the_race_is_lost_without_marks_in_the_cache(
    context: Context,
    new_user: NewClient,
    admin: Client,
    video_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing: Callable[..., None] = lambda *_: None  # noqa: E731
    monkeypatch.setattr(sessions, "_doubt", nothing)
    with racing(context, 2, ask, judge) as racers:
        for _ in range(TRIES):
            person = new_user()
            told = racers.run(
                dict(person.cookies), video_id, lambda p=person: revoke(p, admin, "ban")
            )
            if told.violations:
                return
    pytest.fail("the race doesn't catch what it is for")
