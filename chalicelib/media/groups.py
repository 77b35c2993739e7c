"""Output groups of job documents, and the outputs in them."""

from collections.abc import Sequence
from typing import Any

from chalicelib.media.models import Rendition

SEGMENT_SECONDS = 2
AUDIO_SELECTOR = "Audio Selector 1"
CRF_AT_QUALITY_0 = 31  # x264 CRF 23, 24, 25 are quality levels 8, 7, 6
AV1_BITRATE = 0.6  # of what H.264 gets at most
WAVE_RATE = 11_025  # Hz: what the sound's fingerprint listens to


def stream_group(name: str, destination: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a CMAF group with an HLS manifest; the first output is the rung to start with."""
    settings = {
        "Destination": destination,
        "FragmentLength": SEGMENT_SECONDS,
        "SegmentLength": SEGMENT_SECONDS,
        "SegmentControl": "SINGLE_FILE",
        "WriteHlsManifest": "ENABLED",
        "WriteDashManifest": "DISABLED",
    }
    return {
        "Name": name,
        "OutputGroupSettings": {"Type": "CMAF_GROUP_SETTINGS", "CmafGroupSettings": settings},
        "Outputs": outputs,
    }


def file_group(name: str, destination: str, output: dict[str, Any]) -> dict[str, Any]:
    """Return a group of one file, or of stills that are numbered."""
    settings = {"Destination": destination}
    return {
        "Name": name,
        "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": settings},
        "Outputs": [output],
    }


def h264_rungs(renditions: Sequence[Rendition]) -> list[dict[str, Any]]:
    """Return the outputs of a ladder, smallest first."""
    return [_rung(rendition, _h264(rendition)) for rendition in reversed(renditions)]


def av1_rungs(renditions: Sequence[Rendition]) -> list[dict[str, Any]]:
    """Return the outputs of a ladder in AV1, smallest first."""
    return [_rung(rendition, _av1(rendition)) for rendition in reversed(renditions)]


def audio_rung() -> dict[str, Any]:
    """Return the stream's sound."""
    return {
        "NameModifier": "_audio",
        "ContainerSettings": {"Container": "CMFC"},
        "AudioDescriptions": [aac()],
    }


def movie(
    video: dict[str, Any], audio: dict[str, Any] | None, modifier: str | None = None
) -> dict[str, Any]:
    """Return a progressive MP4."""
    output: dict[str, Any] = {
        "ContainerSettings": {
            "Container": "MP4",
            "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"},
        },
        "VideoDescription": video,
    }
    if modifier:
        output["NameModifier"] = modifier
    if audio:
        output["AudioDescriptions"] = [audio]
    return output


def stills(width: int, height: int, *, interval_ms: int, most: int, quality: int) -> dict[str, Any]:
    """Return an output of stills, the first frame and one every interval after it."""
    capture = {
        "FramerateNumerator": 1000,
        "FramerateDenominator": interval_ms,
        "MaxCaptures": most,
        "Quality": quality,
    }
    return {
        "ContainerSettings": {"Container": "RAW"},
        "VideoDescription": _picture(
            width, height, {"Codec": "FRAME_CAPTURE", "FrameCaptureSettings": capture}
        ),
    }


def wave() -> dict[str, Any]:
    """Return the sound as samples for its fingerprint: mono, 16 bits."""
    settings = {"BitDepth": 16, "Channels": 1, "Format": "RIFF", "SampleRate": WAVE_RATE}
    description = {
        "AudioSourceName": AUDIO_SELECTOR,
        "CodecSettings": {"Codec": "WAV", "WavSettings": settings},
    }
    return {"ContainerSettings": {"Container": "RAW"}, "AudioDescriptions": [description]}


def h264(rendition: Rendition) -> dict[str, Any]:
    """Return the picture of a rung."""
    return _picture(rendition.width, rendition.height, _h264(rendition))


def copied_video() -> dict[str, Any]:
    """Return the source's own picture, as it is."""
    return {"CodecSettings": {"Codec": "PASSTHROUGH"}}


def aac() -> dict[str, Any]:
    """Return the sound of streams and movies."""
    settings = {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000}
    return {
        "AudioSourceName": AUDIO_SELECTOR,
        "CodecSettings": {"Codec": "AAC", "AacSettings": settings},
    }


def copied_audio() -> dict[str, Any]:
    """Return the source's own sound, as it is."""
    return {"AudioSourceName": AUDIO_SELECTOR, "CodecSettings": {"Codec": "PASSTHROUGH"}}


def _rung(rendition: Rendition, codec: dict[str, Any]) -> dict[str, Any]:
    return {
        "NameModifier": f"_{rendition.name}",
        "ContainerSettings": {"Container": "CMFC"},
        "VideoDescription": _picture(rendition.width, rendition.height, codec),
    }


def _picture(width: int, height: int, codec: dict[str, Any]) -> dict[str, Any]:
    return {
        "Width": width,
        "Height": height,
        "ScalingBehavior": "DEFAULT",
        "CodecSettings": codec,
    }


def _h264(rendition: Rendition) -> dict[str, Any]:
    settings = {
        "RateControlMode": "QVBR",
        "QvbrSettings": {"QvbrQualityLevel": _level(rendition)},
        "QualityTuningLevel": "SINGLE_PASS_HQ",  # the service has no QVBR with less
        "MaxBitrate": rendition.max_bitrate,
        "GopSize": SEGMENT_SECONDS,
        "GopSizeUnits": "SECONDS",
        "GopClosedCadence": 1,
        "SceneChangeDetect": "DISABLED",
    }
    return {"Codec": "H_264", "H264Settings": settings}


def _av1(rendition: Rendition) -> dict[str, Any]:
    settings = {
        "RateControlMode": "QVBR",
        "QvbrSettings": {"QvbrQualityLevel": _level(rendition)},
        "MaxBitrate": round(AV1_BITRATE * rendition.max_bitrate),
        "BitDepth": "BIT_8",
    }
    return {"Codec": "AV1", "Av1Settings": settings}


def _level(rendition: Rendition) -> int:
    return CRF_AT_QUALITY_0 - rendition.crf
