"""What our worker honours of a job document, as a tree of the same shape.

Nothing in a document is ignored: a key, a value or a further output that isn't here is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class JobRefused(Exception):
    """A job document asks for what can't be honoured; `path` says where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """A value that must be what `says` says."""

    says: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Optional:
    """A key that may be missing."""

    schema: Any


@dataclass(frozen=True)
class Several:
    """A list of one element or more, at most so many."""

    schema: Any
    most: int


@dataclass(frozen=True)
class Choice:
    """A structure that is of one of several kinds; `kind` tells which by its content."""

    kind: Callable[[Mapping[str, Any]], str]
    schemas: Mapping[str, Any]


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _whole(least: int, step: int = 1) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= least and value % step == 0


TEXT = Rule("a text", _matches("(?s).+"))
METADATA = Rule("names and values", lambda value: isinstance(value, Mapping))
FILE = Rule("an s3:// URI of an object", _matches(r"s3://[^/]+/.+"))
# File names are made of these two; ffmpeg reads a `%` in them as a pattern.
PREFIX = Rule(
    "an s3:// URI whose last part is a plain name", _matches(r"s3://[^/]+/(?:[^/]+/)*[A-Za-z0-9-]+")
)
MODIFIER = Rule("an underscore with small letters or digits", _matches("_[a-z0-9]+"))
COUNT = Rule("a whole number from 1", _whole(1))
EDGE = Rule("an even number of pixels", _whole(2, 2))
BITRATE = Rule("bits per second, at least 1000", _whole(1000))
LEVEL = Rule("from 1 to 10", lambda value: type(value) is int and 1 <= value <= 10)  # noqa: PLR2004
QUALITY = Rule("from 1 to 100", lambda value: type(value) is int and 1 <= value <= 100)  # noqa: PLR2004


def _only(*values: object) -> frozenset[object]:
    return frozenset(values)


H264 = {
    "RateControlMode": _only("QVBR"),
    "QvbrSettings": {"QvbrQualityLevel": LEVEL},
    "QualityTuningLevel": Optional(_only("SINGLE_PASS_HQ")),
    "MaxBitrate": BITRATE,
    "GopSize": _only(2),
    "GopSizeUnits": _only("SECONDS"),
    "GopClosedCadence": _only(1),
    "SceneChangeDetect": _only("DISABLED"),
}
CAPTURE = {
    "FramerateNumerator": COUNT,
    "FramerateDenominator": COUNT,
    "MaxCaptures": COUNT,
    "Quality": QUALITY,
}


def _picture(codec: str, settings: str, schema: object) -> dict[str, Any]:
    return {
        "Width": EDGE,
        "Height": EDGE,
        "ScalingBehavior": _only("DEFAULT"),
        "CodecSettings": {"Codec": _only(codec), settings: schema},
    }


VIDEO = _picture("H_264", "H264Settings", H264)
SOUND = {
    "AudioSourceName": TEXT,
    "CodecSettings": {
        "Codec": _only("AAC"),
        "AacSettings": {
            "Bitrate": BITRATE,
            "CodingMode": _only("CODING_MODE_2_0"),
            "SampleRate": _only(48_000),
        },
    },
}
RUNG = {
    "NameModifier": MODIFIER,
    "ContainerSettings": {"Container": _only("CMFC")},
    "VideoDescription": VIDEO,
}
TRACK = {
    "NameModifier": MODIFIER,
    "ContainerSettings": {"Container": _only("CMFC")},
    "AudioDescriptions": Several(SOUND, 1),
}
MP4 = {
    "NameModifier": MODIFIER,
    "ContainerSettings": {
        "Container": _only("MP4"),
        "Mp4Settings": {"MoovPlacement": _only("PROGRESSIVE_DOWNLOAD")},
    },
    "VideoDescription": VIDEO,
    "AudioDescriptions": Optional(Several(SOUND, 1)),
}
STILLS = {
    "ContainerSettings": {"Container": _only("RAW")},
    "VideoDescription": _picture("FRAME_CAPTURE", "FrameCaptureSettings", CAPTURE),
}
CMAF = {
    "Type": _only("CMAF_GROUP_SETTINGS"),
    "CmafGroupSettings": {
        "Destination": PREFIX,
        "FragmentLength": _only(2),
        "SegmentLength": _only(2),
        "SegmentControl": _only("SINGLE_FILE"),
        "WriteHlsManifest": _only("ENABLED"),
        "WriteDashManifest": _only("DISABLED"),
    },
}
FILES = {"Type": _only("FILE_GROUP_SETTINGS"), "FileGroupSettings": {"Destination": PREFIX}}


