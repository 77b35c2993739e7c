"""What our worker honours of a job document, as a tree of the same shape.

Nothing in a document is ignored: a key, a value or a further output that isn't here is refused.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.media.schema import (
    Choice,
    Mismatch,
    Optional,
    Rule,
    Several,
    check,
    matching,
    only,
    whole,
)


class JobRefused(Mismatch):
    """A job document asks for what can't be honoured; `path` says where."""


TEXT = matching("(?s).+", "a text")
METADATA = Rule("names and values", lambda value: isinstance(value, Mapping))
FILE = matching(r"s3://[^/]+/.+", "an s3:// URI of an object")
PNG = matching(r"s3://[^/]+/.+\.(png|PNG)", "an s3:// URI of a PNG picture")
# File names are made of these two; ffmpeg reads a `%` in them as a pattern.
PREFIX = matching(
    r"s3://[^/]+/(?:[^/]+/)*[A-Za-z0-9-]+", "an s3:// URI whose last part is a plain name"
)
MODIFIER = matching("_[a-z0-9]+", "an underscore with small letters or digits")
TIMECODE = matching(r"\d\d:[0-5]\d:[0-5]\d:\d\d", "a timecode HH:MM:SS:FF")
_INT32 = (1 << 31) - 1
COUNT = whole(1, _INT32, "a whole number from 1")
PLACE = whole(0, _INT32, "a whole number from 0")
EDGE = whole(32, 8192, "an even number of pixels from 32", step=2)
BITRATE = whole(6_000, _INT32, "bits per second, at least 6000")
RATE = whole(8_000, 192_000, "samples per second, at least 8000")
LEVEL = whole(1, 10, "from 1 to 10")
QUALITY = whole(1, 100, "from 1 to 100")
OPACITY = whole(0, 100, "from 0 to 100")

_QVBR = {
    "RateControlMode": only("QVBR"),
    "QvbrSettings": {"QvbrQualityLevel": LEVEL},
    "MaxBitrate": BITRATE,
}
H264 = {
    **_QVBR,
    "QualityTuningLevel": Optional(only("SINGLE_PASS_HQ")),
    "GopSize": only(2),
    "GopSizeUnits": only("SECONDS"),
    "GopClosedCadence": only(1),
    "SceneChangeDetect": only("DISABLED"),
}
AV1 = {**_QVBR, "BitDepth": only("BIT_8")}
CAPTURE = {
    "FramerateNumerator": COUNT,
    "FramerateDenominator": COUNT,
    "MaxCaptures": COUNT,
    "Quality": QUALITY,
}
_AAC = {
    "Bitrate": BITRATE,
    "CodingMode": only("CODING_MODE_2_0"),
    "SampleRate": only(48_000),
}
_WAV = {
    "BitDepth": only(16),
    "Channels": whole(1, 2, "1 or 2 channels"),
    "Format": only("RIFF"),
    "SampleRate": RATE,
}


def _codec(structure: Mapping[str, Any]) -> str:
    settings = structure.get("CodecSettings")
    return str(settings.get("Codec")) if isinstance(settings, Mapping) else ""


def _picture(codec: str, settings: str, schema: object) -> dict[str, Any]:
    return {
        "Width": EDGE,
        "Height": EDGE,
        # A size of the source's own shape: there is nothing to fit, fill or crop.
        "ScalingBehavior": only("DEFAULT"),
        "CodecSettings": {"Codec": only(codec), settings: schema},
    }


def _sound(codec: str, **settings: object) -> dict[str, Any]:
    return {"AudioSourceName": TEXT, "CodecSettings": {"Codec": only(codec), **settings}}


_CODEC_AT = "CodecSettings.Codec"
_H264_PICTURE = _picture("H_264", "H264Settings", H264)
_AV1_PICTURE = _picture("AV1", "Av1Settings", AV1)
_AAC_SOUND = _sound("AAC", AacSettings=_AAC)
_COPY = {"CodecSettings": {"Codec": only("PASSTHROUGH")}}

