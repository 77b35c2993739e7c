"""Drafts: processed like any other video, published when their maker says so."""

from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count
from chalicelib.videos import sounds, transitions
from chalicelib.videos.models import Status, Video
from chalicelib.videos.shelving import ask_to_place


def publish_draft(context: Context, video: Video) -> None:
    """Publish a ready draft; a second call changes nothing. Raises Problem `not_ready`."""
    with context.database.transaction() as transaction:
        if transitions.mark_published(transaction, video.row_id, context.clock.now()):
            sounds.open_to_all(transaction, video.row_id)
            ask_to_place(context, transaction, video.id)
            count("VideoPublished")
        elif video.status is not Status.PUBLISHED:
            raise Problem("not_ready", f"Only a ready draft can be published, not {video.status}.")
