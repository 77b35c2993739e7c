"""People who use the deployed stack over HTTP, as any client would."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

UPLOAD_LIMIT_SECONDS = 240
PASSWORD = "a quiet river at dawn"


@dataclass(frozen=True)
class Person:
    """Somebody with a browser's cookie jar."""

    http: httpx.Client
    username: str

    @classmethod
    def register(cls, base_url: str, *, creator: bool = False) -> "Person":
        """Join, and become a creator if wanted."""
        http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=60)
        username = f"p_{uuid4().hex[:12]}"
        body = {"username": username, "password": PASSWORD, "birth_date": "1990-05-17"}
        http.post("/auth/register", json=body).raise_for_status()
        if creator:
            http.post("/users/me/creator", json={"accept_terms": True}).raise_for_status()
        return cls(http, username)

    def announce(self, data: bytes, **fields: Any) -> dict[str, Any]:
        """Announce a video; returns what the API answers."""
        body = {
            "filename": "clip.mp4",
            "content_type": "video/mp4",
            "size_bytes": len(data),
            **fields,
        }
        headers = {"X-Idempotency-Key": uuid4().hex}
        answer = self.http.post("/videos", json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())

    def upload(self, data: bytes, **fields: Any) -> str:
        """Announce a video and send its file; returns the video's id."""
        made = self.announce(data, **fields)
        form = made["upload"]
        files = {"file": ("clip.mp4", data, "video/mp4")}
        answer = httpx.post(form["url"], data=form["fields"], files=files, timeout=60)
        assert answer.is_success, answer.text
        return str(made["video"]["id"])

    def processing(self, video_id: str) -> dict[str, Any]:
        """Return the timeline."""
        answer = self.http.get(f"/videos/{video_id}/processing")
        answer.raise_for_status()
        return dict(answer.json())

    def wait(self, video_id: str, *, seconds: float = UPLOAD_LIMIT_SECONDS) -> dict[str, Any]:
        """Wait until a video's way has ended, however it ends; returns the timeline."""
        deadline = time.monotonic() + seconds
        while True:
            report = self.processing(video_id)
            ended = ("published", "ready", "rejected", "failed", "expired")
            if report["status"] in ended:
                return report
            assert time.monotonic() < deadline, report
            time.sleep(0.5)
