"""What ffmpeg is told to do."""

import dataclasses
from pathlib import Path

import pytest

from chalicelib.media.command import build_command, build_graph, build_remux, frame_rate
from chalicelib.media.models import AudioStream, Probe, Transfer
from chalicelib.media.plan import Plan, read_plan
from tests.unit.media.documents import document

PROBE = Probe(
    container="mov",
    video_codec="h264",
    pixel_format="yuv420p",
    width=1080,
    height=1920,
    rotation=0,
    duration_ms=8000,
    frame_rate=30.0,
    transfer="sdr",
    assumed_matrix=None,
    interlaced=False,
    video_index=1,
    audio=AudioStream(2, "aac", 6, 44_100),
)


def command(plan: Plan, probe: Probe = PROBE) -> list[str]:
    return build_command(
        Path("/bin/ffmpeg"), Path("/job/source"), Path("/job/out"), plan=plan, probe=probe,
        seconds=100,
    )  # fmt: skip


def after(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]


def test_one_decode_serves_all_rungs_and_the_stills() -> None:
    argv = command(read_plan(document()))
    assert argv.count("-i") == 1
    graph = after(argv, "-filter_complex")
    assert graph.startswith("[0:1]")
    assert [size for size in ("1080:1920", "720:1280", "480:854", "360:640") if size in graph] == [
        "1080:1920",
        "720:1280",
        "480:854",
        "360:640",
    ]
    assert graph.endswith("[pictures]")


def test_the_smallest_rung_is_the_first_variant() -> None:
    argv = command(read_plan(document()))
    assert after(argv, "-var_stream_map").split()[0] == "v:0,agroup:sound,name:360p"
    assert after(argv, "-map") == "[v3]"
    assert after(argv, "-crf:v:0") == "25"
    assert after(argv, "-crf:v:3") == "23"


def test_only_the_container_that_was_probed_is_read_and_only_from_a_file() -> None:
    argv = command(read_plan(document()))
    assert after(argv, "-f") == "mov"
    assert argv.index("-f") < argv.index("-i")
    assert after(argv, "-protocol_whitelist") == "file"


def test_nothing_of_the_source_but_picture_and_sound_is_kept() -> None:
    argv = command(read_plan(document()))
    assert after(argv, "-map_metadata") == "-1"
    assert after(argv, "-map_chapters") == "-1"
    assert "0:2" in argv
    assert after(argv, "-ac") == "2"


def test_a_silent_source_maps_no_sound() -> None:
    plan = read_plan(document(has_audio=False))
    argv = command(plan, dataclasses.replace(PROBE, audio=None))
    assert "-c:a" not in argv
    assert "agroup" not in after(argv, "-var_stream_map")
    remux = build_remux(Path("/bin/ffmpeg"), Path("/out"), plan=plan, target=Path("/out/x.mp4"))
    assert remux.count("-i") == 1


@pytest.mark.parametrize(
    ("source", "made"),
    [
        (29.97, 30), (23.976, 24), (25, 25), (30, 30), (12.5, 12.5), (0.5, 1),
        (50, 25), (48, 24), (59.94, 30), (60.2, 30), (120, 30), (100, 25), (33, 30), (10.01, 10.01),
    ],
)  # fmt: skip
def test_frame_rates_stay_even(source: float, made: float) -> None:
    assert frame_rate(dataclasses.replace(PROBE, frame_rate=source)) == pytest.approx(made)


def test_interlaced_pictures_are_woven_before_anything_else() -> None:
    plan = read_plan(document())
    assert "bwdif" not in build_graph(plan, PROBE)
    graph = build_graph(plan, dataclasses.replace(PROBE, interlaced=True))
    assert graph.startswith("[0:1]bwdif")


@pytest.mark.parametrize(("transfer", "trc"), [("pq", "smpte2084"), ("hlg", "arib-std-b67")])
def test_high_dynamic_range_is_mapped_after_scaling(transfer: Transfer, trc: str) -> None:
    probe = dataclasses.replace(PROBE, transfer=transfer)
    graph = build_graph(read_plan(document()), probe)
    assert graph.index("scale=1080:1920") < graph.index(f"color_trc={trc}") < graph.index("tonemap")
    assert "tonemap" not in build_graph(read_plan(document()), PROBE)


def test_colours_are_assumed_only_where_the_file_names_none() -> None:
    plan = read_plan(document())
    assert "in_color_matrix" not in build_graph(plan, PROBE)
    graph = build_graph(plan, dataclasses.replace(PROBE, assumed_matrix="bt709"))
    assert graph.count("in_color_matrix=bt709") == 1
