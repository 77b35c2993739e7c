"""A person who uses the API over HTTP, patiently: repeats what may be repeated, never for ever."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

API = "/api/v1"
ATTEMPTS = 5
TIMEOUT_SECONDS = 30
LONGEST_WAIT_SECONDS = 60  # for a limit to open again; beyond that somebody should know
TRY_AGAIN = frozenset({429, 502, 503, 504})
IN_FLIGHT = "request_in_flight"


class Refused(Exception):
    """The API said no, or nothing at all. `status` is 0 when no answer came."""

    def __init__(self, message: str, *, status: int = 0, code: str = "unreachable") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Person:
    """Somebody with a session of their own, kept in cookies."""

    def __init__(
        self,
        username: str,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.username = username
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=base_url, transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def sign_in(self, password: str, *, display_name: str, birth_date: str, known: bool) -> None:
        """Log in, or register where the name isn't `known` yet. Raises Refused."""
        if not known:
            body = {
                "username": self.username,
                "password": password,
                "display_name": display_name,
                "birth_date": birth_date,
            }
            try:
                self.call("POST", "/auth/register", body)
                return
            except Refused as refusal:
                if refusal.code != "username_taken":
                    raise
        self.call("POST", "/auth/login", {"username": self.username, "password": password})

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> Any:
        """Return the answer's JSON, None without one. `key` makes a POST safe to repeat.

        Raises Refused with the API's own words, or when no answer came in five attempts.
        """
        headers = {"X-Idempotency-Key": key} if key else {}
        problem = Refused(f"{method} {path}: no answer")
        for attempt in range(ATTEMPTS):
            try:
                answer = self._client.request(method, API + path, json=body, headers=headers)
            except httpx.TransportError as error:
                problem = Refused(f"{method} {path}: {error or type(error).__name__}")
                self._sleep(2**attempt / 2)
                continue
            if answer.is_success:
                return answer.json() if answer.content else None
            problem = _problem(method, path, answer)
            wait = _wait(answer, problem.code)
            if wait is None:
                raise problem
            self._sleep(wait)
        raise problem


def _problem(method: str, path: str, answer: httpx.Response) -> Refused:
    try:
        document = answer.json()
        code, detail = str(document["code"]), str(document["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "unknown", answer.text[:200]
    message = f"{method} {path}: {answer.status_code} {code}: {detail}"
    return Refused(message, status=answer.status_code, code=code)


def _wait(answer: httpx.Response, code: str) -> float | None:
    """Return the seconds to wait before another attempt; None when there is no point in one."""
    if answer.status_code not in TRY_AGAIN and code != IN_FLIGHT:
        return None
    asked = answer.headers.get("retry-after", "1")
    seconds = float(asked) if asked.isdigit() else 1.0
    return max(0.2, seconds) if seconds <= LONGEST_WAIT_SECONDS else None
