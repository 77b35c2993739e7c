"""S3: objects in and out, and the forms and URLs with which browsers upload directly."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from chalicelib.platform.clock import Clock
from chalicelib.platform.retries import POLICY, Temporary

NOT_FOUND = frozenset({"404", "NoSuchKey", "NotFound"})
NO_UPLOAD = frozenset({"NoSuchUpload"})

MOST_DELETED_AT_ONCE = 1000  # S3's limit of DeleteObjects

Result = TypeVar("Result")


class DeleteFailed(Temporary):
    """S3 didn't remove an object."""


@dataclass(frozen=True)
class Part:
    """A part of an object to be, as it arrived; the etag is without quotes."""

    number: int
    etag: str
    size_bytes: int


class Storage:
    """Objects by bucket and key. boto3 is loaded at the first call, not at import."""

    def __init__(self, clock: Clock, public_endpoint_url: str | None = None) -> None:
        self._clock = clock
        self._public_endpoint_url = public_endpoint_url

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Write an object to a local file."""
        self._client.download_file(bucket, key, str(path))

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        """Store a local file."""
        extra = {"ContentType": content_type, "CacheControl": cache_control}
        self._client.upload_file(str(path), bucket, key, ExtraArgs=extra)

    def write(
        self, bucket: str, key: str, data: bytes, content_type: str, cache_control: str
    ) -> None:
        """Store a small object."""
        self._client.put_object(
            Bucket=bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            CacheControl=cache_control,
        )

    def copy(self, bucket: str, key: str, target: str) -> None:
        """Store an object, of 5 GB at most, under another key too, with its type and caching."""
        source = {"Bucket": bucket, "Key": key}
        self._client.copy_object(Bucket=bucket, Key=target, CopySource=source)

    def copy_across(
        self, bucket: str, key: str, to: str, target: str, *, storage_class: str = "STANDARD"
    ) -> None:
        """Store an object, of 5 GB at most, in another bucket too, with its type and caching."""
        source = {"Bucket": bucket, "Key": key}
        self._client.copy_object(
            Bucket=to, Key=target, CopySource=source, StorageClass=storage_class
        )

    def sizes(self, bucket: str, prefix: str) -> dict[str, int]:
        """Return the objects whose keys begin with a prefix, with their sizes in bytes."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", ())}

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Return the keys that begin with a prefix."""
        for page in self._client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix
        ):
            yield from (item["Key"] for item in page.get("Contents", ()))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects; what isn't there is no error. Raises DeleteFailed for the first other."""
        for start in range(0, len(keys), MOST_DELETED_AT_ONCE):
            batch = [{"Key": key} for key in keys[start : start + MOST_DELETED_AT_ONCE]]
            answer = self._client.delete_objects(
                Bucket=bucket, Delete={"Objects": batch, "Quiet": True}
            )
            for error in answer.get("Errors", ()):
                raise DeleteFailed(f"{error['Key']}: {error['Message']}")

    def delete_all(self, bucket: str, prefix: str) -> None:
        """Remove the objects whose keys begin with a prefix. Raises DeleteFailed."""
        self.delete(bucket, list(self.keys(bucket, prefix)))

    def read(self, bucket: str, key: str) -> bytes:
        """Return a small object whole; boto3 itself doesn't try again once an answer has begun."""

        def get() -> bytes:
            body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return body

        return POLICY.call(get)

    def size(self, bucket: str, key: str) -> int | None:
        """Return the size in bytes, or None when there is no such object."""
        head = _unless(NOT_FOUND, lambda: self._client.head_object(Bucket=bucket, Key=key))
        return None if head is None else int(head["ContentLength"])

    def upload_form(
        self, bucket: str, key: str, *, content_type: str, size_bytes: int, expires_at: datetime
    ) -> tuple[str, dict[str, str]]:
        """Return URL and form fields for one direct upload of exactly this size and type."""
        form = self._public_client.generate_presigned_post(
            bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", size_bytes, size_bytes],
            ],
            ExpiresIn=self._seconds_until(expires_at),
        )
        return form["url"], form["fields"]

    def url(self, bucket: str, key: str, *, expires_at: datetime) -> str:
        """Return the URL at which anybody who has it can get an object for a while."""
        made = self._public_client.generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": key},
            ExpiresIn=self._seconds_until(expires_at),
        )
        return str(made)

    def begin_parts(self, bucket: str, key: str, *, content_type: str) -> str:
        """Begin an object that comes in parts and return the upload's id."""
        begun = self._client.create_multipart_upload(
            Bucket=bucket, Key=key, ContentType=content_type
        )
        return str(begun["UploadId"])

    def part_url(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        *,
        size_bytes: int,
        expires_at: datetime,
    ) -> str:
        """Return the URL to PUT one part to; its signature holds for exactly this size."""
        url = self._public_client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": size_bytes,
            },
            ExpiresIn=self._seconds_until(expires_at),
        )
        return str(url)

    def list_parts(self, bucket: str, key: str, upload_id: str) -> list[Part] | None:
        """Return the parts that have arrived, in order; None when there is no such upload."""
        paginator = self._client.get_paginator("list_parts")
        pages = _unless(
            NO_UPLOAD, lambda: list(paginator.paginate(Bucket=bucket, Key=key, UploadId=upload_id))
        )
        if pages is None:
            return None
        return [
            Part(part["PartNumber"], part["ETag"].strip('"'), part["Size"])
            for page in pages
            for part in page.get("Parts", ())
        ]

    def complete_parts(self, bucket: str, key: str, upload_id: str, parts: Sequence[Part]) -> bool:
        """Make one object of the parts. Returns whether there was such an upload."""
        listed = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        made = _unless(
            NO_UPLOAD,
            lambda: self._client.complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": listed}
            ),
        )
        return made is not None

    def abort_parts(self, bucket: str, key: str, upload_id: str) -> None:
        """Throw away the parts of an upload; nothing happens when there is no such upload."""
        _unless(
            NO_UPLOAD,
            lambda: self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id),
        )

    def list_unfinished(
        self, bucket: str, prefix: str, *, begun_before: datetime
    ) -> list[tuple[str, str]]:
        """Return key and id of the uploads in parts that were begun before a moment."""
        pages = self._client.get_paginator("list_multipart_uploads")
        return [
            (upload["Key"], upload["UploadId"])
            for page in pages.paginate(Bucket=bucket, Prefix=prefix)
            for upload in page.get("Uploads", ())
            if upload["Initiated"] < begun_before
        ]

    def _seconds_until(self, moment: datetime) -> int:
        return max(1, int((moment - self._clock.now()).total_seconds()))

    @cached_property
    def _client(self) -> Any:
        return _s3_client(None)

    @cached_property
    def _public_client(self) -> Any:
        """The client whose URLs are handed out: they must be right as the browser sees them."""
        return _s3_client(self._public_endpoint_url)


def _unless(codes: frozenset[str], call: Callable[[], Result]) -> Result | None:
    """Return what a call of S3 gives; None when it fails with one of these codes."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def _s3_client(endpoint_url: str | None) -> Any:
    import boto3  # noqa: PLC0415

    style = "path" if endpoint_url else "auto"
    config = POLICY.client_config(
        read_timeout=15, signature_version="s3v4", s3={"addressing_style": style}
    )
    return boto3.client("s3", endpoint_url=endpoint_url, config=config)
