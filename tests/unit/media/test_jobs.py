"""The documents of all steps, by the shape that docs/media-pipeline.md gives them."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from chalicelib.media.jobs import frame_interval
from chalicelib.media.reading import read_plan
from tests.unit.media.documents import av1, cover, document, preview

ALL = {
    "full": document(),
    "full, silent": document(has_audio=False),
    "full, tiny": document(width=100, height=100, duration_ms=300),
    "full, long and thin": document(width=4000, height=101, duration_ms=180_000),
    "preview": preview(),
    "preview, encoded": preview(remux=False, sound_remux=False),
    "preview, silent": preview(has_audio=False),
    "cover": cover(),
    "av1": av1(),
}


def groups(job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {group["Name"]: group for group in job["Settings"]["OutputGroups"]}


def destination(group: dict[str, Any]) -> str:
    settings = group["OutputGroupSettings"]
    place: str = settings.get("CmafGroupSettings", settings.get("FileGroupSettings"))["Destination"]
    return place


def capture(group: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = group["Outputs"][0]["VideoDescription"]["CodecSettings"]
    found: dict[str, Any] = settings["FrameCaptureSettings"]
    return found


@pytest.mark.parametrize("name", ALL)
def test_documents_are_what_the_service_takes_and_our_worker_honours(name: str) -> None:
    model = botocore.session.get_session().get_service_model("mediaconvert")
    shape = model.operation_model("CreateJob").input_shape
    assert ParamValidator().validate(ALL[name], shape).generate_report() == ""
    read_plan(ALL[name])


def test_every_group_has_its_own_place() -> None:
    assert {name: destination(group) for name, group in groups(document()).items()} == {
        "hls": "s3://media/v/abc/1.1/main",
        "mp4": "s3://media/v/abc/1.1/main",
        "poster": "s3://media/v/abc/1.1/poster",
        "frames": "s3://media/w/abc/1.1/frames",
        "sound": "s3://media/w/abc/1.1/sound",
    }
    assert destination(groups(preview())["preview"]) == "s3://media/p/abc/1.1/preview"
    assert destination(groups(cover())["poster"]) == "s3://media/v/abc/1.1/cover-1500"
    assert destination(groups(av1())["av1"]) == "s3://media/v/abc/1.1/av1"


def test_a_silent_source_has_no_sound_to_make() -> None:
    assert "sound" not in groups(document(has_audio=False))


@pytest.mark.parametrize(
    ("duration_ms", "interval_ms"), [(300, 500), (60_000, 500), (90_000, 750), (180_000, 1500)]
)
def test_frames_come_twice_a_second_or_more_seldom(duration_ms: int, interval_ms: int) -> None:
    frames = capture(groups(document(duration_ms=duration_ms))["frames"])
    assert 1000 * frames["FramerateDenominator"] / frames["FramerateNumerator"] == interval_ms
    assert frames["MaxCaptures"] == 120
    assert frame_interval(duration_ms) == interval_ms / 1000


@pytest.mark.parametrize(
    ("source", "made"),
    [((1080, 1920), (90, 160)), ((1920, 1080), (160, 90)), ((4000, 101), (160, 32))],
)
def test_frames_are_small(source: tuple[int, int], made: tuple[int, int]) -> None:
    width, height = source
    video = groups(document(width=width, height=height))["frames"]["Outputs"][0]["VideoDescription"]
    assert (video["Width"], video["Height"]) == made


def test_av1_has_the_sizes_of_the_ladder_and_no_sound() -> None:
    outputs = groups(av1())["av1"]["Outputs"]
    assert [output["NameModifier"] for output in outputs] == ["_360p", "_480p", "_720p", "_1080p"]
    assert {output["VideoDescription"]["CodecSettings"]["Codec"] for output in outputs} == {"AV1"}
    assert "AudioSelectors" not in av1()["Settings"]["Inputs"][0]


def test_a_preview_is_copied_where_it_can_be() -> None:
    def codecs(job: dict[str, Any]) -> tuple[str, str]:
        output = groups(job)["preview"]["Outputs"][0]
        video, audio = output["VideoDescription"], output["AudioDescriptions"][0]
        return video["CodecSettings"]["Codec"], audio["CodecSettings"]["Codec"]

    assert codecs(preview()) == ("PASSTHROUGH", "PASSTHROUGH")
    assert codecs(preview(sound_remux=False)) == ("PASSTHROUGH", "AAC")
    assert codecs(preview(remux=False, sound_remux=False)) == ("H_264", "AAC")
