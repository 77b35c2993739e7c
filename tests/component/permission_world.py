"""People of every role, and things of every kind in every state, for the permission tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import redis

from chalicelib.platform.context import Context
from tests.component import conftest
from tests.component.builders import publish_video
from tests.component.conftest import PASSWORD
from tests.component.permission_table import (
    ABSENT,
    ADMIN,
    ANONYMOUS,
    BANNED,
    CREATOR,
    DELETED,
    ENDED,
    MODERATOR,
    OTHERS,
    OWN,
    PRIVATE,
    ROLES,
    STATES,
    USER,
)
from tests.gateway import Client

NOBODY = "2" * 14  # an id that there isn't
SIGNED_IN = (USER, CREATOR, MODERATOR, ADMIN)
Things = dict[str, str]  # ids by state


@dataclass(frozen=True)
class Known:
    """Everybody's browser by role, and ids of things by kind, role of the caller and state."""

    clients: Mapping[str, Client]
    things: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def note(self, kind: str, role: str, by_state: Things) -> None:
        """Say what a kind of thing is for a caller in each state; as others' where not said."""
        for state in STATES:
            self.things[kind, role, state] = by_state.get(state, by_state[OTHERS])


@dataclass(frozen=True)
class People:
    """Those whom the callers meet."""

    boss: Client
    other: Client
    blocker: Client
    banned: Client
    gone: Client


def forget(redis_url: str) -> None:
    """Empty Redis, so that no limit stands in the way."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()


def populate(context: Context, redis_url: str) -> Known:
    """Make the world."""

    def new(name: str, role: str = USER) -> Client:
        forget(redis_url)
        client = conftest.registering()(name)
        with context.database.transaction() as transaction:
            transaction.execute(
                "UPDATE users SET role = %s::user_role WHERE username = %s", (role, name)
            )
        assert client.post("/auth/login", {"username": name, "password": PASSWORD}).status == 200
        return client

    clients = {role: new(f"a_{role}", role) for role in SIGNED_IN}
    known = Known({ANONYMOUS: Client(), ENDED: _ended(new("ended_one")), **clients})
    people = People(
        boss=new("boss", ADMIN),
        other=new("other", CREATOR),
        blocker=new("blocker"),
        banned=new("banned_one", CREATOR),
        gone=new("gone_one"),
    )
    videos = _videos(context, people)
    shared = publish_video(context, people.other, "a clip to #talk about")
    foreign = {
        "video": videos,
        "comment": _comments(people, shared),
        "case": {state: _open_case(context, video) for state, video in videos.items()},
        "person": _ids(people),
        **_own_things(people.other),
    }
    sound = _sound(context, videos[OTHERS])
    named = {
        "hashtag": "talk",
        "sound": sound,
        "queue": "fast",
        "job name": "train",
        "job": _start_job(people),
        "breaker": "cdn",
    }
    for role in ROLES:
        own = _belongings(context, clients[role], shared) if role in clients else {}
        for kind, by_state in foreign.items():
            mine = {OWN: own[kind]} if own else {}
            known.note(kind, role, {ABSENT: NOBODY, **by_state, **mine})
        for kind, name in named.items():
            known.note(kind, role, {ABSENT: NOBODY, OTHERS: name})
    for client in clients.values():
        name = client.get("/users/me").json["username"]
        assert people.blocker.put(f"/users/@{name}/block").status == 204
    _end(people, foreign)
    forget(redis_url)
    return known


def _ended(client: Client) -> Client:
    """Return a browser whose session was ended by a change of the password."""
    old = Client()
    login = {"username": "ended_one", "password": PASSWORD}
    assert old.post("/auth/login", login).status == 200
    change = {"current": PASSWORD, "new": f"{PASSWORD}!"}
    assert client.post("/auth/password", change).status == 204
    return old


def _videos(context: Context, people: People) -> Things:
    makers = {OTHERS: people.other, BANNED: people.banned, DELETED: people.other}
    videos = {state: publish_video(context, maker, "a clip") for state, maker in makers.items()}
    videos[PRIVATE] = publish_video(context, people.other, "a clip")
    with context.database.transaction() as transaction:
        transaction.execute(
            "UPDATE videos SET visibility = 'private' WHERE public_id = %s", (videos[PRIVATE],)
        )
    return videos


def _comments(people: People, video: str) -> Things:
    writers = {OTHERS: people.other, BANNED: people.banned, PRIVATE: people.blocker}
    return {
        DELETED: _comment(people.gone, video),
        **{state: _comment(writer, video) for state, writer in writers.items()},
    }


def _ids(people: People) -> Things:
    clients = {OTHERS: people.other, BANNED: people.banned, DELETED: people.gone,
               PRIVATE: people.blocker}  # fmt: skip
    return {state: client.get("/users/me").json["id"] for state, client in clients.items()}


def _own_things(client: Client) -> dict[str, Things]:
    """Return what only its owner knows of."""
    return {
        "session": {OTHERS: client.get("/auth/sessions").json["items"][0]["id"]},
        "export": {OTHERS: client.post("/users/me/export").json["id"]},
        "impression": {OTHERS: client.get("/feed").json["items"][0]["impression_token"]},
    }


def _belongings(context: Context, client: Client, shared: str) -> Things:
    """Return a caller's own thing of each kind."""
    video = publish_video(context, client, "a clip of one's own")
    return {
        "video": video,
        "comment": _comment(client, shared),
        "case": _open_case(context, video),
        "person": client.get("/users/me").json["id"],
        **{kind: ids[OTHERS] for kind, ids in _own_things(client).items()},
    }


def _end(people: People, foreign: Mapping[str, Things]) -> None:
    """Ban, delete and leave."""
    ban = f"/admin/users/{foreign['person'][BANNED]}/ban"
    assert people.boss.post(ban, {"reason": "spam"}).status == 200
    assert people.other.delete(f"/videos/{foreign['video'][DELETED]}").status == 202
    assert people.gone.delete(f"/comments/{foreign['comment'][DELETED]}").status == 204
    assert people.gone.delete("/users/me", {"password": PASSWORD}).status == 202


def _comment(client: Client, video: str) -> str:
    answer = client.post(f"/videos/{video}/comments", {"text": "hello"}, headers=_key())
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def _open_case(context: Context, video: str) -> str:
    """Open a case about a video, as a report does."""
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "INSERT INTO moderation_cases (public_id, target_type, target_id, severity, opened_at)"
            " SELECT 'case' || left(public_id, 10), 'video', id, 1, now() FROM videos"
            " WHERE public_id = %s RETURNING public_id",
            (video,),
        ).fetchone()
    assert row is not None
    return str(row["public_id"])


def _sound(context: Context, video: str) -> str:
    """Give a video a sound that everybody may use."""
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, public,"
            " duration_ms) SELECT 'sound' || public_id, 'a sound', creator_id, id, 'p/x', true, 1"
            " FROM videos WHERE public_id = %s",
            (video,),
        )
    return f"sound{video}"


def _start_job(people: People) -> str:
    answer = people.boss.post("/admin/jobs/train", {}, headers=_key())
    assert answer.status == 202, answer.text
    return str(answer.json["id"])


def _key() -> dict[str, str]:
    return {"X-Idempotency-Key": uuid4().hex}
