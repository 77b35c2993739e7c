"""The first step of a video: what the creator announces, and the form to send it with."""

import re
from collections.abc import Iterable
from datetime import timedelta

from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.videos import store, timeline
from chalicelib.videos.models import NewVideo, Stage, UploadForm, Video

MAX_BYTES = 64 * 1024 * 1024
FORM_LIFETIME = timedelta(minutes=15)
CONTENT_TYPES = frozenset(
    {
        "application/octet-stream",
        "video/3gpp",
        "video/mp2t",
        "video/mp4",
        "video/mpeg",
        "video/ogg",
        "video/quicktime",
        "video/webm",
        "video/x-m4v",
        "video/x-matroska",
        "video/x-msvideo",
    }
)

_HASHTAG = re.compile(r"(?<!\w)#(\w{1,50})")
_MENTION = re.compile(r"(?<!\w)@([A-Za-z0-9_.]{3,30})")
_KEY = re.compile(r"raw/(?P<video_id>[A-Za-z0-9]{1,32})/(?P<generation>[0-9]{1,6})/source")


def create_video(context: Context, creator_row_id: int, new: NewVideo) -> tuple[Video, UploadForm]:
    """Make room for a video and return it with the form for its file.

    Raises Problem `unsupported_media_type` or `media_too_large`.
    """
    _check(new)
    public_id = ids.public_id()
    with context.database.transaction() as transaction:
        row_id = store.insert_video(
            transaction,
            public_id=public_id,
            creator_row_id=creator_row_id,
            new=new,
            hashtags=find_hashtags(new.description),
            mentions=_unique(_MENTION.findall(new.description)),
        )
        video = store.find_videos(transaction, [row_id], viewer_row_id=creator_row_id)[0]
        timeline.open_timeline(transaction, row_id, video.generation)
        timeline.begin(transaction, video, [Stage.UPLOAD], context.clock.now())
    return video, _form(context, video, new.content_type)


def source_key(video_id: str, generation: int) -> str:
    """Return the key under which a video's file arrives."""
    return f"raw/{video_id}/{generation}/source"


def parse_source_key(key: str) -> tuple[str, int] | None:
    """Return video id and generation of a file's key; None for a key that isn't one of ours."""
    match = _KEY.fullmatch(key)
    return (match["video_id"], int(match["generation"])) if match else None


def find_hashtags(description: str) -> list[str]:
    """Return the hashtags of a text in lower case, each once, in order."""
    return _unique(tag.lower() for tag in _HASHTAG.findall(description))


def _check(new: NewVideo) -> None:
    if new.content_type not in CONTENT_TYPES:
        detail = f"{new.content_type} is not a kind of video we take; MP4, MOV and WebM are."
        raise Problem("unsupported_media_type", detail)
    if new.size_bytes > MAX_BYTES:
        detail = f"Upload at most {MAX_BYTES} bytes (64 MiB); this is {new.size_bytes}."
        raise Problem("media_too_large", detail)


def _form(context: Context, video: Video, content_type: str) -> UploadForm:
    expires_at = context.clock.now() + FORM_LIFETIME
    url, fields = context.storage.upload_form(
        context.settings.uploads_bucket,
        source_key(video.id, video.generation),
        content_type=content_type,
        size_bytes=video.size_bytes,
        expires_at=expires_at,
    )
    return UploadForm(url, fields, expires_at)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
