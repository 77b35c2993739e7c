"""The page of a public video for whoever isn't a browser: search engines, previews in chats.

An object beside the video's files, `v/{video}/page.html`: there when the API is down, and gone with
the files when the video isn't for everybody any more. It also holds the video as JSON, which the
web client plays when the API doesn't answer.
"""

import json
from html import escape
from typing import Any

from chalicelib.platform.context import Context
from chalicelib.videos.delivery import PUBLIC, MediaUrls, media_urls, playback_of
from chalicelib.videos.models import Video

NAME = "page.html"
CACHING = "public, max-age=60"  # what was changed or taken away is gone by then
TITLE_LENGTH = 90
NOTHING_COUNTED = dict.fromkeys(("views", "likes", "comments", "shares", "saves"), 0)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Clipwave</title>
<meta name="description" content="{description}">
<link rel="canonical" href="{address}">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<meta property="og:site_name" content="Clipwave">
<meta property="og:type" content="video.other">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{description}">
<meta property="og:url" content="{address}">
<meta property="og:image" content="{poster}">
<meta property="og:video" content="{film}">
<meta property="og:video:type" content="video/mp4">
<meta property="og:video:width" content="{width}">
<meta property="og:video:height" content="{height}">
<meta name="twitter:card" content="summary_large_image">
<meta name="twitter:title" content="{title}">
<meta name="twitter:description" content="{description}">
<meta name="twitter:image" content="{poster}">
<script type="application/json" id="video">{data}</script>
<script type="module" src="/open.js"></script>
<body>
<main>
<h1>{title}</h1>
<p>{description}</p>
<video src="{film}" poster="{poster}" width="{width}" height="{height}" controls></video>
<p>by @{username}</p>
<p><a href="/">Clipwave</a></p>
</main>
</html>
"""


def key_of(video_id: str) -> str:
    """Return the key of a video's page."""
    return f"{PUBLIC}/{video_id}/{NAME}"


def write(context: Context, video: Video) -> None:
    """Put a public video's page beside its files, in place of the one before."""
    page = render(video, context.settings.public_origin, media_urls(context))
    context.storage.write(
        context.settings.media_bucket,
        key_of(video.id),
        page.encode(),
        "text/html; charset=utf-8",
        CACHING,
    )


def render(video: Video, origin: str, media: MediaUrls) -> str:
    """Return the page; whatever people wrote is escaped. The video must have been made."""
    if video.playback is None:
        raise ValueError(f"video {video.id} has nothing to play")
    playback = playback_of(video.playback, video.cover, media)
    username = video.creator.username
    values = {
        "title": _shortened(video.description) or f"Video by @{username}",
        "description": video.description or f"Video by @{username}",
        "username": username,
        "address": f"{origin}/v/{video.id}",
        "poster": origin + playback["poster_url"],
        "film": origin + playback["mp4_url"],
        "width": str(playback["width"]),
        "height": str(playback["height"]),
    }
    escaped = {name: escape(value) for name, value in values.items()}
    return _PAGE.format(**escaped, data=_as_data(_public(video, playback)))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1].rstrip()}…"


def _as_data(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _public(video: Video, playback: dict[str, Any]) -> dict[str, Any]:
    """Return what anybody may know of a video and what doesn't change by itself."""
    creator = {"id": video.creator.id, "username": video.creator.username, "display_name": ""}
    published = video.published_at.isoformat() if video.published_at else None
    return {
        "id": video.id,
        "creator": {**creator, "avatar_url": None},
        "description": video.description,
        "hashtags": video.hashtags,
        "mentions": video.mentions,
        "sound": None,
        "duration_ms": video.duration_ms,
        "width": video.width,
        "height": video.height,
        "status": video.status,
        "visibility": video.visibility,
        "allow_comments": video.allow_comments,
        "labels": video.labels,
        "created_at": video.created_at.isoformat(),
        "published_at": published,
        "stats": NOTHING_COUNTED,
        "viewer": None,
        "playback": playback,
    }
