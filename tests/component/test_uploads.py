"""Sending files, whole and in parts, over S3 as moto plays it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
import requests
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.platform import context as context_module
from chalicelib.platform.context import Context
from chalicelib.platform.storage import Storage
from chalicelib.videos import multipart, rescue
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Answer, Client

MIB = 1024 * 1024
FORM_BYTES = 64 * MIB
SIZE = FORM_BYTES + 5  # four parts of 16 MiB and one of 5 bytes


@pytest.fixture
def context(
    context: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Context]:
    """The app's context, with S3 in place of a directory."""
    made = replace(context, storage=Storage(clock))
    monkeypatch.setattr(context_module, "current", lambda: made)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="uploads")
        yield made


@pytest.fixture
def creator(context: Context, new_user: NewClient) -> Client:
    return new_user(creator=True)


@pytest.fixture
def upload(creator: Client) -> dict[str, Any]:
    """What the creator of a file in parts is told."""
    return dict(announce(creator).json)


def announce(creator: Client, size_bytes: int = SIZE, **fields: Any) -> Answer:
    body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": size_bytes, **fields}
    return creator.post("/videos", body, headers={"X-Idempotency-Key": uuid4().hex})


def content(number: int) -> bytes:
    return bytes([number]) * (16 * MIB if number < 5 else 5)


def send(offered: Mapping[str, Any], *numbers: int) -> list[dict[str, Any]]:
    """Send parts as a browser does, and return what completing the upload wants to know."""
    urls = {part["number"]: part["url"] for part in offered["parts"]}
    sent = []
    for number in numbers:
        answer = requests.put(urls[number], data=content(number), timeout=30)
        assert answer.status_code == 200
        sent.append({"number": number, "etag": answer.headers["etag"]})
    return sent


def complete(client: Client, made: Mapping[str, Any], parts: list[dict[str, Any]]) -> Answer:
    return client.post(f"/videos/{made['video']['id']}/upload/complete", {"parts": parts})


def resume(client: Client, made: Mapping[str, Any]) -> Answer:
    return client.get(f"/videos/{made['video']['id']}/upload")


def source(context: Context, made: Mapping[str, Any], path: Path) -> bytes:
    context.storage.download("uploads", f"raw/{made['video']['id']}/1/source", path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("size_bytes", "kind", "parts"),
    [(FORM_BYTES, "post", 0), (SIZE, "multipart", 5), (1024 * MIB, "multipart", 64)],
)
def test_large_files_are_sent_in_parts(
    creator: Client, size_bytes: int, kind: str, parts: int
) -> None:
    answer = announce(creator, size_bytes)
    offered = answer.json["upload"]
    assert (answer.status, offered["kind"]) == (201, kind)
    assert [part["number"] for part in offered.get("parts", [])] == list(range(1, parts + 1))
    for part in offered.get("parts", []):
        assert "X-Amz-SignedHeaders=content-length%3Bhost" in part["url"]


def test_files_over_1_gib_are_refused(creator: Client) -> None:
    answer = announce(creator, 1024 * MIB + 1)
    assert (answer.status, answer.json["code"]) == (413, "media_too_large")


def test_an_interrupted_upload_goes_on_where_it_stopped(
    context: Context, creator: Client, upload: dict[str, Any], tmp_path: Path
) -> None:
    first = send(upload["upload"], 1, 3)
    answer = resume(creator, upload)
    offered = answer.json
    assert (answer.status, offered["kind"]) == (200, "multipart")
    assert offered["upload_id"] == upload["upload"]["upload_id"]
    assert [(part["number"], part["size_bytes"]) for part in offered["uploaded"]] == [
        (1, 16 * MIB),
        (3, 16 * MIB),
    ]
    assert [f'"{part["etag"]}"' for part in offered["uploaded"]] == [p["etag"] for p in first]
    parts = [*offered["uploaded"], *send(offered, 2, 4, 5)]
    listed = [{"number": part["number"], "etag": part["etag"]} for part in parts]
    done = complete(creator, upload, listed)
    assert (done.status, done.json["id"]) == (202, upload["video"]["id"])
    arrived = source(context, upload, tmp_path / "source")
    assert arrived == b"".join(content(number) for number in range(1, 6))


