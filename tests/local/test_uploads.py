"""Files in parts on the deployed stack: real URLs, a real S3 event, a published video."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.people import Person

NewPerson = Callable[..., Person]
LARGE = 70_000_000  # bytes, more than a form takes


@pytest.fixture(scope="session")
def large_clip(clip: bytes) -> bytes:
    """A short video in a large file: an MP4 may end with a box of nothing, `free`."""
    box = LARGE - len(clip)
    return clip + box.to_bytes(4) + b"free" + bytes(box - 8)


def test_an_interrupted_upload_in_parts_ends_published(
    new_person: NewPerson, large_clip: bytes
) -> None:
    creator = new_person(creator=True)
    made = creator.announce(large_clip)
    assert made["upload"]["kind"] == "multipart"
    path = f"/videos/{made['video']['id']}/upload"
    started = _send(made["upload"], large_clip, 1, 2)
    short = httpx.put(made["upload"]["parts"][2]["url"], content=large_clip[:1000])
    assert (short.status_code, "SignatureDoesNotMatch" in short.text) == (403, True)
    early = _complete(creator, path, started)
    assert (early.status_code, early.json()["errors"][0]["detail"]) == (422, "Part 3 is missing.")

    offered = creator.http.get(path).json()
    assert [part["number"] for part in offered["uploaded"]] == [1, 2]
    arrived = [{"number": part["number"], "etag": part["etag"]} for part in offered["uploaded"]]
    parts = arrived + _send(offered, large_clip, 3, 4, 5)
    assert _complete(new_person(creator=True), path, parts).status_code == 404

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: _complete(creator, path, parts), range(2)))
    assert [answer.status_code for answer in answers] == [202, 202]
    assert creator.wait(made["video"]["id"])["status"] == "published"
    assert creator.http.get(path).json()["code"] == "upload_finished"
    assert _complete(creator, path, parts).status_code == 202


def test_a_page_of_the_site_may_send_parts(
    stack: dict[str, Any], new_person: NewPerson, large_clip: bytes
) -> None:
    url = new_person(creator=True).announce(large_clip)["upload"]["parts"][0]["url"]
    origin = {"Origin": stack["base_url"]}
    asked = httpx.options(url, headers={**origin, "Access-Control-Request-Method": "PUT"})
    assert asked.headers["access-control-allow-origin"] == stack["base_url"]
    sent = httpx.put(url, content=large_clip[: 16 << 20], headers=origin, timeout=60)
    assert "etag" in sent.headers["access-control-expose-headers"].lower()


def _send(offered: Mapping[str, Any], data: bytes, *numbers: int) -> list[dict[str, Any]]:
    size = offered["part_size_bytes"]
    urls = {part["number"]: part["url"] for part in offered["parts"]}
    sent = []
    for number in numbers:
        part = data[(number - 1) * size : number * size]
        answer = httpx.put(urls[number], content=part, timeout=60)
        assert answer.is_success, answer.text
        sent.append({"number": number, "etag": answer.headers["etag"]})
    return sent


def _complete(creator: Person, path: str, parts: list[dict[str, Any]]) -> httpx.Response:
    return creator.http.post(f"{path}/complete", json={"parts": parts})
