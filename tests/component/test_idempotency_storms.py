"""One key, many callers and dying processes: the work is done once, and every caller learns how."""

import os
import signal
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.api import routing
from chalicelib.engagement import comments
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.races import fork, reconnect, scaled, unlimited
from tests.gateway import Answer, Client

CALLERS = 8
Call = tuple[Client, str, str]  # browser, video, key


@pytest.fixture
def video(context: Context, new_user: NewClient) -> str:
    unlimited(context)
    return publish_video(context, new_user(creator=True))


def _comment(given: Call) -> Answer:
    client, video, key = given
    headers = {"X-Idempotency-Key": key}
    return client.post(f"/videos/{video}/comments", {"text": "once"}, headers=headers)


def _comment_until_told(given: Call) -> Answer:
    while (answer := _comment(given)).status == 409:
        assert answer.headers["Retry-After"]
    return answer


def _count(context: Context, video: str) -> int:
    return int(Client().get(f"/videos/{video}").json["stats"]["comments"])


def test_eight_with_one_key_do_the_work_once(
    context: Context, video: str, new_user: NewClient
) -> None:
    ada, rounds = new_user(), scaled(6, 200)
    with fork.Pool(CALLERS, reconnect, (context,)) as pool:
        for done in range(1, rounds + 1):
            calls = [(ada, video, uuid4().hex)] * CALLERS
            answers = pool.map(_comment_until_told, calls, chunksize=1)
            assert {answer.status for answer in answers} == {201}
            assert all(answer.json == answers[0].json for answer in answers)
            first = [a for a in answers if "Idempotency-Replayed" not in a.headers]
            assert len(first) == 1
            assert _count(context, video) == done


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(context: Context, given: Call, prepare: Callable[[], None]) -> int | None:
    """Let a process make a call that it doesn't survive; return how it ended."""

    def run() -> None:
        reconnect(context)
        prepare()
        _comment(given)

    process = fork.Process(target=run)
    process.start()
    process.join(timeout=30)
    return process.exitcode


def test_killed_between_commit_and_answer_it_is_done_once_and_told_again(
    context: Context, video: str, new_user: NewClient
) -> None:
    call = (new_user(), video, uuid4().hex)
    ended = _dying(context, call, lambda: setattr(routing, "relay_quietly", _die))
    assert ended == -signal.SIGKILL
    assert _count(context, video) == 1
    again = _comment_until_told(call)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert _count(context, video) == 1


def test_killed_before_the_commit_it_is_done_by_the_next(
    context: Context, video: str, new_user: NewClient
) -> None:
    add = comments.add

    def add_and_die(*given: Any, **named: Any) -> None:
        add(*given, **named)
        _die()

    call = (new_user(), video, uuid4().hex)
    ended = _dying(context, call, lambda: setattr(comments, "add", add_and_die))
    assert ended == -signal.SIGKILL
    assert _count(context, video) == 0
    again = _comment_until_told(call)
    assert (again.status, "Idempotency-Replayed" in again.headers) == (201, False)
    assert _count(context, video) == 1
