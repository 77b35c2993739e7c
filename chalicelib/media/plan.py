"""Reads a job document into what our worker does; refuses, with the path, whatever it doesn't.

Nothing in a document is ignored: every key must be one that is honoured here, and the whole must
satisfy botocore's own model of the service.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

HONOURED = frozenset(
    """
    ClientRequestToken Queue Role Priority StatusUpdateInterval UserMetadata
    Settings.Inputs[].FileInput Settings.Inputs[].TimecodeSource
    Settings.Inputs[].VideoSelector.Rotate
    Settings.Inputs[].AudioSelectors.{}.DefaultSelection
    Settings.OutputGroups[].Name
    Settings.OutputGroups[].OutputGroupSettings.Type
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.Destination
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.FragmentLength
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.SegmentLength
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.SegmentControl
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.WriteHlsManifest
    Settings.OutputGroups[].OutputGroupSettings.CmafGroupSettings.WriteDashManifest
    Settings.OutputGroups[].OutputGroupSettings.FileGroupSettings.Destination
    Settings.OutputGroups[].Outputs[].NameModifier
    Settings.OutputGroups[].Outputs[].ContainerSettings.Container
    Settings.OutputGroups[].Outputs[].ContainerSettings.Mp4Settings.MoovPlacement
    Settings.OutputGroups[].Outputs[].VideoDescription.Width
    Settings.OutputGroups[].Outputs[].VideoDescription.Height
    Settings.OutputGroups[].Outputs[].VideoDescription.ScalingBehavior
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.Codec
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.RateControlMode
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.MaxBitrate
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.GopSize
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.GopSizeUnits
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.GopClosedCadence
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.SceneChangeDetect
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.H264Settings.QvbrSettings.QvbrQualityLevel
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.FrameCaptureSettings.FramerateNumerator
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.FrameCaptureSettings.FramerateDenominator
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.FrameCaptureSettings.MaxCaptures
    Settings.OutputGroups[].Outputs[].VideoDescription.CodecSettings.FrameCaptureSettings.Quality
    Settings.OutputGroups[].Outputs[].AudioDescriptions[].AudioSourceName
    Settings.OutputGroups[].Outputs[].AudioDescriptions[].CodecSettings.Codec
    Settings.OutputGroups[].Outputs[].AudioDescriptions[].CodecSettings.AacSettings.Bitrate
    Settings.OutputGroups[].Outputs[].AudioDescriptions[].CodecSettings.AacSettings.CodingMode
    Settings.OutputGroups[].Outputs[].AudioDescriptions[].CodecSettings.AacSettings.SampleRate
    """.split()  # noqa: SIM905 - a list to read
)  # fmt: skip

# Where a key is honoured for some of its values only.
VALUES: Mapping[str, frozenset[Any]] = {
    "TimecodeSource": frozenset({"ZEROBASED"}),
    "Rotate": frozenset({"AUTO"}),
    "DefaultSelection": frozenset({"DEFAULT"}),
    "Type": frozenset({"CMAF_GROUP_SETTINGS", "FILE_GROUP_SETTINGS"}),
    "SegmentControl": frozenset({"SINGLE_FILE"}),
    "SegmentLength": frozenset({2}),
    "FragmentLength": frozenset({2}),
    "WriteHlsManifest": frozenset({"ENABLED"}),
    "WriteDashManifest": frozenset({"DISABLED"}),
    "Container": frozenset({"CMFC", "MP4", "RAW"}),
    "MoovPlacement": frozenset({"PROGRESSIVE_DOWNLOAD"}),
    "ScalingBehavior": frozenset({"DEFAULT"}),
    "Codec": frozenset({"H_264", "AAC", "FRAME_CAPTURE"}),
    "RateControlMode": frozenset({"QVBR"}),
    "GopSize": frozenset({2}),
    "GopSizeUnits": frozenset({"SECONDS"}),
    "GopClosedCadence": frozenset({1}),
    "SceneChangeDetect": frozenset({"DISABLED"}),
    "CodingMode": frozenset({"CODING_MODE_2_0"}),
}


class JobRefused(Exception):
    """A job document asks for what can't be honoured; `path` says where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Location:
    """An object, or a prefix, in a bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Rung:
    """One video output. `modifier` is its part of the file names, such as `_360p`."""

    modifier: str
    width: int
    height: int
    quality: int
    max_bitrate: int


@dataclass(frozen=True)
class Stills:
    """Pictures at regular moments, the first at the very beginning."""

    width: int
    height: int
    interval: float  # seconds
    most: int
    quality: int


@dataclass(frozen=True)
class Plan:
    """Everything the worker needs to know of a job."""

    source: Location
    hls: Location
    mp4: Location
    poster: Location
    rungs: tuple[Rung, ...]  # in the manifest's order
    mp4_rung: Rung
    stills: Stills
    audio_modifier: str | None
    audio_bitrate: int


def read_plan(document: Mapping[str, Any]) -> Plan:
    """Return what a CreateJob request asks for.

    Raises JobRefused for anything that is wrong, or that this worker doesn't honour.
    """
    _check_model(document)
    _check_honoured(document)
    groups = {group["Name"]: group for group in document["Settings"]["OutputGroups"]}
    if set(groups) != {"hls", "mp4", "poster"}:
        raise JobRefused("Settings.OutputGroups", "must be the groups hls, mp4 and poster")
    outputs = groups["hls"]["Outputs"]
    rungs = tuple(_rung(output) for output in outputs if "VideoDescription" in output)
    audio = [output for output in outputs if "VideoDescription" not in output]
    mp4_rung = _rung(groups["mp4"]["Outputs"][0])
    if mp4_rung not in rungs:
        reason = "must be one of the hls group's outputs; it is remuxed, not encoded again"
        raise JobRefused("Settings.OutputGroups[mp4].Outputs[0].VideoDescription", reason)
    sound = audio[0]["AudioDescriptions"][0]["CodecSettings"]["AacSettings"] if audio else None
    return Plan(
        source=_location(document["Settings"]["Inputs"][0]["FileInput"]),
        hls=_destination(groups["hls"], "CmafGroupSettings"),
        mp4=_destination(groups["mp4"], "FileGroupSettings"),
        poster=_destination(groups["poster"], "FileGroupSettings"),
        rungs=rungs,
        mp4_rung=mp4_rung,
        stills=_stills(groups["poster"]["Outputs"][0]["VideoDescription"]),
        audio_modifier=audio[0]["NameModifier"] if audio else None,
        audio_bitrate=int(sound["Bitrate"]) if sound else 0,
    )


@lru_cache(maxsize=1)
def _create_job_shape() -> Any:
    import botocore.session  # noqa: PLC0415 - heavy, and only workers need it

    model = botocore.session.get_session().get_service_model("mediaconvert")
    return model.operation_model("CreateJob").input_shape


def _check_model(document: Mapping[str, Any]) -> None:
    from botocore.validate import ParamValidator  # noqa: PLC0415

    report = ParamValidator().validate(dict(document), _create_job_shape())
    if report.has_errors():
        raise JobRefused("CreateJob", report.generate_report())


def _check_honoured(document: Mapping[str, Any]) -> None:
    for shown, pattern, value in _leaves(document):
        if pattern.startswith("UserMetadata."):
            continue
        if pattern not in HONOURED:
            raise JobRefused(shown, "is not honoured by this worker; leave it out")
        known = VALUES.get(pattern.rpartition(".")[2])
        if known is not None and value not in known:
            raise JobRefused(shown, f"{value!r} is not honoured; use {sorted(map(str, known))}")


def _leaves(value: Any, shown: str = "", pattern: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield every leaf with its path as the document has it, and as the table above has it."""
    if isinstance(value, Mapping):
        named = pattern.endswith("AudioSelectors")
        for key, item in value.items():
            step = "{}" if named else key
            yield from _leaves(item, f"{shown}.{key}".strip("."), f"{pattern}.{step}".strip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{shown}[{place}]", f"{pattern}[]")
    else:
        yield shown, pattern, value


def _rung(output: Mapping[str, Any]) -> Rung:
    video = output["VideoDescription"]
    h264 = video["CodecSettings"]["H264Settings"]
    return Rung(
        modifier=output["NameModifier"],
        width=video["Width"],
        height=video["Height"],
        quality=h264["QvbrSettings"]["QvbrQualityLevel"],
        max_bitrate=h264["MaxBitrate"],
    )


def _stills(video: Mapping[str, Any]) -> Stills:
    capture = video["CodecSettings"]["FrameCaptureSettings"]
    return Stills(
        width=video["Width"],
        height=video["Height"],
        interval=capture["FramerateDenominator"] / capture["FramerateNumerator"],
        most=capture["MaxCaptures"],
        quality=capture["Quality"],
    )


def _destination(group: Mapping[str, Any], settings: str) -> Location:
    return _location(group["OutputGroupSettings"][settings]["Destination"])


def _location(uri: str) -> Location:
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise JobRefused(uri, "must be an s3:// URI with a bucket and a key")
    return Location(parts.netloc, parts.path.lstrip("/"))
