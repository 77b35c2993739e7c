"""The ends that aren't a published video: always with a code, always visible to the owner."""

from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.videos import jobs, timeline, transitions
from chalicelib.videos.models import Status, Video


def reject(context: Context, video: Video, code: str) -> None:
    """The file can't become a stream, however often one tries."""
    end(context, video, Status.REJECTED, code)


def fail(context: Context, video: Video) -> None:
    """The file may be fine, but we could not do it."""
    end(context, video, Status.FAILED, "internal")


def end(context: Context, video: Video, status: Status, code: str) -> None:
    """End a video's way, once, with its timeline."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        if not transitions.mark_ended(transaction, video.row_id, status=status, code=code, now=now):
            return
        jobs.end_all(transaction, video.row_id, now)
        timeline.fail(transaction, video, now)
    count(f"Video{status.capitalize()}")
    logger.info("video_ended", extra={"video": video.id, "status": status, "code": code})
