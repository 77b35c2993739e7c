"""The web client in its bucket, and artifacts in theirs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.publish import make_artifacts_bucket, publish_web, upload_artifact


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "app-3f9a1c07.js").write_text("play()")
    return tmp_path


def test_pages_are_checked_and_hashed_assets_are_kept_forever(s3: Any, site: Path) -> None:
    s3.create_bucket(Bucket="web")
    assert publish_web(s3, "web", site) == 2
    page = s3.head_object(Bucket="web", Key="index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    script = s3.head_object(Bucket="web", Key="assets/app-3f9a1c07.js")
    assert script["ContentType"] == "text/javascript; charset=utf-8"
    assert script["CacheControl"] == "public, max-age=31536000, immutable"


def test_only_changed_files_go_up(s3: Any, site: Path) -> None:
    s3.create_bucket(Bucket="web")
    publish_web(s3, "web", site)
    assert publish_web(s3, "web", site) == 0
    (site / "index.html").write_text("<!doctype html><title>new</title>")
    assert publish_web(s3, "web", site) == 1


def test_an_artifact_goes_up_once(s3: Any, site: Path) -> None:
    for _ in range(2):
        make_artifacts_bucket(s3, "artifacts")
    key = upload_artifact(s3, "artifacts", site / "index.html")
    first = s3.head_object(Bucket="artifacts", Key=key)["LastModified"]
    assert upload_artifact(s3, "artifacts", site / "index.html") == key
    assert s3.head_object(Bucket="artifacts", Key=key)["LastModified"] == first
    block = s3.get_public_access_block(Bucket="artifacts")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
