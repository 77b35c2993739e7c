"""The buckets' mirror, over a stand-in for S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.mirror import Mirror, save_all

KEY = "v/abc/1.1/main 360p.cmfv"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="media")
        yield client
        client.close()


def _put(s3: Any, key: str, body: bytes) -> None:
    s3.put_object(
        Bucket="media", Key=key, Body=body, ContentType="video/mp4", CacheControl="immutable"
    )


def _empty(s3: Any) -> None:
    for item in s3.list_objects_v2(Bucket="media").get("Contents", []):
        s3.delete_object(Bucket="media", Key=item["Key"])


def test_what_was_mirrored_comes_back_with_its_headers(s3: Any, tmp_path: Path) -> None:
    mirror = Mirror(s3, tmp_path)
    _put(s3, KEY, b"clip")
    assert mirror.save("media") == 1
    assert mirror.save("media") == 0
    _empty(s3)
    assert mirror.restore("media") == 1
    found = s3.get_object(Bucket="media", Key=KEY)
    assert found["Body"].read() == b"clip"
    assert (found["ContentType"], found["CacheControl"]) == ("video/mp4", "immutable")
    assert mirror.restore("media") == 0


def test_changes_and_deletions_follow(s3: Any, tmp_path: Path) -> None:
    mirror = Mirror(s3, tmp_path)
    _put(s3, KEY, b"one")
    _put(s3, "other", b"two")
    mirror.save("media")
    _put(s3, KEY, b"three")
    s3.delete_object(Bucket="media", Key="other")
    assert mirror.save("media") == 2
    _empty(s3)
    mirror.restore("media")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="media")["Contents"]]
    assert keys == [KEY]
    assert s3.get_object(Bucket="media", Key=KEY)["Body"].read() == b"three"


def test_a_bucket_that_cannot_be_listed_costs_nothing(
    s3: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = Mirror(s3, tmp_path)
    _put(s3, KEY, b"clip")
    save_all(mirror, ["media", "gone"])
    assert "mirror_failed" in capsys.readouterr().out
    assert mirror.save("media") == 0


def test_a_crash_between_file_and_sidecar_copies_once_more(s3: Any, tmp_path: Path) -> None:
    mirror = Mirror(s3, tmp_path)
    _put(s3, KEY, b"clip")
    mirror.save("media")
    next(tmp_path.glob("media/*.meta")).unlink()
    assert mirror.save("media") == 1
