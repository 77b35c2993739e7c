"""S3: objects in and out, and the forms with which browsers upload directly."""

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from chalicelib.platform.clock import Clock

NOT_FOUND = frozenset({"404", "NoSuchKey", "NotFound"})


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

    def read(self, bucket: str, key: str) -> bytes:
        """Return a small object whole."""
        body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def size(self, bucket: str, key: str) -> int | None:
        """Return the size in bytes, or None when there is no such object."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            head = self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return None
            raise
        return int(head["ContentLength"])

    def upload_form(
        self, bucket: str, key: str, *, content_type: str, size_bytes: int, expires_at: datetime
    ) -> tuple[str, dict[str, str]]:
        """Return URL and form fields for one direct upload of exactly this size and type."""
        seconds = max(1, int((expires_at - self._clock.now()).total_seconds()))
        form = self._public_client.generate_presigned_post(
            bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", size_bytes, size_bytes],
            ],
            ExpiresIn=seconds,
        )
        return form["url"], form["fields"]

    @cached_property
    def _client(self) -> Any:
        return _s3_client(None)

    @cached_property
    def _public_client(self) -> Any:
        """The client whose URLs are handed out: they must be right as the browser sees them."""
        return _s3_client(self._public_endpoint_url)


def _s3_client(endpoint_url: str | None) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    style = "path" if endpoint_url else "auto"
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": style},
        connect_timeout=3,
        read_timeout=30,
        retries={"max_attempts": 4, "mode": "standard"},
    )
    return boto3.client("s3", endpoint_url=endpoint_url, config=config)
