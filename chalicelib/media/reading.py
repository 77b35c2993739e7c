"""Reads a job document into a plan; refuses, with the path, whatever our worker doesn't do.

A document must be one that the worker honours, agree with itself, and satisfy botocore's own
model of the service.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from chalicelib.media.honoured import JobRefused, check_honoured, file_kind, group_kind
from chalicelib.media.plan import (
    Group,
    Image,
    Location,
    Movie,
    Picture,
    Plan,
    Rung,
    Sound,
    Source,
    Stills,
    Stream,
    Wave,
    parse_location,
)

_GROUPS = "Settings.OutputGroups"
_INPUT = "Settings.Inputs[0]"
_ROTATIONS = {"AUTO": None, "DEGREE_0": 0, "DEGREES_90": 90, "DEGREES_180": 180, "DEGREES_270": 270}
_CODEC_SETTINGS = {"H_264": "H264Settings", "AV1": "Av1Settings"}


def read_plan(document: Mapping[str, Any]) -> Plan:
    """Return what a CreateJob request asks for.

    Raises JobRefused for anything that is wrong, or that this worker doesn't honour.
    """
    check_honoured(document)
    _check_model(document)
    settings = document["Settings"]
    plan = Plan(
        source=_source(settings["Inputs"][0]),
        groups=tuple(_group(group) for group in settings["OutputGroups"]),
    )
    _check_streams(plan)
    _check_names(plan)
    _check_copies(plan)
    _check_selectors(settings)
    return plan


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


def _check_streams(plan: Plan) -> None:
    for place, group in enumerate(plan.groups):
        if not isinstance(group, Stream):
            continue
        path = f"{_GROUPS}[{place}].Outputs"
        if not group.rungs:
            raise JobRefused(path, "must have pictures")
        if len({rung.picture.codec for rung in group.rungs}) > 1:
            raise JobRefused(path, "must all have the same codec")


def _check_names(plan: Plan) -> None:
    """Outputs must not overwrite each other."""
    names = Counter(str(name) for group in plan.groups for name in _names(group))
    for name, times in names.items():
        if times > 1:
            raise JobRefused(_GROUPS, f"{times} outputs would be called {name}")


def _names(group: Group) -> Iterator[str]:
    """Return what an output's files are called, as far as others could be called the same."""
    if isinstance(group, Stream):
        yield f"{group.place}.m3u8"
        for modifier in (*(rung.modifier for rung in group.rungs), group.audio_modifier):
            if modifier is not None:
                yield f"{group.place}{modifier}.m3u8"
    else:
        ending = {Movie: "mp4", Stills: "jpg", Wave: "wav"}[type(group)]
        yield f"{group.place}.{ending}"


def _check_copies(plan: Plan) -> None:
    """What isn't decoded can't be changed."""
    source = plan.source
    changes = {
        "InputClippings": source.start or source.end,
        "VideoSelector.Rotate": source.rotation is not None,
        "ImageInserter": source.images,
    }
    for group in plan.groups:
        if not isinstance(group, Movie):
            continue
        copies_sound = group.sound is not None and group.sound.bitrate is None
        for name, wanted in changes.items():
            if wanted and (group.picture is None or (copies_sound and name == "InputClippings")):
                raise JobRefused(f"{_INPUT}.{name}", "can't be done to a PASSTHROUGH output")


def _check_selectors(settings: Mapping[str, Any]) -> None:
    """All sound comes out of the input's selector, which is there for nothing else."""
    used = {
        track["AudioSourceName"]
        for group in settings["OutputGroups"]
        for output in group["Outputs"]
        for track in output.get("AudioDescriptions", ())
    }
    selectors = set(settings["Inputs"][0].get("AudioSelectors", {}))
    if selectors != used:
        reason = f"the outputs use {sorted(used)}, there are {sorted(selectors)}"
        raise JobRefused(f"{_INPUT}.AudioSelectors", reason)


def _source(given: Mapping[str, Any]) -> Source:
    clipping = given.get("InputClippings", [{}])[0]
    selectors = given.get("AudioSelectors", {}).values()
    images = given.get("ImageInserter", {}).get("InsertableImages", [])
    return Source(
        place=parse_location(given["FileInput"]),
        start=clipping.get("StartTimecode"),
        end=clipping.get("EndTimecode"),
        rotation=_ROTATIONS[given["VideoSelector"]["Rotate"]],
        track=next((s["Tracks"][0] for s in selectors if "Tracks" in s), None),
        images=tuple(sorted(map(_image, images), key=lambda image: image.layer)),
    )


def _image(given: Mapping[str, Any]) -> Image:
    return Image(
        place=parse_location(given["ImageInserterInput"]),
        x=given["ImageX"],
        y=given["ImageY"],
        width=given.get("Width"),
        height=given.get("Height"),
        layer=given["Layer"],
        opacity=given["Opacity"] / 100,
        start=given.get("StartTime"),
        duration_ms=given.get("Duration"),
    )


def _group(group: Mapping[str, Any]) -> Group:
    if group_kind(group) == "CMAF_GROUP_SETTINGS":
        return _stream(_destination(group, "CmafGroupSettings"), group["Outputs"])
    place, output = _destination(group, "FileGroupSettings"), group["Outputs"][0]
    kind = file_kind(output)
    if kind == "stills":
        return _stills(place, output["VideoDescription"])
    if kind == "wave":
        settings = output["AudioDescriptions"][0]["CodecSettings"]["WavSettings"]
        return Wave(place, settings["Channels"], settings["SampleRate"])
    named = Location(place.bucket, place.key + output.get("NameModifier", ""))
    return Movie(named, _picture(output["VideoDescription"]), _sound(output))


def _stream(place: Location, outputs: list[dict[str, Any]]) -> Stream:
    rungs, tracks = [], []
    for output in outputs:
        if "VideoDescription" in output:
            picture = _picture(output["VideoDescription"])
            assert picture is not None  # noqa: S101 - the tree has no rung without a codec
            rungs.append(Rung(output["NameModifier"], picture))
        else:
            tracks.append(output)
    if len(tracks) > 1:
        raise JobRefused(f"{_GROUPS}[{place.name}].Outputs", "must have one of sound at most")
    modifier = tracks[0]["NameModifier"] if tracks else None
    return Stream(place, tuple(rungs), modifier, _sound(tracks[0]) if tracks else None)


def _picture(video: Mapping[str, Any]) -> Picture | None:
    codec = video["CodecSettings"]["Codec"]
    if codec == "PASSTHROUGH":
        return None
    settings = video["CodecSettings"][_CODEC_SETTINGS[codec]]
    return Picture(
        codec=codec,
        width=video["Width"],
        height=video["Height"],
        quality=settings["QvbrSettings"]["QvbrQualityLevel"],
        max_bitrate=settings["MaxBitrate"],
    )


def _sound(output: Mapping[str, Any]) -> Sound | None:
    if "AudioDescriptions" not in output:
        return None
    codec = output["AudioDescriptions"][0]["CodecSettings"]
    return Sound(codec["AacSettings"]["Bitrate"] if codec["Codec"] == "AAC" else None)


def _stills(place: Location, video: Mapping[str, Any]) -> Stills:
    capture = video["CodecSettings"]["FrameCaptureSettings"]
    return Stills(
        place=place,
        width=video["Width"],
        height=video["Height"],
        interval=capture["FramerateDenominator"] / capture["FramerateNumerator"],
        most=capture["MaxCaptures"],
        quality=capture["Quality"],
    )


def _destination(group: Mapping[str, Any], settings: str) -> Location:
    return parse_location(group["OutputGroupSettings"][settings]["Destination"])