def test_an_announcement_that_is_repeated_begins_one_upload(creator: Client) -> None:
    body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": SIZE}
    headers = {"X-Idempotency-Key": "k" * 16}
    first, second = (creator.post("/videos", body, headers=headers).json for _ in range(2))
    assert first == second
    begun = boto3.client("s3").list_multipart_uploads(Bucket="uploads")["Uploads"]
    assert [upload["UploadId"] for upload in begun] == [first["upload"]["upload_id"]]


Change = Callable[[list[dict[str, Any]]], None]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        (lambda parts: parts.pop(2), "/parts", "part_missing"),
        (lambda parts: parts[1].update(etag='"nonsense"'), "/parts/1/etag", "etag_differs"),
        (lambda parts: parts[1].update(etag=parts[0]["etag"]), "/parts/1/etag", "etag_differs"),
        (lambda parts: parts.append(parts[0]), "/parts/5/number", "part_repeated"),
        (lambda parts: parts[4].update(number=6), "/parts/4/number", "part_unknown"),
    ],
)
def test_what_differs_from_what_arrived_is_named(
    creator: Client, upload: dict[str, Any], change: Change, pointer: str, code: str
) -> None:
    parts = send(upload["upload"], 1, 2, 3, 4, 5)
    change(wrong := [dict(part) for part in parts])
    answer = complete(creator, upload, wrong)
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")
    error = answer.json["errors"][0]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert complete(creator, upload, parts).status == 202


def test_parts_that_have_not_arrived_are_named(creator: Client, upload: dict[str, Any]) -> None:
    parts = [*send(upload["upload"], 1), {"number": 2, "etag": "abc"}]
    errors = complete(creator, upload, parts).json["errors"]
    assert [(error["pointer"], error["detail"]) for error in errors] == [
        ("/parts/1/number", "Part 2 has not arrived."),
        ("/parts", "Part 3 is missing."),
        ("/parts", "Part 4 is missing."),
        ("/parts", "Part 5 is missing."),
    ]


def test_a_part_of_another_size_is_refused(creator: Client, upload: dict[str, Any]) -> None:
    parts = send(upload["upload"], 1, 2, 3, 4, 5)
    url = upload["upload"]["parts"][1]["url"]
    small = requests.put(
        url, data=b"small", timeout=30
    )  # AWS refuses this itself: the size is signed
    parts[1]["etag"] = small.headers["etag"]
    error = complete(creator, upload, parts).json["errors"][0]
    assert (error["pointer"], error["code"]) == ("/parts/1/number", "size_differs")
    assert error["detail"] == f"Part 2 has 5 bytes; send {16 * MIB}."


def test_completing_can_be_repeated(context: Context, creator: Client) -> None:
    upload = announce(creator).json
    parts = send(upload["upload"], 1, 2, 3, 4, 5)
    assert [complete(creator, upload, parts).status for _ in range(2)] == [202, 202]
    resumed = resume(creator, upload)
    assert (resumed.status, resumed.json["code"]) == (409, "upload_finished")


def test_an_upload_that_s3_has_forgotten_begins_anew(
    context: Context, creator: Client, upload: dict[str, Any]
) -> None:
    parts = send(upload["upload"], 1, 2, 3, 4, 5)
    key = f"raw/{upload['video']['id']}/1/source"
    context.storage.abort_parts("uploads", key, upload["upload"]["upload_id"])
    refused = complete(creator, upload, parts)
    assert (refused.status, refused.json["code"]) == (409, "not_ready")
    offered = resume(creator, upload).json
    assert offered["uploaded"] == []
    assert resume(creator, upload).json["upload_id"] == offered["upload_id"]
    assert complete(creator, upload, send(offered, 1, 2, 3, 4, 5)).status == 202


