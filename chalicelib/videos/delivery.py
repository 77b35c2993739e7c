"""Where viewers find a video's files: under plain paths what is public, under signed ones the rest.

A signed path is `/media/s/{expires}.{mac}/p/{video}/…`: the signature holds for all files of one
video, so that the relative URIs in its playlists keep working, until a moment in Unix seconds. The
edge checks it without asking anybody, as CloudFront does.
"""

from collections.abc import Callable
from datetime import timedelta

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


def media_urls(context: Context) -> MediaUrls:
    """Return what makes this context's URLs."""
    return MediaUrls(lambda: context.signer.key_for(MEDIA_PURPOSE), context.clock)