RUNG = {
    "NameModifier": MODIFIER,
    "ContainerSettings": {"Container": only("CMFC")},
    "VideoDescription": Choice(_CODEC_AT, _codec, {"H_264": _H264_PICTURE, "AV1": _AV1_PICTURE}),
}
TRACK = {
    "NameModifier": MODIFIER,
    "ContainerSettings": {"Container": only("CMFC")},
    "AudioDescriptions": Several(_AAC_SOUND, 1),
}
MOVIE = {
    "NameModifier": Optional(MODIFIER),
    "ContainerSettings": {
        "Container": only("MP4"),
        "Mp4Settings": {"MoovPlacement": only("PROGRESSIVE_DOWNLOAD")},
    },
    "VideoDescription": Choice(_CODEC_AT, _codec, {"H_264": _H264_PICTURE, "PASSTHROUGH": _COPY}),
    "AudioDescriptions": Optional(
        Several(
            Choice(_CODEC_AT, _codec, {"AAC": _AAC_SOUND, "PASSTHROUGH": _sound("PASSTHROUGH")}), 1
        )
    ),
}
STILLS = {
    "ContainerSettings": {"Container": only("RAW")},
    "VideoDescription": _picture("FRAME_CAPTURE", "FrameCaptureSettings", CAPTURE),
}
WAVE = {
    "ContainerSettings": {"Container": only("RAW")},
    "AudioDescriptions": Several(_sound("WAV", WavSettings=_WAV), 1),
}
CMAF = {
    "Type": only("CMAF_GROUP_SETTINGS"),
    "CmafGroupSettings": {
        "Destination": PREFIX,
        "FragmentLength": only(2),
        "SegmentLength": only(2),
        "SegmentControl": only("SINGLE_FILE"),
        "WriteHlsManifest": only("ENABLED"),
        "WriteDashManifest": only("DISABLED"),
    },
}
FILES = {"Type": only("FILE_GROUP_SETTINGS"), "FileGroupSettings": {"Destination": PREFIX}}


def _stream_kind(output: Mapping[str, Any]) -> str:
    return "rung" if "VideoDescription" in output else "track"


def file_kind(output: Mapping[str, Any]) -> str:
    """Return what kind of file an output of a file group is: a movie, stills or a wave."""
    settings = output.get("ContainerSettings")
    container = settings.get("Container") if isinstance(settings, Mapping) else None
    if container != "RAW":
        return str(container)
    return "stills" if "VideoDescription" in output else "wave"


def group_kind(group: Mapping[str, Any]) -> str:
    """Return the type of an output group's settings."""
    settings = group.get("OutputGroupSettings")
    return str(settings.get("Type")) if isinstance(settings, Mapping) else ""


_FILE = Choice(
    "ContainerSettings.Container", file_kind, {"MP4": MOVIE, "stills": STILLS, "wave": WAVE}
)
_STREAM = Choice("", _stream_kind, {"rung": RUNG, "track": TRACK})
GROUP = Choice(
    "OutputGroupSettings.Type",
    group_kind,
    {
        "CMAF_GROUP_SETTINGS": {
            "Name": TEXT,
            "OutputGroupSettings": CMAF,
            "Outputs": Several(_STREAM, 16),
        },
        "FILE_GROUP_SETTINGS": {
            "Name": TEXT,
            "OutputGroupSettings": FILES,
            "Outputs": Several(_FILE, 1),
        },
    },
)
IMAGE = {
    "ImageInserterInput": PNG,
    "ImageX": PLACE,
    "ImageY": PLACE,
    "Layer": whole(0, 99, "from 0 to 99"),
    "Opacity": OPACITY,
    "Width": Optional(COUNT),
    "Height": Optional(COUNT),
    "StartTime": Optional(TIMECODE),
    "Duration": Optional(COUNT),
}
_SELECTOR = Choice(
    "",
    lambda selector: "track" if "Tracks" in selector else "default",
    {
        "default": {"DefaultSelection": only("DEFAULT")},
        "track": {"SelectorType": only("TRACK"), "Tracks": Several(COUNT, 1)},
    },
)
_CLIPPING = {"StartTimecode": Optional(TIMECODE), "EndTimecode": Optional(TIMECODE)}
INPUT = {
    "FileInput": FILE,
    "TimecodeSource": only("ZEROBASED"),
    "InputClippings": Optional(Several(_CLIPPING, 1)),
    "VideoSelector": {
        "Rotate": only("AUTO", "DEGREE_0", "DEGREES_90", "DEGREES_180", "DEGREES_270")
    },
    "AudioSelectors": Optional({"Audio Selector 1": _SELECTOR}),
    "ImageInserter": Optional({"InsertableImages": Several(IMAGE, 8)}),
}
JOB = {
    "ClientRequestToken": TEXT,
    "Queue": TEXT,
    "Role": TEXT,
    "Priority": Optional(Rule("a whole number", lambda value: type(value) is int)),
    "StatusUpdateInterval": Optional(TEXT),  # we report every second: as often as any asks for
    "UserMetadata": Optional(METADATA),
    "Settings": {"Inputs": Several(INPUT, 1), "OutputGroups": Several(GROUP, 8)},
}


def check_honoured(document: Mapping[str, Any]) -> None:
    """Raise JobRefused at the first thing in a job document that the worker doesn't honour."""
    try:
        check(document, JOB)
    except Mismatch as error:
        raise JobRefused(error.path, error.reason) from error