def test_only_its_maker_goes_on_with_an_upload(upload: dict[str, Any], new_user: NewClient) -> None:
    parts = send(upload["upload"], 1, 2, 3, 4, 5)
    for other, status in [(new_user(creator=True), 404), (Client(), 401)]:
        assert resume(other, upload).status == status
        assert complete(other, upload, parts).status == status


def test_a_file_in_one_piece_can_be_sent_again(context: Context, creator: Client) -> None:
    upload = announce(creator, 1000).json
    again = resume(creator, upload).json
    assert again["kind"] == "post"
    assert again["fields"]["key"] == f"raw/{upload['video']['id']}/1/source"
    assert again["fields"]["Content-Type"] == "video/mp4"
    early = complete(creator, upload, [])
    assert (early.status, early.json["code"]) == (409, "not_ready")
    files = {"file": ("a.mp4", bytes(1000), "video/mp4")}
    assert requests.post(again["url"], data=again["fields"], files=files, timeout=30).ok
    assert complete(creator, upload, []).status == 202
    assert resume(creator, upload).status == 409


def test_an_upload_that_expires_is_aborted(
    context: Context, creator: Client, upload: dict[str, Any], clock: FrozenClock
) -> None:
    parts = send(upload["upload"], 1)
    clock.advance(hours=24, minutes=1)
    found = rescue.sweep(context)
    assert (found["uploads_expired"], found["parts_aborted"]) == (1, 0)
    assert "Uploads" not in boto3.client("s3").list_multipart_uploads(Bucket="uploads")
    for answer in (resume(creator, upload), complete(creator, upload, parts)):
        assert (answer.status, answer.json["code"]) == (409, "upload_finished")


def test_only_uploads_older_than_25_hours_are_orphans(context: Context, clock: FrozenClock) -> None:
    begun = [("raw/a/1/source", "old", 25 * 60 + 1), ("raw/b/1/source", "new", 25 * 60 - 1)]
    listed = [
        {"Key": key, "UploadId": upload_id, "Initiated": clock.now() - timedelta(minutes=age)}
        for key, upload_id, age in begun
    ]
    with Stubber(context.storage._client) as s3:  # moto begins every upload in 2010
        s3.add_response(
            "list_multipart_uploads", {"Uploads": listed}, {"Bucket": "uploads", "Prefix": "raw/"}
        )
        s3.add_response(
            "abort_multipart_upload",
            {},
            {"Bucket": "uploads", "Key": "raw/a/1/source", "UploadId": "old"},
        )
        assert multipart.abort_orphans(context) == 1
        s3.assert_no_pending_responses()


def test_what_is_announced_is_kept(context: Context, creator: Client) -> None:
    answer = announce(creator, 1000, sha256="AB" * 32, cover_ms=1500, effects={"speed": 2})
    assert answer.status == 201
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT promised_sha256, cover_ms, effects FROM videos WHERE public_id = %s",
            (answer.json["video"]["id"],),
        ).fetchone()
    assert row == {"promised_sha256": b"\xab" * 32, "cover_ms": 1500, "effects": {"speed": 2}}


def test_impossible_effects_are_refused(creator: Client) -> None:
    answer = announce(creator, 1000, effects={"speed": 9})
    assert (answer.status, answer.json["code"]) == (422, "effects_invalid")
    assert answer.json["errors"][0]["pointer"] == "/effects/speed"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"sha256": "ab" * 31}, "/sha256"),
        ({"sha256": "zz" * 32}, "/sha256"),
        ({"cover_ms": -1}, "/cover_ms"),
        ({"sound_id": "NoSuchSound"}, "/sound_id"),
    ],
)
def test_what_cannot_be_is_refused(creator: Client, fields: dict[str, Any], pointer: str) -> None:
    answer = announce(creator, 1000, **fields)
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")
    assert answer.json["errors"][0]["pointer"] == pointer
