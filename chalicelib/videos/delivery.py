"""Where viewers find a video's files: under plain paths what is public, under signed ones the rest.

A signed path is `/media/s/{expires}.{mac}/p/{video}/…`: the signature holds for all files of one
video, so that the relative URIs in its playlists keep working, until a moment in Unix seconds. The
edge checks it without asking anybody, as CloudFront does.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.platform.clock import Clock
from chalicelib.platform.context import Context
from chalicelib.platform.signing import MEDIA_PURPOSE, sign_path

PUBLIC, HIDDEN = "v", "p"
HOUR = 3600
LIFETIME = timedelta(hours=6)  # beyond the next full hour


class MediaUrls:
    """Makes the URLs of objects, relative to the origin."""

    def __init__(self, key: Callable[[], bytes], clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def of(self, key: str) -> str:
        """Return the URL of an object. Raises ValueError for one that nobody may fetch."""
        area, _, rest = key.partition("/")
        if area == PUBLIC:
            return f"/media/{key}"
        if area != HIDDEN:
            raise ValueError(f"{key} is not for viewers")
        expires = self._expires()
        owner = rest.partition("/")[0]
        return f"/media/s/{expires}.{sign_path(self._key(), expires, owner)}/{key}"

    def _expires(self) -> int:
        """Return the same moment all through an hour, so that browsers can use what they have."""
        hour = int(self._clock.now().timestamp()) // HOUR + 1
        return hour * HOUR + int(LIFETIME.total_seconds())


def playback_of(
    stored: Mapping[str, Any], cover: Mapping[str, Any] | None, media: MediaUrls
) -> dict[str, Any]:
    """Return what a player needs of a video that was made: the API's `Playback`, as JSON data.

    `stored` is what was made, `cover` what its maker chose instead of its poster.
    """
    start, storyboard = stored["start"], stored.get("storyboard_key")
    return {
        "hls_url": media.of(stored["hls_key"]),
        "mp4_url": media.of(stored["mp4_key"]),
        "poster_url": media.of(cover["key"] if cover else stored["poster_key"]),
        "placeholder": (cover or stored)["placeholder"],
        "storyboard_url": media.of(storyboard) if storyboard else None,
        "width": stored["width"],
        "height": stored["height"],
        "duration_ms": stored["duration_ms"],
        "start": {
            "url": media.of(start["key"]), "bytes": start["bytes"], "codecs": start["codecs"]
        },
    }  # fmt: skip


def media_urls(context: Context) -> MediaUrls:
    """Return what makes this context's URLs."""
    return MediaUrls(lambda: context.signer.key_for(MEDIA_PURPOSE), context.clock)
