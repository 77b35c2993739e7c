"""The first step of a video: what its creator announces."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from chalicelib.accounts import ages
from chalicelib.accounts import store as accounts_store
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem
from chalicelib.videos import sounds, store, timeline
from chalicelib.videos.models import NewVideo, Stage, Video, Visibility

MAX_BYTES = 1024 * 1024 * 1024
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


def create_video(context: Context, creator_row_id: int, new: NewVideo) -> Video:
    """Make room for a video, which then waits for its file.

    Raises Problem `unsupported_media_type`, `media_too_large`, or `validation_failed` for a sound
    that can't be used.
    """
    _check(new)
    with context.database.transaction() as transaction:
        if new.visibility is None:
            new = replace(new, visibility=_usual_visibility(context, transaction, creator_row_id))
        row_id = store.insert_video(
            transaction,
            public_id=ids.public_id(),
            creator_row_id=creator_row_id,
            new=new,
            hashtags=find_hashtags(new.description),
            mentions=find_mentions(new.description),
            sound_row_id=_find_sound(transaction, new.sound_id, creator_row_id),
        )
        video = store.find_videos(transaction, [row_id], viewer_row_id=creator_row_id)[0]
        timeline.open_timeline(transaction, row_id, video.generation)
        timeline.begin(transaction, video, [Stage.UPLOAD], context.clock.now())
    return video


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


def find_mentions(description: str) -> list[str]:
    """Return the usernames that a text mentions, each once, in order."""
    return _unique(_MENTION.findall(description))


def _check(new: NewVideo) -> None:
    if new.content_type not in CONTENT_TYPES:
        detail = f"{new.content_type} is not a kind of video we take; MP4, MOV and WebM are."
        raise Problem("unsupported_media_type", detail)
    if new.size_bytes > MAX_BYTES:
        detail = f"Upload at most {MAX_BYTES} bytes (1 GiB); this is {new.size_bytes}."
        raise Problem("media_too_large", detail)


def _usual_visibility(context: Context, transaction: Connection, creator_row_id: int) -> Visibility:
    """Return who may see a video whose maker didn't say: nobody else, while they are shielded."""
    maker = accounts_store.find_user(transaction, creator_row_id)
    today = context.clock.now().date()
    shielded = maker is not None and ages.is_shielded(maker.birth_date, today)
    return Visibility.PRIVATE if shielded else Visibility.PUBLIC


def _find_sound(transaction: Connection, public_id: str | None, creator_row_id: int) -> int | None:
    if public_id is None:
        return None
    row_id = sounds.find_usable_sound(transaction, public_id, creator_row_id)
    if row_id is None:
        detail = "There is no such sound, or it isn't for everybody."
        error = FieldError("/sound_id", "unknown_sound", detail)
        raise Problem("validation_failed", detail, errors=[error])
    return row_id


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
