"""How a video's file gets into the bucket: by one form, or in parts; and that it is there."""

from collections.abc import Sequence

from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.videos import multipart
from chalicelib.videos.models import Status, UploadForm, Video
from chalicelib.videos.multipart import PartsUpload, SentPart
from chalicelib.videos.upload import FORM_LIFETIME, source_key

MAX_FORM_BYTES = 64 * 1024 * 1024
NEVER_CAME = frozenset({Status.EXPIRED, Status.DELETED, Status.REMOVED})

Upload = UploadForm | PartsUpload


def offer(context: Context, video: Video) -> Upload:
    """Return what is needed to send a video's file, or the rest of it."""
    if video.size_bytes > MAX_FORM_BYTES:
        return multipart.offer_parts(context, video)
    return _form(context, video)


def resume(context: Context, video: Video) -> Upload:
    """Return what is needed to go on. Raises Problem `upload_finished` if no file is waited for."""
    if video.status is not Status.AWAITING_UPLOAD or is_here(context, video):
        raise _finished(video)
    return offer(context, video)


def complete(context: Context, video: Video, sent: Sequence[SentPart]) -> None:
    """Make sure that the file is whole in the bucket, where S3's event starts what follows.

    Safe to repeat. Raises Problem `validation_failed` for parts that are missing or differ,
    `not_ready` when there is no file, `upload_finished` when the video waits for none any more.
    """
    if video.status in NEVER_CAME:
        raise _finished(video)
    if video.status is not Status.AWAITING_UPLOAD or is_here(context, video):
        return
    if not multipart.join_parts(context, video, sent) and not is_here(context, video):
        raise Problem("not_ready", "The file isn't here; ask for its upload again, and send it.")


def is_here(context: Context, video: Video) -> bool:
    """Whether a video's file lies in the bucket, noticed or not."""
    key = source_key(video.id, video.generation)
    return context.storage.size(context.settings.uploads_bucket, key) is not None


def _finished(video: Video) -> Problem:
    return Problem("upload_finished", f"The video waits for no file; it is {video.status}.")


def _form(context: Context, video: Video) -> UploadForm:
    expires_at = context.clock.now() + FORM_LIFETIME
    url, fields = context.storage.upload_form(
        context.settings.uploads_bucket,
        source_key(video.id, video.generation),
        content_type=video.content_type,
        size_bytes=video.size_bytes,
        expires_at=expires_at,
    )
    return UploadForm(url, fields, expires_at)
