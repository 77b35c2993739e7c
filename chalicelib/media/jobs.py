"""Job documents in AWS Elemental MediaConvert's own form (CreateJob, API version 2017-08-29).

One document serves both transcoders. It asks for a CMAF group with an HLS manifest, the start
rung first, one progressive MP4, and stills to choose a poster from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.media.models import Rendition

SEGMENT_SECONDS = 2
AUDIO_SELECTOR = "Audio Selector 1"
STILLS = 8
STILL_QUALITY = 85
MP4_SHORT_EDGE = 720
CRF_AT_QUALITY_0 = 31  # x264 CRF 23, 24, 25 are quality levels 8, 7, 6


def full_job(
    *,
    source: str,
    destination: str,
    renditions: Sequence[Rendition],
    has_audio: bool,
    duration_ms: int,
    token: str,
    metadata: Mapping[str, str],
    queue: str,
    role: str,
) -> dict[str, Any]:
    """Return the job that makes everything a published video needs.

    Parameters
    ----------
    source, destination: `s3://` URIs of the file and of the prefix for the outputs.
    renditions: the ladder, largest first. The smallest is listed first in the manifest, because
        players begin with the first one: its first second is about 20 kB.
    token: the same token is the same job, however often it is submitted.
    """
    audio = [_audio()] if has_audio else []
    rungs = [_rung(rendition) for rendition in reversed(renditions)]
    if has_audio:
        rungs.append(_audio_rung())
    return {
        "ClientRequestToken": token,
        "Queue": queue,
        "Role": role,
        "StatusUpdateInterval": "SECONDS_10",
        "UserMetadata": dict(metadata),
        "Settings": {
            "Inputs": [_input(source, has_audio=has_audio)],
            "OutputGroups": [
                _cmaf_group(f"{destination}/main", rungs),
                _file_group("mp4", f"{destination}/main", _mp4(_mp4_rendition(renditions), audio)),
                _file_group(
                    "poster",
                    f"{destination}/poster",
                    _stills(_mp4_rendition(renditions), duration_ms),
                ),
            ],
        },
    }


def _input(source: str, *, has_audio: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "FileInput": source,
        "TimecodeSource": "ZEROBASED",
        "VideoSelector": {"Rotate": "AUTO"},
    }
    if has_audio:
        given["AudioSelectors"] = {AUDIO_SELECTOR: {"DefaultSelection": "DEFAULT"}}
    return given


def _cmaf_group(destination: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    settings = {
        "Destination": destination,
        "FragmentLength": SEGMENT_SECONDS,
        "SegmentLength": SEGMENT_SECONDS,
        "SegmentControl": "SINGLE_FILE",
        "WriteHlsManifest": "ENABLED",
        "WriteDashManifest": "DISABLED",
    }
    return {
        "Name": "hls",
        "OutputGroupSettings": {"Type": "CMAF_GROUP_SETTINGS", "CmafGroupSettings": settings},
        "Outputs": outputs,
    }


def _file_group(name: str, destination: str, output: dict[str, Any]) -> dict[str, Any]:
    settings = {"Destination": destination}
    return {
        "Name": name,
        "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": settings},
        "Outputs": [output],
    }


def _rung(rendition: Rendition) -> dict[str, Any]:
    return {
        "NameModifier": f"_{rendition.name}",
        "ContainerSettings": {"Container": "CMFC"},
        "VideoDescription": _video(rendition),
    }


def _audio_rung() -> dict[str, Any]:
    return {
        "NameModifier": "_audio",
        "ContainerSettings": {"Container": "CMFC"},
        "AudioDescriptions": [_audio()],
    }


def _mp4(rendition: Rendition, audio: list[dict[str, Any]]) -> dict[str, Any]:
    output: dict[str, Any] = {
        "NameModifier": f"_{rendition.name}",
        "ContainerSettings": {
            "Container": "MP4",
            "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"},
        },
        "VideoDescription": _video(rendition),
    }
    if audio:
        output["AudioDescriptions"] = audio
    return output


def _stills(rendition: Rendition, duration_ms: int) -> dict[str, Any]:
    """Return an output of stills spread over the video, one every `duration / STILLS`."""
    capture = {
        "FramerateNumerator": STILLS * 1000,
        "FramerateDenominator": duration_ms,
        "MaxCaptures": STILLS,
        "Quality": STILL_QUALITY,
    }
    return {
        "ContainerSettings": {"Container": "RAW"},
        "VideoDescription": {
            "Width": rendition.width,
            "Height": rendition.height,
            "ScalingBehavior": "DEFAULT",
            "CodecSettings": {"Codec": "FRAME_CAPTURE", "FrameCaptureSettings": capture},
        },
    }


def _video(rendition: Rendition) -> dict[str, Any]:
    settings = {
        "RateControlMode": "QVBR",
        "QvbrSettings": {"QvbrQualityLevel": CRF_AT_QUALITY_0 - rendition.crf},
        "QualityTuningLevel": "SINGLE_PASS_HQ",  # the service has no QVBR with less
        "MaxBitrate": rendition.max_bitrate,
        "GopSize": SEGMENT_SECONDS,
        "GopSizeUnits": "SECONDS",
        "GopClosedCadence": 1,
        "SceneChangeDetect": "DISABLED",
    }
    return {
        "Width": rendition.width,
        "Height": rendition.height,
        "ScalingBehavior": "DEFAULT",
        "CodecSettings": {"Codec": "H_264", "H264Settings": settings},
    }


def _audio() -> dict[str, Any]:
    settings = {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000}
    return {
        "AudioSourceName": AUDIO_SELECTOR,
        "CodecSettings": {"Codec": "AAC", "AacSettings": settings},
    }


def _mp4_rendition(renditions: Sequence[Rendition]) -> Rendition:
    """Return the largest rung up to 720p, or the smallest there is."""
    fitting = [r for r in renditions if min(r.width, r.height) <= MP4_SHORT_EDGE]
    return fitting[0] if fitting else renditions[-1]
