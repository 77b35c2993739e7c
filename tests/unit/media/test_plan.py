"""Job documents: what we write is what MediaConvert's model allows and our worker honours."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.media.honoured import JobRefused
from chalicelib.media.plan import read_plan
from tests.unit.media.documents import document

Change = Callable[[dict[str, Any]], Any]


def group(job: dict[str, Any], place: int) -> Any:
    return job["Settings"]["OutputGroups"][place]


def first_rung(job: dict[str, Any]) -> Any:
    return group(job, 0)["Outputs"][0]


def aac(job: dict[str, Any]) -> Any:
    return group(job, 0)["Outputs"][-1]["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]


def test_our_own_documents_are_valid() -> None:
    read_plan(document())
    read_plan(document(has_audio=False, width=320, height=240))
    read_plan({**document(), "Priority": 0})


def test_the_plan_says_what_was_asked_for() -> None:
    plan = read_plan(document())
    assert str(plan.source) == "s3://uploads/raw/abc/1/source"
    assert [rung.modifier for rung in plan.rungs] == ["_360p", "_480p", "_720p", "_1080p"]
    assert plan.mp4_rung.modifier == "_720p"
    assert (plan.audio_modifier, plan.audio_bitrate) == ("_audio", 96_000)
    assert plan.stills.interval == pytest.approx(1.0)


def test_the_job_carries_what_its_events_must_tell() -> None:
    assert document()["UserMetadata"] == {
        "video_id": "abc",
        "generation": "1",
        "attempt": "1",
        "step": "full",
    }


def test_a_silent_source_has_no_audio_group() -> None:
    plan = read_plan(document(has_audio=False))
    assert plan.audio_modifier is None


def test_the_progressive_file_is_the_largest_rung_up_to_720p() -> None:
    assert read_plan(document(width=640, height=480)).mp4_rung.modifier == "_480p"


def test_a_key_may_hold_any_sign() -> None:
    job = document()
    job["Settings"]["Inputs"][0]["FileInput"] = "s3://uploads/raw/what?#%25.mov"
    assert read_plan(job).source.key == "raw/what?#%25.mov"


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
        lambda job: job["Settings"]["Inputs"][0].update(VideoSelector={"Rotate": "DEGREES_90"}),
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
    ("Settings.OutputGroups", lambda job: job["Settings"]["OutputGroups"].pop()),
    ("Settings.OutputGroups[0]", lambda job: group(job, 0).pop("Name")),
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
        lambda job: first_rung(job)["VideoDescription"]["CodecSettings"].update(Codec="AV1"),
    ),
    (
        "Settings.OutputGroups[0].Outputs[4].AudioDescriptions[0].CodecSettings.AacSettings"
        ".SampleRate",
        lambda job: aac(job).update(SampleRate=44_100),
    ),
    (
        "Settings.OutputGroups[hls].Outputs",
        lambda job: first_rung(job).update(NameModifier="_480p"),
    ),
    ("Settings.OutputGroups[1].Outputs", lambda job: group(job, 1).update(Outputs=[])),
    (
        "Settings.OutputGroups[1].Outputs",
        lambda job: group(job, 1).update(Outputs=2 * group(job, 1)["Outputs"]),
    ),
    (
        "Settings.OutputGroups[mp4].Outputs[0].VideoDescription",
        lambda job: group(job, 1)["Outputs"][0]["VideoDescription"].update(Width=640),
    ),
    (
        "Settings.OutputGroups[mp4].Outputs[0].AudioDescriptions",
        lambda job: group(job, 1)["Outputs"][0].pop("AudioDescriptions"),
    ),
    (
        "Settings.OutputGroups[mp4].OutputGroupSettings.FileGroupSettings.Destination",
        lambda job: group(job, 1)["OutputGroupSettings"]["FileGroupSettings"].update(
            Destination="s3://elsewhere/main"
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


def test_the_service_model_is_asked_too() -> None:
    with pytest.raises(JobRefused, match="video_id"):
        read_plan({**document(), "UserMetadata": {"video_id": 1}})
