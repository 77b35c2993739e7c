"""The operators' commands, against the app itself."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from chalicelib.admin import jobs
from chalicelib.platform.context import Context
from infra import operate
from tests.component.conftest import PASSWORD, StaffMember
from tests.gateway import Client

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    context: Context,
    staff: StaffMember,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command as the administrator of a stack.json; returns exit code, output, errors."""
    name = staff("admin").get("/users/me").json["username"]
    stack = {
        "base_url": "http://app.test",
        "accounts": {"admin": {"username": name, "password": PASSWORD}},
    }
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(stack))
    browser = Client()

    def answer(request: httpx.Request) -> httpx.Response:
        raw = request.read()
        headers = {key: value for key, value in request.headers.items() if key != "content-type"}
        where = request.url.raw_path.decode().removeprefix("/api/v1")
        told = browser.call(request.method, where, raw=raw, headers=headers)
        for job in context.queues.sent:  # type: ignore[attr-defined]
            if "job" in job[1]:
                jobs.run(context, job[1]["job"])
        return httpx.Response(told.status, content=told.text, headers=told.headers)

    transport = httpx.MockTransport(answer)
    client = httpx.Client
    monkeypatch.setattr(operate, "STACK", path)
    monkeypatch.setattr(operate, "ASK_EVERY_SECONDS", 0)
    monkeypatch.setattr(
        operate.httpx, "Client", lambda **given: client(**given, transport=transport)
    )

    def do(*arguments: str) -> tuple[int, str, str]:
        code = operate.main(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return do


def test_health_asks_for_attention_where_a_breaker_is_open(run: Run) -> None:
    code, said, _ = run("health")
    assert code == 0
    assert "transcoding" in said and "uploads" in said
    assert run("breaker", "transcoding", "open")[0] == 0
    code, said, _ = run("health")
    assert (code, "open" in said) == (1, True)
    assert run("breaker", "transcoding", "auto")[0] == 0
    assert run("health")[0] == 0


def test_a_job_is_followed_to_its_end(run: Run) -> None:
    code, said, _ = run("job", "run", "recount", "--wait", "--dry-run")
    assert code == 0
    assert '"state": "done"' in said


def test_settings_are_shown_set_and_put_back(run: Run) -> None:
    assert run("config", "set", "limits.like.max=7", "--reason", "a test")[0] == 0
    assert run("config", "get", "limits.like.max")[1].strip() == "7"
    assert "a test" in run("config", "history")[1]
    assert run("config", "rollback", "0", "--reason", "done")[0] == 0
    assert run("config", "get", "limits.like.max")[1].strip() == "100"


def test_the_log_is_verified_and_dead_letters_sent_again(run: Run) -> None:
    assert "as they were written" in run("audit", "verify")[1]
    assert run("dlq", "list", "uploads")[0] == 0
    assert run("dlq", "redrive", "uploads")[1].strip() == "0 sent again"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("job", "run", "no-such-job"), "There is no such job."),
        (("dlq", "list", "no-such-queue"), "There is no such queue."),
        (("config", "set", "limits.like.max=-1", "--reason", "x"), "at least 1"),
        (("config", "get", "no.such.key"), "`config get` lists all"),
        (("--base-url", "http://other.test", "health"), "CLIPWAVE_ADMIN_USER"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    run: Run, command: tuple[str, ...], words: str
) -> None:
    code, said, wrong = run(*command)
    assert (code, said) == (1, "")
    assert words in wrong
    assert wrong.startswith("error: ") and wrong.count("\n") == 1


def test_without_a_stack_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(operate, "STACK", tmp_path / "none.json")
    assert operate.main(["health"]) == 1
    assert "make up" in capsys.readouterr().err
