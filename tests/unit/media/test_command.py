"""What ffmpeg is told to do."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from chalicelib.media.command import build_command, build_remux
from chalicelib.media.filters import build_graph, frame_rate
from chalicelib.media.models import Probe, Transfer
from chalicelib.media.plan import Movie
from chalicelib.media.reading import read_plan
from chalicelib.media.spans import Span, find_span
from tests.unit.media.documents import av1, cover, document, preview
from tests.unit.media.probes import PROBE


def command(job: dict[str, Any], probe: Probe = PROBE) -> list[str]:
    plan = read_plan(job)
    made = {
        place: Path(f"/job/{place}")
        for place, group in enumerate(plan.groups)
        if not (isinstance(group, Movie) and plan.twin_of(group))
    }
    return build_command(
        Path("/bin/ffmpeg"), Path("/job/source"), made, images=[], plan=plan, probe=probe,
        span=find_span(plan, probe), seconds=100,
    )  # fmt: skip


def graph_of(job: dict[str, Any], probe: Probe = PROBE) -> str:
    return build_graph(read_plan(job), probe, Span(0.0, 8.0))


def after(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]


def test_one_decode_serves_all_rungs_and_the_stills() -> None:
    argv = command(document())
    assert argv.count("-i") == 1
    graph = after(argv, "-filter_complex")
    assert graph.startswith("[0:1]")
    assert [size for size in ("1080:1920", "720:1280", "480:854", "360:640") if size in graph] == [
        "1080:1920",
        "720:1280",
        "480:854",
        "360:640",
    ]
    assert graph.count("scale=") == 5  # the poster is as large as one of the rungs


def test_the_smallest_rung_is_the_first_variant() -> None:
    argv = command(document())
    assert after(argv, "-var_stream_map").split()[0] == "v:0,agroup:sound,name:360p"
    assert after(argv, "-map") == "[g0o0]"
    assert after(argv, "-crf:v:0") == "25"
    assert after(argv, "-crf:v:3") == "23"
    assert after(argv, "-preset:v:0") == "veryfast"


def test_only_the_container_that_was_probed_is_read_and_only_from_a_file() -> None:
    argv = command(document())
    assert after(argv, "-f") == "mov"
    assert argv.index("-f") < argv.index("-i")
    assert after(argv, "-protocol_whitelist") == "file"


def test_nothing_of_the_source_but_picture_and_sound_is_kept() -> None:
    argv = command(document())
    assert after(argv, "-map_metadata") == "-1"
    assert after(argv, "-map_chapters") == "-1"
    assert "0:2" in argv
    assert after(argv, "-ac") == "2"


def test_a_silent_source_maps_no_sound() -> None:
    job = document(has_audio=False)
    argv = command(job, dataclasses.replace(PROBE, audio=None, audio_tracks=()))
    assert "-c:a" not in argv
    assert "agroup" not in after(argv, "-var_stream_map")
    stream = read_plan(job).streams[0]
    remux = build_remux(
        Path("/bin/ffmpeg"), Path("/out"), stream=stream, rung=stream.rungs[0],
        target=Path("/out/x.mp4"),
    )  # fmt: skip
    assert remux.count("-i") == 1


def test_a_copy_decodes_nothing() -> None:
    argv = command(preview())
    assert "-filter_complex" not in argv
    assert (after(argv, "-c:v"), after(argv, "-c:a")) == ("copy", "copy")
    assert "remove_types=6" in after(argv, "-bsf:v")


def test_a_cover_is_read_from_its_frame_on() -> None:
    argv = command(cover(at_ms=1500, frame_rate=PROBE.frame_rate))
    assert float(after(argv, "-ss")) == pytest.approx(1.5, abs=0.005)
    assert argv.index("-ss") < argv.index("-i")
    assert after(argv, "-frames:v") == "1"
    late = command(cover(at_ms=99_000, frame_rate=PROBE.frame_rate))
    assert float(after(late, "-ss")) == pytest.approx(8 - 1 / 30, abs=0.005)


def test_av1_begins_when_h264_does() -> None:
    argv = command(av1())
    assert after(argv, "-c:v:0") == "libsvtav1"
    assert float(after(argv, "-output_ts_offset")) == pytest.approx(2 / 30, abs=1e-5)
    assert "-output_ts_offset" not in command(document())
    assert after(argv, "-force_key_frames:v:0") == after(
        command(document()), "-force_key_frames:v:0"
    )


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
    assert "bwdif" not in graph_of(document())
    graph = graph_of(document(), dataclasses.replace(PROBE, interlaced=True))
    assert graph.startswith("[0:1]bwdif")


@pytest.mark.parametrize(("transfer", "trc"), [("pq", "smpte2084"), ("hlg", "arib-std-b67")])
def test_high_dynamic_range_is_mapped_after_scaling(transfer: Transfer, trc: str) -> None:
    graph = graph_of(document(), dataclasses.replace(PROBE, transfer=transfer))
    assert graph.index("scale=1080:1920") < graph.index(f"color_trc={trc}") < graph.index("tonemap")
    assert "tonemap" not in graph_of(document())


def test_colours_are_assumed_only_where_the_file_names_none() -> None:
    assert "in_color_matrix" not in graph_of(document())
    graph = graph_of(document(), dataclasses.replace(PROBE, assumed_matrix="bt709"))
    assert graph.count("in_color_matrix=bt709") == 1
