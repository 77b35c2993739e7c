"""Blocks somebody while others read, and tells whether anything of them still shows."""

from typing import Any
from uuid import uuid4

from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.gateway import Answer, Client

# What shows of a person called Theirs: to whoever reads, one of two who are going to be parted.
PATHS = (
    "/feed?limit=20",
    "/feed?limit=5&cursor={cursor}",
    "/search?q=seaside",
    "/search/suggest?q={theirs}",
    "/videos/{meeting}/comments",
    "/comments/{thread}/replies",
    "/notifications",
    "/users/@{theirs}/videos",
    "/users/@neutral/followers",
    "/videos/{video}",
)


def ask(client: Client, asked: int, told: dict[str, Any]) -> Answer:
    """Read one page after the other."""
    return client.get(PATHS[asked % len(PATHS)].format(**told))


def judge(answer: Answer, told: dict[str, Any]) -> str | None:
    """Nothing of the other person is in it."""
    if answer.status not in (200, 404):
        return f"{answer.status} {answer.text[:200]}"
    shown = [trace for trace in told["traces"] if f'"{trace}"' in answer.text]
    return f"{shown} in {answer.text[:300]}" if shown else None


class Parting:
    """Two people who see each other everywhere, until one of them blocks the other."""

    def __init__(self, context: Context, new_user: NewClient) -> None:
        neutral = new_user("neutral", creator=True)
        self.people = {name: new_user(name, creator=True) for name in ("ada", "bert")}
        self._meeting = publish_video(context, neutral, "where people meet")
        self._thread = _comment(neutral, self._meeting)
        self._videos = {
            name: [publish_video(context, client, f"seaside {n}") for n in range(12)]
            for name, client in self.people.items()
        }
        self._comments = {
            name: [
                _comment(client, self._meeting),
                _comment(client, self._meeting, self._thread),
            ]
            for name, client in self.people.items()
        }

    def meet(self, reader: str) -> dict[str, Any]:
        """Let the two see each other, and return what the reader is going to ask for."""
        other = "bert" if reader == "ada" else "ada"
        client, theirs = self.people[reader], self.people[other]
        for one, two in ((reader, other), (other, reader)):
            assert self.people[one].delete(f"/users/@{two}/block").status in (204, 404)
        for path in (f"/users/@{reader}/follow", "/users/@neutral/follow"):
            assert theirs.put(path).status == 200
        assert theirs.put(f"/videos/{self._videos[reader][0]}/like").status == 200
        me = theirs.get("/users/me").json
        told = {
            "theirs": other,
            "cursor": client.get("/feed?limit=5").json["next_cursor"],
            "meeting": self._meeting,
            "thread": self._thread,
            "video": self._videos[other][0],
            "traces": [me["id"], other, *self._comments[other]],
        }
        for asked, path in enumerate(PATHS):
            assert judge(ask(client, asked, told), told), f"{path} shows nothing anyway"
        return told

    def part(self, reader: str, blocker: str) -> None:
        """Let one of the two block the other."""
        blocked = "bert" if blocker == "ada" else "ada"
        assert self.people[blocker].put(f"/users/@{blocked}/block").status == 204


def _comment(client: Client, video: str, parent: str | None = None) -> str:
    body = {"text": "hello", **({"parent_id": parent} if parent else {})}
    headers = {"X-Idempotency-Key": uuid4().hex}
    return str(client.post(f"/videos/{video}/comments", body, headers=headers).json["id"])
