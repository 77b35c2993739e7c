"""A file has arrived: compare it with its announcement, look into it, and hand it on."""

import hashlib
from contextlib import suppress
from pathlib import Path

from chalicelib.media.effects import Effects, check_output_duration
from chalicelib.media.models import MediaRejected, Probe
from chalicelib.media.probe import probe
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count, logger
from chalicelib.platform.scratch import scratch_folder
from chalicelib.videos import endings, sources, store, submission, timeline, transitions
from chalicelib.videos.models import Stage, Video
from chalicelib.videos.upload import parse_source_key, source_key

MAX_ARRIVALS = 6  # a file that kills whoever looks into it ends there


def receive_upload(context: Context, key: str) -> None:
    """Take in the object under a key of the uploads bucket; safe to call any number of times."""
    video = _open(context, key)
    if video is None:
        return
    try:
        found, sha256 = _inspect(context, video, key)
        _hand_on(context, video, found, sha256)
    except MediaRejected as rejection:
        logger.info("upload_rejected", extra={"video": video.id, "reason": rejection.detail})
        endings.reject(context, video, rejection.code)
        return
    except Exception:
        _forget_arrival(context, video)
        raise
    outbox.relay_quietly(context.database, context.queues)


def announce(context: Context, transaction: Connection, video: Video) -> None:
    """Send what S3 would have sent, as far as the receiver reads it."""
    key = source_key(video.id, video.generation)
    message = {"Records": [{"s3": {"object": {"key": key}}}]}
    outbox.store(transaction, context.settings.uploads_queue_url, message)


def _open(context: Context, key: str) -> Video | None:
    """Return the video that waits for this file; None when there is nothing left to do."""
    parsed = parse_source_key(key)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        video = store.find_video(transaction, parsed[0]) if parsed else None
        if video is None or parsed is None:
            count("UploadOrphaned")
            logger.warning("upload_without_video", extra={"key": key})
            return None
        arrivals = transitions.mark_uploaded(transaction, video.row_id, parsed[1], now)
        if arrivals is None:
            return None
        if arrivals > MAX_ARRIVALS:
            endings.fail(context, video)
            return None
        timeline.finish(transaction, video, [Stage.UPLOAD], now)
        timeline.begin(transaction, video, [Stage.VALIDATE], now)
    return video


def _forget_arrival(context: Context, video: Video) -> None:
    """Don't count a time at which something else went wrong: it says nothing about the file."""
    with suppress(Problem), context.database.transaction() as transaction:
        transitions.forget_arrival(transaction, video.row_id)


def _inspect(context: Context, video: Video, key: str) -> tuple[Probe, bytes]:
    """Return what the file holds, and its SHA-256. Raises MediaRejected."""
    size = context.storage.size(context.settings.uploads_bucket, key)
    if size != video.size_bytes:
        detail = f"{video.size_bytes} bytes were announced, {size} arrived"
        raise MediaRejected("checksum_mismatch", detail)
    with scratch_folder("upload") as scratch:
        path = scratch / "source"
        context.storage.download(context.settings.uploads_bucket, key, path)
        sha256 = _sha256(path)
        if video.promised_sha256 not in (None, sha256):
            detail = f"The file's SHA-256 is {sha256.hex()}, not what was announced"
            raise MediaRejected("checksum_mismatch", detail)
        return probe(path), sha256


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _hand_on(context: Context, video: Video, found: Probe, sha256: bytes) -> None:
    """Move the video on.

    Raises MediaRejected for what its maker has uploaded before, and for effects that leave too
    little of the file, or too much.
    """
    check_output_duration(Effects.from_json(video.effects or {}), found.duration_ms)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        twin = transitions.find_twin(transaction, video, sha256)
        if twin is not None:
            raise MediaRejected("duplicate_media", f"It is the same file as {twin}")
        attempt = transitions.mark_processing(
            transaction,
            video.row_id,
            sha256=sha256,
            probe=found.to_json(),
            duration_ms=found.duration_ms,
            width=found.width,
            height=found.height,
            now=now,
        )
        if attempt is None:
            return
        timeline.finish(transaction, video, [Stage.VALIDATE], now)
        taken_in = store.find_videos(transaction, [video.row_id])[0]
        if not sources.has_sound(taken_in):
            timeline.skip(transaction, video, [Stage.AUDIO])
        submission.submit_chain(context, transaction, taken_in, attempt)
    count("UploadAccepted")
