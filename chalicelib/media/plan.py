"""Reads a job document into what our worker does; refuses, with the path, whatever it doesn't.

A document must be one that the worker honours, agree with itself, and satisfy botocore's own
model of the service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chalicelib.media.honoured import JobRefused, check_honoured

_GROUPS = "Settings.OutputGroups"


@dataclass(frozen=True)
class Location:
    """An object, or the common beginning of several objects' keys, in a bucket."""

    bucket: str
    key: str

    @property
    def folder(self) -> str:
        """The key up to its last slash."""
        return self.key.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The key after its last slash."""
        return self.key.rpartition("/")[2]

    def beside(self, name: str) -> "Location":
        """Return another object of the same folder."""
        return Location(self.bucket, f"{self.folder}/{name}".lstrip("/"))

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
    """Everything the worker needs to know of a job. All outputs go into one folder."""

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
    check_honoured(document)
    _check_model(document)
    settings = document["Settings"]
    groups = {group["Name"]: group for group in settings["OutputGroups"]}
    if set(groups) != {"hls", "mp4", "poster"}:
        raise JobRefused(_GROUPS, "must be the groups hls, mp4 and poster")
    outputs = groups["hls"]["Outputs"]
    mp4, poster = groups["mp4"]["Outputs"][0], groups["poster"]["Outputs"][0]
    sound = _sound(outputs)
    plan = Plan(
        source=parse_location(settings["Inputs"][0]["FileInput"]),
        hls=_destination(groups["hls"], "CmafGroupSettings"),
        mp4=_destination(groups["mp4"], "FileGroupSettings"),
        poster=_destination(groups["poster"], "FileGroupSettings"),
        rungs=tuple(_rung(output) for output in outputs if "VideoDescription" in output),
        mp4_rung=_rung(mp4),
        stills=_stills(poster["VideoDescription"]),
        audio_modifier=sound["NameModifier"] if sound else None,
        audio_bitrate=_aac(sound)["Bitrate"] if sound else 0,
    )
    _check_names(plan)
    _check_folders(plan)
    _check_sound(settings["Inputs"][0], sound, mp4)
    return plan


def parse_location(uri: str) -> Location:
    """Return the bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return Location(bucket, key)


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


def _check_names(plan: Plan) -> None:
    """Outputs must not overwrite each other, and the MP4 is one of the rungs."""
    named = [*(rung.modifier for rung in plan.rungs), *filter(None, [plan.audio_modifier])]
    if not plan.rungs or len(set(named)) < len(named):
        raise JobRefused(f"{_GROUPS}[hls].Outputs", f"must have pictures, each of its own: {named}")
    if plan.mp4_rung not in plan.rungs:
        reason = "must be one of the hls group's outputs; it is remuxed, not encoded again"
        raise JobRefused(f"{_GROUPS}[mp4].Outputs[0].VideoDescription", reason)


def _check_folders(plan: Plan) -> None:
    for name, place in (("mp4", plan.mp4), ("poster", plan.poster)):
        if (place.bucket, place.folder) != (plan.hls.bucket, plan.hls.folder):
            path = f"{_GROUPS}[{name}].OutputGroupSettings.FileGroupSettings.Destination"
            raise JobRefused(path, f"must be in the folder of {plan.hls}")


def _check_sound(
    given: Mapping[str, Any], sound: Mapping[str, Any] | None, mp4: Mapping[str, Any]
) -> None:
    """The stream and the MP4 must have the same sound, out of the input's selector."""
    wanted = sound["AudioDescriptions"] if sound else None
    if mp4.get("AudioDescriptions") != wanted:
        reason = "must be that of the hls group; it is not encoded again"
        raise JobRefused(f"{_GROUPS}[mp4].Outputs[0].AudioDescriptions", reason)
    selectors = set(given.get("AudioSelectors", {}))
    used = {track["AudioSourceName"] for track in wanted or ()}
    if selectors != used:
        reason = f"the outputs use {sorted(used)}, there are {sorted(selectors)}"
        raise JobRefused("Settings.Inputs[0].AudioSelectors", reason)


def _sound(outputs: list[dict[str, Any]]) -> dict[str, Any] | None:
    tracks = [output for output in outputs if "VideoDescription" not in output]
    if len(tracks) > 1:
        raise JobRefused(f"{_GROUPS}[hls].Outputs", "must have one output of sound at most")
    return tracks[0] if tracks else None


def _aac(track: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = track["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]
    return settings


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
    return parse_location(group["OutputGroupSettings"][settings]["Destination"])
