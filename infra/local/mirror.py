"""Keeps the buckets' objects on disk, because LocalStack forgets them when it ends.

A mirror is only ever written from a LocalStack that was filled from it first: an empty one must
never be taken for "everything was deleted". So this process belongs to one LocalStack: it fills the
buckets before it saves for the first time, and ends when that LocalStack is gone.
"""

import argparse
import json
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote, unquote

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

INTERVAL_SECONDS = 3.0
KEPT = ("ContentType", "CacheControl", "StorageClass")


class Mirror:
    """The objects of some buckets as files, each with a sidecar for its headers."""

    def __init__(self, client: Any, directory: Path) -> None:
        self._client = client
        self._directory = directory

    def save(self, bucket: str) -> int:
        """Copy what is new or changed, remove what is gone. Returns how many files changed."""
        changed = 0
        present: set[str] = set()
        for key, etag in self._list(bucket):
            present.add(quote(key, safe=""))
            if read_sidecar(self._path(bucket, key)).get("ETag") != etag:
                self._copy(bucket, key, etag)
                changed += 1
        for path in self._files(bucket):
            if path.name not in present:
                path.unlink()
                path.with_name(f"{path.name}.meta").unlink(missing_ok=True)
                changed += 1
        return changed

    def restore(self, bucket: str) -> int:
        """Put back what the bucket lacks. Returns how many objects were put."""
        present = {key for key, _ in self._list(bucket)}
        missing = [path for path in self._files(bucket) if unquote(path.name) not in present]
        for path in missing:
            meta = read_sidecar(path)
            extra = {name: meta[name] for name in KEPT if meta.get(name)}
            self._client.upload_file(str(path), bucket, unquote(path.name), ExtraArgs=extra)
        return len(missing)

    def _list(self, bucket: str) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for page in pages:
            for item in page.get("Contents", []):
                yield item["Key"], item["ETag"]

    def _files(self, bucket: str) -> list[Path]:
        paths = sorted((self._directory / bucket).glob("*"))
        return [p for p in paths if p.suffix not in (".meta", ".new")]

    def _copy(self, bucket: str, key: str, etag: str) -> None:
        """Write the file before its sidecar: a crash in between copies it once more."""
        path = self._path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        self._client.download_file(bucket, key, str(fresh))
        head = self._client.head_object(Bucket=bucket, Key=key)
        fresh.replace(path)
        meta = {"ETag": etag, **{name: head.get(name) for name in KEPT}}
        fresh.write_text(json.dumps(meta))
        fresh.replace(path.with_name(f"{path.name}.meta"))

    def _path(self, bucket: str, key: str) -> Path:
        return mirrored_path(self._directory, bucket, key)


def mirrored_path(directory: Path, bucket: str, key: str) -> Path:
    """Return where an object is mirrored; no key can lead out of its bucket's folder."""
    return directory / bucket / quote(key, safe="")


def read_sidecar(path: Path) -> dict[str, Any]:
    """Return the headers of a mirrored object; nothing while either file is missing."""
    meta = path.with_name(f"{path.name}.meta")
    if not (path.exists() and meta.exists()):
        return {}
    loaded: dict[str, Any] = json.loads(meta.read_text())
    return loaded


def s3_client(endpoint_url: str) -> Any:
    """Return a client for a LocalStack, with the credentials it expects."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - LocalStack's, not a secret
    )


def keep_saving(mirror: Mirror, buckets: Sequence[str], stop: Event) -> None:
    """Fill the buckets, then save every few seconds until told to stop, and once more then."""
    for bucket in buckets:
        _say("restored", bucket=bucket, objects=mirror.restore(bucket))
    while not stop.wait(INTERVAL_SECONDS):
        save_all(mirror, buckets)
    save_all(mirror, buckets)


def save_all(mirror: Mirror, buckets: Sequence[str]) -> None:
    """Save all buckets; one that can't be listed is left for the next time.

    Raises EndpointConnectionError when LocalStack is gone.
    """
    for bucket in buckets:
        try:
            changed = mirror.save(bucket)
        except EndpointConnectionError:
            raise
        except (BotoCoreError, ClientError, OSError) as error:
            _say("mirror_failed", bucket=bucket, reason=str(error))
            continue
        if changed:
            _say("mirrored", bucket=bucket, changed=changed)


def _say(event: str, **facts: object) -> None:
    print(json.dumps({"event": event, "at": round(time.time(), 3), **facts}), flush=True)


def main() -> None:
    """Mirror buckets until SIGTERM: `python -m infra.local.mirror --endpoint … --directory … b`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("buckets", nargs="+")
    options = parser.parse_args()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        keep_saving(Mirror(s3_client(options.endpoint), options.directory), options.buckets, stop)
    except EndpointConnectionError:
        _say("localstack_is_gone")


if __name__ == "__main__":
    main()
