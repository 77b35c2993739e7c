"""Nothing that must stay secret gets into a log line, whatever goes wrong."""

from io import StringIO
from uuid import uuid4

import pytest

from chalicelib.accounts import registration
from chalicelib.platform.context import Context
from chalicelib.platform.observability import logger, redact
from tests.component.builders import publish_video
from tests.component.conftest import NewClient, StaffMember
from tests.gateway import Client

PASSWORD, NEW_PASSWORD, WRONG = "planted-password-1", "planted-password-2", "planted-password-3"
EMAIL, BIRTH_DATE = "planted@secret.example", "1987-03-14"
COMMENT, REPORT = "planted words of a comment", "planted detail of a report"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged, as it leaves the process."""
    stream = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


def test_no_planted_secret_is_in_any_log_line(
    context: Context,
    new_user: NewClient,
    staff: StaffMember,
    logged: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, key = Client(), f"planted-key-{uuid4().hex}"
    body = {"username": "planted", "password": PASSWORD, "birth_date": BIRTH_DATE, "email": EMAIL}
    assert client.post("/auth/register", body).status == 201
    assert client.post("/auth/register", body).status == 409
    assert client.post("/auth/login", {"username": "planted", "password": WRONG}).status == 401
    first_cookie = client.cookies["session"]
    assert client.post("/users/me/creator", {"accept_terms": True}).status == 200
    change = {"current": PASSWORD, "new": NEW_PASSWORD}
    assert client.post("/auth/password", change).status == 204
    cookie = client.cookies["session"]
    upload = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}
    form = client.post("/videos", upload, headers={"X-Idempotency-Key": key}).json["upload"]
    video = publish_video(context, staff("creator"), "a clip")
    headers = {"X-Idempotency-Key": uuid4().hex}
    assert (
        client.post(f"/videos/{video}/comments", {"text": COMMENT}, headers=headers).status == 201
    )
    page = client.get("/feed?limit=1").json
    token = page["items"][0]["impression_token"]
    report = {"target_type": "video", "target_id": video, "reason": "spam", "detail": REPORT}
    headers = {"X-Idempotency-Key": uuid4().hex}
    assert client.post("/reports", report, headers=headers).status == 201
    client.post("/users/me/export")

    def fail(*_: object, **__: object) -> None:
        told = f"{EMAIL} session={cookie} X-Amz-Signature={'ab' * 32}"
        raise RuntimeError(f"Key (email)=({EMAIL}) postgresql://me:{WRONG}@db/x {told}")

    with monkeypatch.context() as patch:
        patch.setattr(registration, "find_user", fail)
        assert client.get("/users/me").status == 500
    database_url = context.settings.database_url
    context.database.close()
    monkeypatch.setattr(context.database, "_url", lambda: database_url.replace("@", ":planted@"))
    assert client.get("/feed").status == 503
    assert '"level":"ERROR"' in logged.getvalue()  # the failures are in it
    secrets = {
        "password": PASSWORD,
        "new password": NEW_PASSWORD,
        "wrong password": WRONG,
        "e-mail": EMAIL,
        "birth date": BIRTH_DATE,
        "first session": first_cookie,
        "session": cookie,
        "idempotency key": key,
        "form's fields": next(iter(form["fields"].values())) if form["fields"] else "planted",
        "signature": "ab" * 32,
        "impression token": token,
        "comment": COMMENT,
        "report": REPORT,
        "signing key": "a key for tests only",
    }
    found = [name for name, secret in secrets.items() if secret in logged.getvalue()]
    assert not found, found


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mail to ada.b+c@example.co.uk now", "ada.b+c@example.co.uk"),
        ('{"password": "hunter2 and more"}', "hunter2"),
        ("{'current': 'old one', 'new': 'new one'}", "new one"),
        ("Cookie: session=abc-DEF_123; a=b", "abc-DEF_123"),
        ("__Host-session=abc-DEF_123", "abc-DEF_123"),
        ("postgresql://user:pa55@host:5432/db", "pa55"),
        ("redis://:pa55@127.0.0.1:6379/0", "pa55"),
        ("https://s3/x?X-Amz-Signature=0a1b2c&X-Amz-Date=1", "0a1b2c"),
        ("X-Amz-Security-Token=IQoJb3//ab==&x", "IQoJb3"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "aGFzaA"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str, secret: str) -> None:
    assert secret not in redact(text)


def test_what_doesnt_is_kept(logged: StringIO) -> None:
    logger.info("plain", extra={"video": "AiabevcwQuHDWz", "ms": 1.5, "route": "GET /users/{id}"})
    for kept in ("AiabevcwQuHDWz", '"ms":1.5', "GET /users/{id}", '"message":"plain"'):
        assert kept in logged.getvalue()