def _group(name: str, settings: object, output: object, most: int) -> dict[str, Any]:
    return {
        "Name": _only(name),
        "OutputGroupSettings": settings,
        "Outputs": Several(output, most),
    }


STREAM = Choice(
    lambda output: "rung" if "VideoDescription" in output else "track",
    {"rung": RUNG, "track": TRACK},
)
GROUP = Choice(
    lambda group: str(group.get("Name")),
    {
        "hls": _group("hls", CMAF, STREAM, 16),
        "mp4": _group("mp4", FILES, MP4, 1),
        "poster": _group("poster", FILES, STILLS, 1),
    },
)
INPUT = {
    "FileInput": FILE,
    "TimecodeSource": _only("ZEROBASED"),
    "VideoSelector": {"Rotate": _only("AUTO")},
    "AudioSelectors": Optional({"Audio Selector 1": {"DefaultSelection": _only("DEFAULT")}}),
}
JOB = {
    "ClientRequestToken": TEXT,
    "Queue": TEXT,
    "Role": TEXT,
    "Priority": Optional(Rule("a whole number", lambda value: type(value) is int)),
    "StatusUpdateInterval": Optional(TEXT),  # we report every second: as often as any asks for
    "UserMetadata": Optional(METADATA),
    "Settings": {"Inputs": Several(INPUT, 1), "OutputGroups": Several(GROUP, 3)},
}


def check_honoured(document: Mapping[str, Any]) -> None:
    """Raise JobRefused at the first thing in a job document that the worker doesn't honour."""
    _check(document, JOB, "")


def _check(value: Any, schema: Any, path: str) -> None:
    if isinstance(schema, Choice):
        _check_choice(value, schema, path)
    elif isinstance(schema, Several):
        _check_list(value, schema, path)
    elif isinstance(schema, Mapping):
        _check_structure(value, schema, path)
    elif isinstance(schema, Rule):
        if not schema.holds(value):
            raise JobRefused(path, f"{value!r} must be {schema.says}")
    elif not any(value == known and type(value) is type(known) for known in schema):
        names = ", ".join(sorted(map(repr, schema)))
        raise JobRefused(path, f"{value!r} is not honoured by this worker; use {names}")


def _check_choice(value: Any, schema: Choice, path: str) -> None:
    kind = schema.kind(value) if isinstance(value, Mapping) else ""
    if kind not in schema.schemas:
        raise JobRefused(path, f"{kind!r} must be one of {', '.join(schema.schemas)}")
    _check(value, schema.schemas[kind], path)


def _check_list(value: Any, schema: Several, path: str) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= schema.most:
        raise JobRefused(path, f"must be a list of 1 to {schema.most}")
    for place, item in enumerate(value):
        _check(item, schema.schema, f"{path}[{place}]")


def _check_structure(value: Any, schema: Mapping[str, Any], path: str) -> None:
    if not isinstance(value, Mapping):
        raise JobRefused(path, "must be a structure")
    for key in value:
        if key not in schema:
            raise JobRefused(f"{path}.{key}".lstrip("."), "is not honoured; leave it out")
    for key, inner in schema.items():
        optional = isinstance(inner, Optional)
        if key in value:
            given = inner.schema if optional else inner
            _check(value[key], given, f"{path}.{key}".lstrip("."))
        elif not optional:
            raise JobRefused(f"{path}.{key}".lstrip("."), "is needed")
