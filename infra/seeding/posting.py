"""Posts a clip and waits until it is published; the same clip again is the same post."""

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from infra.clips.render import Clip
from infra.seeding.person import Person

CONTENT_TYPE = "video/mp4"
POLL_SECONDS = 1.0
LIMIT_SECONDS = 600  # for one clip, its time in the queue included
UPLOAD_TIMEOUT_SECONDS = 60
FORM_LIFETIME = timedelta(minutes=14)  # a minute less than the form's own
DEAD = frozenset({"rejected", "failed", "expired"})
MOVING = frozenset({"uploaded", "processing"})


class PostFailed(Exception):
    """A clip didn't get through; the message has its name, the code and the hint."""


def post_clip(
    person: Person,
    clip: Clip,
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Return the id of the published video. Raises PostFailed, Refused."""
    tries = [video for video in _own_videos(person) if video["description"] == clip.description]
    moving = [video["id"] for video in tries if video["status"] in MOVING]
    published = [video["id"] for video in tries if video["status"] == "published"]
    if published:
        return str(published[0])
    video_id = str(moving[0]) if moving else _upload(person, clip, tries, transport)
    _wait_until_published(person, clip, video_id, sleep)
    return video_id


def _own_videos(person: Person) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = person.call("GET", f"/videos/mine?limit=50{cursor}")
        yield from page["items"]
        if not page["next_cursor"]:
            return
        cursor = f"&cursor={page['next_cursor']}"


def _upload(
    person: Person,
    clip: Clip,
    tries: list[dict[str, Any]],
    transport: httpx.BaseTransport | None,
) -> str:
    size = clip.path.stat().st_size
    body = {
        "filename": f"{clip.slug}.mp4",
        "content_type": CONTENT_TYPE,
        "size_bytes": size,
        "description": clip.description,
    }
    spent = sum(_is_spent(video) for video in tries)
    made = person.call("POST", "/videos", body, key=_key(f"{clip.path.name} {size} {spent}"))
    _send_file(clip, made["upload"], transport)
    return str(made["video"]["id"])


def _is_spent(video: dict[str, Any]) -> bool:
    """Whether nothing can come of a try any more, so that the next needs a key of its own."""
    created = datetime.fromisoformat(video["created_at"])
    late = created + FORM_LIFETIME < datetime.now(UTC)
    return video["status"] in DEAD or (video["status"] == "awaiting_upload" and late)


def _key(text: str) -> str:
    return f"seed-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _send_file(clip: Clip, upload: dict[str, Any], transport: httpx.BaseTransport | None) -> None:
    """Send the form as a browser would, the file last. No session goes along to the bucket."""
    with (
        httpx.Client(
            transport=transport, timeout=UPLOAD_TIMEOUT_SECONDS, trust_env=False
        ) as client,
        clip.path.open("rb") as file,
    ):
        files = {"file": (f"{clip.slug}.mp4", file, CONTENT_TYPE)}
        try:
            answer = client.post(upload["url"], data=upload["fields"], files=files)
        except httpx.TransportError as error:
            raise PostFailed(f"{clip.slug}: the upload broke off: {error}.") from error
    if not answer.is_success:
        said = f"{answer.status_code}: {answer.text[:200]}"
        raise PostFailed(f"{clip.slug}: the bucket refused the upload with {said}.")


def _wait_until_published(
    person: Person, clip: Clip, video_id: str, sleep: Callable[[float], None]
) -> None:
    status = "awaiting_upload"
    for _ in range(round(LIMIT_SECONDS / POLL_SECONDS)):
        report = person.call("GET", f"/videos/{video_id}/processing")
        status = report["status"]
        if status == "published":
            return
        if status in DEAD:
            raise PostFailed(f"{clip.slug}: {_reason(report)}")
        sleep(POLL_SECONDS)
    raise PostFailed(
        f"{clip.slug}: still {status} after {LIMIT_SECONDS} s; `make status` shows what is down."
    )


def _reason(report: dict[str, Any]) -> str:
    error = report["error"]
    if error is None:
        return f"ended as {report['status']}."
    return f"{report['status']} ({error['code']}): {error['title']}. {error['hint']}"
