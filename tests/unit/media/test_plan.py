"""Job documents: what we write is what MediaConvert's model allows and our worker honours."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.media.honoured import JobRefused
from chalicelib.media.plan import Movie, Stills, Stream, Wave
from chalicelib.media.reading import read_plan
from tests.unit.media.documents import av1, cover, document, preview

Change = Callable[[dict[str, Any]], Any]


def group(job: dict[str, Any], place: int) -> Any:
    return job["Settings"]["OutputGroups"][place]


def first_rung(job: dict[str, Any]) -> Any:
    return group(job, 0)["Outputs"][0]


def aac(job: dict[str, Any]) -> Any:
    return group(job, 0)["Outputs"][-1]["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]


def test_the_plan_says_what_was_asked_for() -> None:
    plan = read_plan({**document(), "Priority": 0})
    assert str(plan.source.place) == "s3://uploads/raw/abc/1/source"
    stream, movie, poster, frames, sound = plan.groups
    assert isinstance(stream, Stream)
    assert [rung.modifier for rung in stream.rungs] == ["_360p", "_480p", "_720p", "_1080p"]
    assert (stream.audio_modifier, stream.sound and stream.sound.bitrate) == ("_audio", 96_000)
    assert isinstance(movie, Movie)
    assert str(movie.place) == "s3://media/v/abc/1.1/main_720p"
    assert plan.twin_of(movie) == (stream, stream.rungs[2])
    assert isinstance(poster, Stills)
    assert isinstance(frames, Stills)
    assert (poster.interval, frames.interval) == pytest.approx((1.0, 0.5))
    assert isinstance(sound, Wave)
    assert sound.sample_rate == 11_025


def test_a_job_may_have_any_of_the_groups() -> None:
    for left_out in range(5):
        job = document()
        del job["Settings"]["OutputGroups"][left_out]
        assert len(read_plan(job).groups) == 4


def test_an_mp4_of_its_own_is_encoded() -> None:
    job = document()
    group(job, 1)["Outputs"][0]["VideoDescription"]["Width"] = 640
    plan = read_plan(job)
    assert isinstance(plan.groups[1], Movie)
    assert plan.twin_of(plan.groups[1]) is None


def test_what_may_be_done_to_the_input_is_read() -> None:
    job = cover(at_ms=1500, frame_rate=25)
    given = job["Settings"]["Inputs"][0]
    given["VideoSelector"]["Rotate"] = "DEGREES_270"
    given["InputClippings"][0]["EndTimecode"] = "00:00:02:00"
    given["ImageInserter"] = {"InsertableImages": [image(Layer=3), image(Layer=1, Width=20)]}
    source = read_plan(job).source
    assert (source.start, source.end, source.rotation) == ("00:00:01:12", "00:00:02:00", 270)
    assert [(laid.layer, laid.width, laid.opacity) for laid in source.images] == [
        (1, 20, 0.5),
        (3, None, 0.5),
    ]


def image(**more: int) -> dict[str, Any]:
    """Return an image to lay over the picture."""
    place = "s3://media/w/abc/1.1/title.png"
    given = {"ImageInserterInput": place, "ImageX": 10, "ImageY": 20, "Layer": 0, "Opacity": 50}
    return {**given, **more}


def test_the_job_carries_what_its_events_must_tell() -> None:
    assert document()["UserMetadata"] == {
        "video_id": "abc",
        "generation": "1",
        "attempt": "1",
        "step": "full",
    }


def test_a_key_may_hold_any_sign() -> None:
    job = document()
    job["Settings"]["Inputs"][0]["FileInput"] = "s3://uploads/raw/what?#%25.mov"
    assert read_plan(job).source.place.key == "raw/what?#%25.mov"


REFUSED: list[tuple[str, Change]] = [
    ("AccelerationSettings", lambda job: job.update(AccelerationSettings={"Mode": "ENABLED"})),
    ("Role", lambda job: job.pop("Role")),
    ("Settings.Inputs", lambda job: job["Settings"].update(Inputs=2 * job["Settings"]["Inputs"])),
    (
        "Settings.Inputs[0].Crop",
        lambda job: job["Settings"]["Inputs"][0].update(Crop={"X": 0}),
    ),
    (
        "Settings.Inputs[0].VideoSelector.Rotate",
        lambda job: job["Settings"]["Inputs"][0].update(VideoSelector={"Rotate": "DEGREES_45"}),
    ),
    (
        "Settings.Inputs[0].FileInput",
        lambda job: job["Settings"]["Inputs"][0].update(FileInput="https://elsewhere/x.mp4"),
    ),
    (
        "Settings.Inputs[0].FileInput",
        lambda job: job["Settings"]["Inputs"][0].update(FileInput="s3://bucket"),
    ),
    (
        "Settings.Inputs[0].AudioSelectors",
        lambda job: job["Settings"]["Inputs"][0].pop("AudioSelectors"),
    ),
    ("Settings.OutputGroups", lambda job: job["Settings"].update(OutputGroups=[])),
    ("Settings.OutputGroups[0].Name", lambda job: group(job, 0).pop("Name")),
    (
        "Settings.OutputGroups[0].OutputGroupSettings.CmafGroupSettings.SegmentLength",
        lambda job: group(job, 0)["OutputGroupSettings"]["CmafGroupSettings"].update(
            SegmentLength=6
        ),
    ),
    (
        "Settings.OutputGroups[0].OutputGroupSettings.CmafGroupSettings.Destination",
        lambda job: group(job, 0)["OutputGroupSettings"]["CmafGroupSettings"].update(
            Destination="s3://media/v/%v"
        ),
    ),
    (
        "Settings.OutputGroups[0].Outputs[0].NameModifier",
        lambda job: first_rung(job).update(NameModifier="_../../elsewhere"),
    ),
    (
        "Settings.OutputGroups[0].Outputs[0].AudioDescriptions",
        lambda job: first_rung(job).update(AudioDescriptions=[]),
    ),
    (
        "Settings.OutputGroups[0].Outputs[0].VideoDescription.Width",
        lambda job: first_rung(job)["VideoDescription"].pop("Width"),
    ),
    (
        "Settings.OutputGroups[0].Outputs[0].VideoDescription.Width",
        lambda job: first_rung(job)["VideoDescription"].update(Width=361),
    ),
    (
        "Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.Codec",
        lambda job: first_rung(job)["VideoDescription"]["CodecSettings"].update(Codec="VP9"),
    ),
    (
        "Settings.OutputGroups[0].Outputs[4].AudioDescriptions[0].CodecSettings.AacSettings"
        ".SampleRate",
        lambda job: aac(job).update(SampleRate=44_100),
    ),
    (
        "Settings.OutputGroups[0].OutputGroupSettings.Type",
        lambda job: group(job, 0)["OutputGroupSettings"].update(Type="HLS_GROUP_SETTINGS"),
    ),
    ("Settings.OutputGroups", lambda job: first_rung(job).update(NameModifier="_480p")),
    (
        "Settings.OutputGroups",
        lambda job: group(job, 3)["OutputGroupSettings"]["FileGroupSettings"].update(
            Destination="s3://media/v/abc/1.1/poster"
        ),
    ),
    (
        "Settings.OutputGroups[0].Outputs",
        lambda job: group(job, 0).update(Outputs=group(job, 0)["Outputs"][-1:]),
    ),
    (
        "Settings.OutputGroups[0].Outputs",
        lambda job: group(job, 0)["Outputs"].append(
            {**av1()["Settings"]["OutputGroups"][0]["Outputs"][0], "NameModifier": "_av1"}
        ),
    ),
    ("Settings.OutputGroups[1].Outputs", lambda job: group(job, 1).update(Outputs=[])),
    (
        "Settings.OutputGroups[1].Outputs",
        lambda job: group(job, 1).update(Outputs=2 * group(job, 1)["Outputs"]),
    ),
    (
        "Settings.OutputGroups[1].Outputs[0].ContainerSettings.Container",
        lambda job: group(job, 1)["Outputs"][0].update(ContainerSettings={"Container": "MOV"}),
    ),
    (
        "Settings.Inputs[0].InputClippings[0].StartTimecode",
        lambda job: job["Settings"]["Inputs"][0].update(
            InputClippings=[{"StartTimecode": "00:00:01;00"}]
        ),
    ),
    (
        "Settings.Inputs[0].ImageInserter.InsertableImages[0].FadeIn",
        lambda job: job["Settings"]["Inputs"][0].update(
            ImageInserter={"InsertableImages": [image(FadeIn=100)]}
        ),
    ),
]


@pytest.mark.parametrize(("path", "change"), REFUSED)
def test_what_is_not_honoured_is_refused_with_its_path(path: str, change: Change) -> None:
    job = document()
    change(job)
    with pytest.raises(JobRefused) as refused:
        read_plan(job)
    assert refused.value.path == path
    assert refused.value.reason


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("InputClippings", {"InputClippings": [{"StartTimecode": "00:00:01:00"}]}),
        ("VideoSelector.Rotate", {"VideoSelector": {"Rotate": "DEGREES_90"}}),
        ("ImageInserter", {"ImageInserter": {"InsertableImages": [image()]}}),
    ],
)
def test_what_is_copied_cannot_be_changed(name: str, change: dict[str, Any]) -> None:
    job = preview()
    job["Settings"]["Inputs"][0].update(change)
    with pytest.raises(JobRefused, match="PASSTHROUGH") as refused:
        read_plan(job)
    assert refused.value.path == f"Settings.Inputs[0].{name}"


def test_the_service_model_is_asked_too() -> None:
    with pytest.raises(JobRefused, match="video_id"):
        read_plan({**document(), "UserMetadata": {"video_id": 1}})
