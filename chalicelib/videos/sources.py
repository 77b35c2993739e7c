"""What a video's renditions are made from: the file that arrived, or its mezzanine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.media.models import Probe
from chalicelib.media.remux import can_remux, can_remux_sound
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import jobs
from chalicelib.videos.models import Job, Step, Video
from chalicelib.videos.upload import source_key


@dataclass(frozen=True)
class Source:
    """A file to transcode, by its `s3://` URI; the size is that on display."""

    uri: str
    width: int
    height: int
    duration_ms: int
    has_sound: bool
    can_remux: bool
    can_remux_sound: bool


def needs_rendering(video: Video) -> bool:
    """Whether a video has effects, or another sound than its own."""
    return bool(video.effects) or video.sound_chosen


def original(context: Context, video: Video) -> str:
    """Return the URI of the file that arrived."""
    key = source_key(video.id, video.generation)
    return f"s3://{context.settings.uploads_bucket}/{key}"


def has_sound(video: Video) -> bool:
    """Whether the finished video will be heard."""
    return video.sound_chosen or bool((video.probe or {}).get("audio"))


def find_source(context: Context, transaction: Connection, video: Video) -> Source | None:
    """Return what the renditions are made from; None while the mezzanine isn't there."""
    if video.probe is None:
        return None
    if not needs_rendering(video):
        return _file(original(context, video), Probe.from_json(video.probe))
    rendered = jobs.find_latest(transaction, video.row_id, video.generation, Step.RENDER)
    if rendered is None or rendered.status != "complete":
        return None
    return mezzanine(rendered, video)


def mezzanine(rendered: Job, video: Video) -> Source:
    """Return what a complete render job made."""
    output = _output(rendered.outputs or {})
    picture = output["videoDetails"]
    return Source(
        uri=output["outputFilePaths"][0],
        width=int(picture["widthInPx"]),
        height=int(picture["heightInPx"]),
        duration_ms=int(output["durationInMs"]),
        has_sound=has_sound(video),
        can_remux=True,
        can_remux_sound=True,
    )


def _file(uri: str, found: Probe) -> Source:
    return Source(
        uri=uri,
        width=found.width,
        height=found.height,
        duration_ms=found.duration_ms,
        has_sound=found.audio is not None,
        can_remux=can_remux(found),
        can_remux_sound=can_remux_sound(found),
    )


def _output(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    output: Mapping[str, Any] = detail["outputGroupDetails"][0]["outputDetails"][0]
    return output
