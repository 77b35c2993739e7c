"""Job documents in AWS Elemental MediaConvert's own form (CreateJob, API version 2017-08-29).

One document serves both transcoders. `docs/media-pipeline.md` says which groups a job has and where
they go. In all of them `source` is the `s3://` URI of a file, `destination` and `work` are those of
prefixes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.media import groups
from chalicelib.media.models import Rendition
from chalicelib.media.timecodes import timecode_at

POSTERS, POSTER_QUALITY = 8, 85
FRAMES, FRAME_QUALITY = 120, 80
FRAME_INTERVAL_MS = 500
FRAME_EDGE = 160  # pixels, the longer one
LEAST_EDGE = 32  # the service makes nothing smaller
MP4_SHORT_EDGE = 720


@dataclass(frozen=True)
class Submission:
    """Who does a job, for whom; the same token is the same job, however often it is submitted."""

    token: str
    metadata: Mapping[str, str]
    queue: str
    role: str


def full_job(
    *,
    source: str,
    destination: str,
    work: str,
    renditions: Sequence[Rendition],
    has_audio: bool,
    duration_ms: int,
    submission: Submission,
) -> dict[str, Any]:
    """Return the job that makes everything a published video needs.

    The renditions are a ladder, largest first. The smallest is listed first in the manifest,
    because players begin with the first one: its first second is about 20 kB.
    """
    rungs = groups.h264_rungs(renditions) + ([groups.audio_rung()] if has_audio else [])
    made = [
        groups.stream_group("hls", f"{destination}/main", rungs),
        groups.file_group("mp4", f"{destination}/main", _mp4(renditions, has_audio=has_audio)),
        groups.file_group("poster", f"{destination}/poster", _posters(renditions, duration_ms)),
        groups.file_group("frames", f"{work}/frames", _frames(renditions[0], duration_ms)),
    ]
    if has_audio:
        made.append(groups.file_group("sound", f"{work}/sound", groups.wave()))
    return _job(_input(source, has_audio=has_audio), made, submission)


def preview_job(
    *,
    source: str,
    destination: str,
    rendition: Rendition,
    remux: bool,
    has_audio: bool,
    sound_remux: bool,
    submission: Submission,
) -> dict[str, Any]:
    """Return the job that soon makes an MP4 for the video's owner.

    With `remux` the picture stays as it is, with `sound_remux` the sound does; the rendition is
    what the picture becomes otherwise.
    """
    video = groups.copied_video() if remux else groups.h264(rendition)
    audio = groups.copied_audio() if sound_remux else groups.aac()
    output = groups.movie(video, audio if has_audio else None)
    made = [groups.file_group("preview", f"{destination}/preview", output)]
    return _job(_input(source, has_audio=has_audio), made, submission)


def cover_job(
    *,
    source: str,
    destination: str,
    width: int,
    height: int,
    at_ms: int,
    frame_rate: float,
    submission: Submission,
) -> dict[str, Any]:
    """Return the job that makes a poster of the frame shown at a moment, or else of the last one.

    The frame rate is that of the source: timecodes name frames, not moments.
    """
    still = groups.stills(width, height, interval_ms=1000, most=1, quality=POSTER_QUALITY)
    given = _input(source, has_audio=False)
    given["InputClippings"] = [{"StartTimecode": timecode_at(at_ms, frame_rate)}]
    made = [groups.file_group("poster", f"{destination}/cover-{at_ms}", still)]
    return _job(given, made, submission)


def av1_job(
    *,
    source: str,
    destination: str,
    renditions: Sequence[Rendition],
    submission: Submission,
) -> dict[str, Any]:
    """Return the job that makes AV1 rungs, to be played with the sound of the full job."""
    made = [groups.stream_group("av1", f"{destination}/av1", groups.av1_rungs(renditions))]
    return _job(_input(source, has_audio=False), made, submission)


def frame_interval(duration_ms: int) -> float:
    """Return how many seconds lie between the full job's frames."""
    return _frame_interval_ms(duration_ms) / 1000


def _frame_interval_ms(duration_ms: int) -> int:
    return max(FRAME_INTERVAL_MS, math.ceil(duration_ms / FRAMES))


def _job(
    given: dict[str, Any], output_groups: list[dict[str, Any]], submission: Submission
) -> dict[str, Any]:
    return {
        "ClientRequestToken": submission.token,
        "Queue": submission.queue,
        "Role": submission.role,
        "StatusUpdateInterval": "SECONDS_10",
        "UserMetadata": dict(submission.metadata),
        "Settings": {"Inputs": [given], "OutputGroups": output_groups},
    }


def _input(source: str, *, has_audio: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "FileInput": source,
        "TimecodeSource": "ZEROBASED",
        "VideoSelector": {"Rotate": "AUTO"},
    }
    if has_audio:
        given["AudioSelectors"] = {groups.AUDIO_SELECTOR: {"DefaultSelection": "DEFAULT"}}
    return given


def _mp4(renditions: Sequence[Rendition], *, has_audio: bool) -> dict[str, Any]:
    rendition = _mp4_rendition(renditions)
    audio = groups.aac() if has_audio else None
    return groups.movie(groups.h264(rendition), audio, f"_{rendition.name}")


def _posters(renditions: Sequence[Rendition], duration_ms: int) -> dict[str, Any]:
    size = _mp4_rendition(renditions)
    return groups.stills(
        size.width,
        size.height,
        interval_ms=max(1, duration_ms // POSTERS),
        most=POSTERS,
        quality=POSTER_QUALITY,
    )


def _frames(rendition: Rendition, duration_ms: int) -> dict[str, Any]:
    scale = FRAME_EDGE / max(rendition.width, rendition.height)
    width, height = (
        max(LEAST_EDGE, 2 * round(length * scale / 2))
        for length in (rendition.width, rendition.height)
    )
    interval_ms = _frame_interval_ms(duration_ms)
    return groups.stills(width, height, interval_ms=interval_ms, most=FRAMES, quality=FRAME_QUALITY)


def _mp4_rendition(renditions: Sequence[Rendition]) -> Rendition:
    """Return the largest rung up to 720p, or the smallest there is."""
    fitting = [r for r in renditions if min(r.width, r.height) <= MP4_SHORT_EDGE]
    return fitting[0] if fitting else renditions[-1]
