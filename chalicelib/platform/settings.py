"""Configuration, read from the environment once and typed; nothing else reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting is missing or invalid; the message names the key and what it should be."""


class Transcoder(StrEnum):
    """Who does the long jobs."""

    WORKER = "worker"
    MEDIACONVERT = "mediaconvert"


@dataclass(frozen=True)
class Settings:
    """Everything a function may be told from outside. Secrets never show in a repr."""

    stage: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    signing_secret: str = field(repr=False)
    public_origin: str
    uploads_bucket: str
    media_bucket: str
    audit_bucket: str
    archive_bucket: str
    uploads_queue_url: str
    fast_queue_url: str
    transcode_queue_url: str
    background_queue_url: str
    finish_queue_url: str
    feeds_queue_url: str
    admin_jobs_queue_url: str
    watch_events_queue_url: str
    s3_public_endpoint_url: str | None
    ffmpeg_path: str
    transcoder: Transcoder
    mediaconvert_queue_arn: str
    mediaconvert_role_arn: str
    mediaconvert_endpoint_url: str | None
    av1_rungs: bool
    secrets_name: str | None

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers reach us over https, so that cookies must be Secure."""
        return self.public_origin.startswith("https://")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the settings. Raises SettingsError for the first wrong one."""
    secrets_name = environ.get("SECRETS_NAME") or None
    required = _require if secrets_name is None else _optional
    transcoder = _transcoder(environ)
    service = _require if transcoder is Transcoder.MEDIACONVERT else _optional
    return Settings(
        stage=_require(environ, "STAGE"),
        database_url=required(environ, "DATABASE_URL"),
        redis_url=_require(environ, "REDIS_URL"),
        signing_secret=required(environ, "SIGNING_SECRET"),
        public_origin=_origin(environ, "PUBLIC_ORIGIN"),
        uploads_bucket=_require(environ, "UPLOADS_BUCKET"),
        media_bucket=_require(environ, "MEDIA_BUCKET"),
        audit_bucket=_require(environ, "AUDIT_BUCKET"),
        archive_bucket=_require(environ, "ARCHIVE_BUCKET"),
        uploads_queue_url=_require(environ, "UPLOADS_QUEUE_URL"),
        fast_queue_url=_require(environ, "FAST_QUEUE_URL"),
        transcode_queue_url=_require(environ, "TRANSCODE_QUEUE_URL"),
        background_queue_url=_require(environ, "BACKGROUND_QUEUE_URL"),
        finish_queue_url=_require(environ, "FINISH_QUEUE_URL"),
        feeds_queue_url=_require(environ, "FEEDS_QUEUE_URL"),
        admin_jobs_queue_url=_require(environ, "ADMIN_JOBS_QUEUE_URL"),
        watch_events_queue_url=_require(environ, "WATCH_EVENTS_QUEUE_URL"),
        s3_public_endpoint_url=environ.get("S3_PUBLIC_ENDPOINT_URL") or None,
        ffmpeg_path=environ.get("FFMPEG_PATH") or "ffmpeg",
        transcoder=transcoder,
        mediaconvert_queue_arn=service(environ, "MEDIACONVERT_QUEUE_ARN"),
        mediaconvert_role_arn=service(environ, "MEDIACONVERT_ROLE_ARN"),
        mediaconvert_endpoint_url=environ.get("MEDIACONVERT_ENDPOINT_URL") or None,
        av1_rungs=_switch(environ, "AV1_RUNGS"),
        secrets_name=secrets_name,
    )


def _require(environ: Mapping[str, str], key: str) -> str:
    value = environ.get(key, "")
    if not value:
        raise SettingsError(f"{key} is not set; it must be given to every function")
    return value


def _optional(environ: Mapping[str, str], key: str) -> str:
    return environ.get(key, "")


def _transcoder(environ: Mapping[str, str]) -> Transcoder:
    value = environ.get("TRANSCODER") or Transcoder.WORKER
    if value not in set(Transcoder):
        names = " or ".join(Transcoder)
        raise SettingsError(f"TRANSCODER must be {names}, not {value!r}")
    return Transcoder(value)


def _switch(environ: Mapping[str, str], key: str) -> bool:
    value = environ.get(key) or "off"
    if value not in ("on", "off"):
        raise SettingsError(f"{key} must be on or off, not {value!r}")
    return value == "on"


def _origin(environ: Mapping[str, str], key: str) -> str:
    value = _require(environ, key).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
        raise SettingsError(f"{key} must be an origin such as https://clips.example, not {value!r}")
    return value
