"""Job documents: what we write is what MediaConvert's model allows and our worker honours."""

import copy
from typing import Any

import pytest

from chalicelib.media.jobs import full_job
from chalicelib.media.ladder import ladder
from chalicelib.media.plan import JobRefused, read_plan


def _document(*, has_audio: bool = True, width: int = 1080, height: int = 1920) -> dict[str, Any]:
    return full_job(
        source="s3://uploads/raw/abc/1/source",
        destination="s3://media/v/abc/1.1",
        renditions=ladder(width, height),
        has_audio=has_audio,
        duration_ms=8000,
        token="abc-1-1-full",
        metadata={"video_id": "abc", "attempt": "1"},
        queue="arn:aws:mediaconvert:::queues/clipwave",
        role="arn:aws:iam:::role/clipwave-transcoder",
    )


def test_our_own_documents_are_valid() -> None:
    read_plan(_document())
    read_plan(_document(has_audio=False, width=320, height=240))


def test_the_plan_says_what_was_asked_for() -> None:
    plan = read_plan(_document())
    assert str(plan.source) == "s3://uploads/raw/abc/1/source"
    assert [rung.modifier for rung in plan.rungs] == ["_360p", "_480p", "_720p", "_1080p"]
    assert plan.mp4_rung.modifier == "_720p"
    assert plan.audio_modifier == "_audio"
    assert plan.stills.interval == pytest.approx(1.0)


def test_a_silent_source_has_no_audio_group() -> None:
    plan = read_plan(_document(has_audio=False))
    assert plan.audio_modifier is None


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("Settings", "Inputs", 0, "Crop"), {"X": 0}, "Settings.Inputs[0].Crop.X"),
        (("AccelerationSettings",), {"Mode": "ENABLED"}, "AccelerationSettings.Mode"),
        (
            ("Settings", "Inputs", 0, "VideoSelector", "Rotate"),
            "DEGREES_90",
            "Settings.Inputs[0].VideoSelector.Rotate",
        ),
        (("Settings", "Inputs", 0, "FileInput"), "https://elsewhere/x.mp4", "https://elsewhere"),
        (("Settings", "Inputs", 0, "FileInput"), "s3://bucket", "s3://bucket"),
    ],
)
def test_what_is_not_honoured_is_refused_with_its_path(
    path: tuple[str | int, ...], value: object, named: str
) -> None:
    document: Any = copy.deepcopy(_document())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(JobRefused) as refused:
        read_plan(document)
    assert named in str(refused.value)


def test_the_service_model_is_asked_too() -> None:
    document = _document()
    del document["Role"]
    with pytest.raises(JobRefused, match="Role"):
        read_plan(document)


def test_an_mp4_of_another_size_is_refused() -> None:
    document = _document()
    document["Settings"]["OutputGroups"][1]["Outputs"][0]["VideoDescription"]["Width"] = 640
    with pytest.raises(JobRefused, match="remuxed"):
        read_plan(document)
