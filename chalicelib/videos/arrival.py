"""A file has arrived: compare it with its announcement, look into it, and hand it on."""

import tempfile
from pathlib import Path

from chalicelib.media.models import MediaRejected, Probe
from chalicelib.media.probe import probe
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.videos import endings, store, timeline, transcoding
from chalicelib.videos.models import Stage, Video
from chalicelib.videos.upload import parse_source_key, source_key


def receive_upload(context: Context, key: str) -> None:
    """Take in the object under a key of the uploads bucket; safe to call any number of times."""
    video = _open(context, key)
    if video is None:
        return
    try:
        found = _inspect(context, video, key)
    except MediaRejected as rejection:
        logger.info("upload_rejected", extra={"video": video.id, "reason": rejection.detail})
        endings.reject(context, video, rejection.code)
        return
    _hand_on(context, video, found)
    outbox.relay(context.database, context.queues)


def is_here(context: Context, video: Video) -> bool:
    """Whether a video's file lies in the bucket, noticed or not."""
    key = source_key(video.id, video.generation)
    return context.storage.size(context.settings.uploads_bucket, key) is not None


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
        if not store.mark_uploaded(transaction, video.row_id, parsed[1], now):
            return None
        timeline.finish(transaction, video, [Stage.UPLOAD], now)
        timeline.begin(transaction, video, [Stage.VALIDATE], now)
    return video


def _inspect(context: Context, video: Video, key: str) -> Probe:
    """Return what the file holds. Raises MediaRejected."""
    size = context.storage.size(context.settings.uploads_bucket, key)
    if size != video.size_bytes:
        detail = f"{video.size_bytes} bytes were announced, {size} arrived"
        raise MediaRejected("checksum_mismatch", detail)
    with tempfile.TemporaryDirectory(prefix="upload-") as scratch:
        path = Path(scratch) / "source"
        context.storage.download(context.settings.uploads_bucket, key, path)
        return probe(path)


def _hand_on(context: Context, video: Video, found: Probe) -> None:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        attempt = store.mark_processing(
            transaction,
            video.row_id,
            duration_ms=found.duration_ms,
            width=found.width,
            height=found.height,
            now=now,
        )
        if attempt is None:
            return
        timeline.finish(transaction, video, [Stage.VALIDATE], now)
        # Not part of this release: no fingerprint is taken, and the timeline says so.
        timeline.skip(transaction, video, [Stage.FINGERPRINT])
        transcoding.submit(context, transaction, video, found, attempt)
    count("UploadAccepted")
