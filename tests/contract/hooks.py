"""Signs schemathesis in; loaded by it through SCHEMATHESIS_HOOKS."""

import os

import httpx
import schemathesis

COOKIE = "session"
# These end the session they are called with, or others; the rest share one.
ENDING = (
    "POST /auth/logout",
    "DELETE /auth/sessions",
    "DELETE /auth/sessions/{session_id}",
    "POST /auth/login",
    "POST /auth/register",
)


def _key(case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
    label = str(case.operation.label)
    return label if label in ENDING else ""


@schemathesis.auth(refresh_interval=600, cache_by_key=_key, retry_on=[401])
class Session:
    """A session in a cookie, begun anew when it has ended."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        """Log in."""
        login = {"username": os.environ["CONTRACT_USER"], "password": os.environ["CONTRACT_PASS"]}
        with httpx.Client(base_url=os.environ["CONTRACT_URL"], timeout=60) as http:
            http.post("/auth/login", json=login).raise_for_status()
            return str(http.cookies[COOKIE])

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        """Send the cookie."""
        case.cookies = {**(case.cookies or {}), COOKIE: data}
