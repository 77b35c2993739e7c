"""Puts files into buckets: the build's artifacts by their hash, the web client as a site."""

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.archives import tree

REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
INDEX = "index.html"
_HASHED = re.compile(r"[.-][0-9A-Za-z_]{8,}\.[a-z0-9]+$")  # as bundlers name assets
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
}


def make_artifacts_bucket(s3: Any, name: str) -> None:
    """Make the private bucket that builds are fetched from, unless it is there."""
    region = s3.meta.region_name
    place = (
        {}
        if region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        s3.create_bucket(Bucket=name, **place)
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )


def upload_artifact(s3: Any, bucket: str, path: Path) -> str:
    """Upload a file under a key made of its hash, unless it is there, and return the key."""
    with path.open("rb") as file:
        key = f"{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}/{path.name}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        s3.upload_file(str(path), bucket, key)
    return key


def publish_web(s3: Any, bucket: str, directory: Path) -> int:
    """Upload the site's changed files and return their number.

    The page comes last, so that it never names what isn't there; old files stay for open tabs.
    """
    there = dict(_etags(s3, bucket))
    changed = [path for path in tree(directory) if there.get(_key(path, directory)) != _etag(path)]
    for path in sorted(changed, key=lambda path: path.name == INDEX):
        s3.put_object(
            Bucket=bucket,
            Key=_key(path, directory),
            Body=path.read_bytes(),
            ContentType=_content_type(path),
            CacheControl=IMMUTABLE if _HASHED.search(path.name) else REVALIDATED,
        )
    return len(changed)


def _key(path: Path, directory: Path) -> str:
    return path.relative_to(directory).as_posix()


def _content_type(path: Path) -> str:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _etag(path: Path) -> str:
    """Return the ETag S3 gives an object put at once: no secret, a checksum."""
    return f'"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"'


def _etags(s3: Any, bucket: str) -> Iterator[tuple[str, str]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for row in page.get("Contents", []):
            yield row["Key"], row["ETag"]
