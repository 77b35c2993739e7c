"""Ends somebody's sessions in every way there is, and tells whether an old one still works."""

from tests.component.conftest import PASSWORD
from tests.gateway import Answer, Client

KINDS = ("password", "ban", "role", "creator", "others", "leave")


def ask(client: Client, asked: int, video_id: str) -> Answer:
    """Read or write something for which one must be signed in."""
    if asked % 2:
        return client.put(f"/videos/{video_id}/like")
    return client.get("/users/me")


def judge(answer: Answer, video_id: str) -> str | None:
    """An old session is nobody's."""
    return None if answer.status == 401 else f"{answer.status} {answer.text[:200]}"


def revoke(person: Client, admin: Client, kind: str) -> None:
    """End the sessions that somebody had."""
    user = person.get("/users/me").json
    path = f"/admin/users/{user['id']}"
    if kind == "password":
        answer = person.post("/auth/password", {"current": PASSWORD, "new": f"{PASSWORD}!"})
    elif kind == "ban":
        answer = admin.post(f"{path}/ban", {"reason": "spam"})
    elif kind == "role":
        answer = admin.post(f"{path}/role", {"role": "moderator", "reason": "welcome"})
    elif kind == "creator":
        answer = person.post("/users/me/creator", {"accept_terms": True})
    elif kind == "leave":
        answer = person.delete("/users/me", {"password": PASSWORD})
    else:
        other = Client()
        other.post("/auth/login", {"username": user["username"], "password": PASSWORD})
        answer = other.delete("/auth/sessions")
    assert answer.status in (200, 202, 204), answer.text
