"""Recipes: their JSON, what they make of a clip's length and size, and what ffmpeg is told."""

import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.media.effects import (
    Effects,
    Fit,
    Look,
    Text,
    TextSize,
    Trim,
    check_output_duration,
    output_duration_ms,
)
from chalicelib.media.effects_graph import LOOKS, Canvas, canvas_for, picture_graph, sound_graph
from chalicelib.media.models import AudioStream, MediaRejected, Probe
from chalicelib.media.render import build_render
from tests.unit.media import probes

SOUND = AudioStream(3, "aac", 6, 44_100)
PROBE = dataclasses.replace(
    probes.PROBE, width=1920, height=1080, audio=SOUND, audio_tracks=(SOUND,)
)
SILENT = dataclasses.replace(PROBE, audio=None)
HELLO = Text("Hello", 0.5, 0.25, "m", "#ffcc00")


def picture(effects: Effects, probe: Probe = PROBE) -> str:
    canvas = canvas_for(effects.fit, probe.width, probe.height)
    return picture_graph(effects, probe, canvas, 1)


def sound(effects: Effects, probe: Probe = PROBE, *, chosen: bool = True) -> str:
    graph = sound_graph(effects, probe, chosen=chosen)
    assert graph is not None
    return graph


def gains(graph: str) -> list[float]:
    return [float(gain) for gain in re.findall(r"volume=([\d.]+)", graph)]


def argv(effects: Effects, probe: Probe, *, chosen: bool) -> list[str]:
    return build_render(
        Path("/bin/ffmpeg"),
        Path("/job/source"),
        Path("/job/mezzanine.mp4"),
        effects=effects,
        probe=probe,
        canvas=canvas_for(effects.fit, probe.width, probe.height),
        sound=Path("/job/sound") if chosen else None,
        letterings=[Path(f"/job/text{place}.png") for place in range(len(effects.text))],
        cpu_seconds=60,
    )


def test_only_what_differs_from_the_defaults_is_stored() -> None:
    assert Effects().to_json() == {}
    assert Effects(speed=2, text=(HELLO,)).to_json() == {
        "speed": 2,
        "text": [{"text": "Hello", "x": 0.5, "y": 0.25, "size": "m", "color": "#ffcc00"}],
    }
    assert not Effects(sound_mix=0.5).is_empty


def test_a_stored_recipe_of_another_form_is_an_error() -> None:
    for found in ({"blur": 1}, {"trim": {"start_ms": 1}}, {"text": [{"text": "x"}]}):
        with pytest.raises(TypeError):
            Effects.from_json(found)


@pytest.mark.parametrize(
    ("effects", "milliseconds"),
    [
        (Effects(), 8000),
        (Effects(speed=2), 4000),
        (Effects(speed=0.5), 16_000),
        (Effects(trim=Trim(1000, 3000), speed=0.5), 4000),
        (Effects(trim=Trim(7000, 9000)), 1000),
        (Effects(trim=Trim(8500, 9000)), 0),
    ],
)
def test_the_length_follows_from_trim_and_speed(effects: Effects, milliseconds: int) -> None:
    assert output_duration_ms(effects, 8000) == milliseconds


def test_no_video_becomes_shorter_or_longer_than_videos_may_be() -> None:
    assert check_output_duration(Effects(speed=2), 600) == 300
    with pytest.raises(MediaRejected, match="media_too_short"):
        check_output_duration(Effects(speed=2), 590)
    with pytest.raises(MediaRejected, match="media_too_long"):
        check_output_duration(Effects(speed=0.5), 90_001)


@pytest.mark.parametrize(
    ("fit", "size", "canvas"),
    [
        ("none", (3840, 2160), Canvas(1920, 1080, 1920, 1080)),
        ("none", (321, 241), Canvas(320, 240, 320, 240)),
        ("crop", (1920, 1080), Canvas(608, 1080, 1920, 1080)),
        ("crop", (2160, 3840), Canvas(1080, 1920, 1080, 1920)),
        ("crop", (1080, 2400), Canvas(1080, 1920, 1080, 2400)),
        ("crop", (100, 100), Canvas(144, 256, 256, 256)),
        ("pad", (1920, 1080), Canvas(1080, 1920, 1080, 608)),
        ("pad", (1080, 2400), Canvas(1080, 1920, 864, 1920)),
        ("pad", (1080, 1920), Canvas(1080, 1920, 1080, 1920)),
    ],
)
def test_the_size_of_the_output(fit: Fit, size: tuple[int, int], canvas: Canvas) -> None:
    assert canvas_for(fit, *size) == canvas


@given(st.sampled_from(get_args(Fit)), st.integers(100, 4096), st.integers(100, 4096))
def test_any_size_becomes_one_that_can_be_encoded(fit: Fit, width: int, height: int) -> None:
    canvas = canvas_for(fit, width, height)
    assert all(edge >= 2 and edge % 2 == 0 for edge in dataclasses.astuple(canvas))
    assert 100 <= min(canvas.width, canvas.height) <= 1080
    assert max(canvas.width, canvas.height) <= 4096
    if fit == "none":
        assert abs(canvas.width / canvas.height / (width / height) - 1) < 0.03
    else:
        assert abs(canvas.width / canvas.height - 9 / 16) < 0.01
    covers = canvas.source_width >= canvas.width and canvas.source_height >= canvas.height
    inside = canvas.source_width <= canvas.width and canvas.source_height <= canvas.height
    assert covers if fit == "crop" else inside


def test_effects_come_in_their_order() -> None:
    effects = Effects(mirror=True, filter="mono", fit="crop", text=(HELLO,))
    steps = ["fps=", "scale=", "crop=608:1080", "hflip", "hue=s=0", "overlay="]
    places = [picture(effects).index(step) for step in steps]
    assert places == sorted(places)


def test_bars_are_added_after_the_filter_and_so_stay_black() -> None:
    graph = picture(Effects(filter="warm", fit="pad"))
    assert graph.index(LOOKS["warm"]) < graph.index("pad=1080:1920")


def test_the_streams_are_those_that_the_probe_chose() -> None:
    assert picture(Effects()).startswith("[0:1]")
    assert "[0:3]" in sound(Effects())


def test_hdr_is_tone_mapped_and_interlaced_pictures_are_made_whole() -> None:
    assert "tonemap" not in picture(Effects())
    assert "tonemap" in picture(Effects(), dataclasses.replace(PROBE, transfer="hlg"))
    assert "bwdif" in picture(Effects(), dataclasses.replace(PROBE, interlaced=True))


def test_nothing_to_hear_makes_no_sound_stream() -> None:
    assert sound_graph(Effects(volume=2), SILENT, chosen=False) is None


@pytest.mark.parametrize(
    ("effects", "probe", "chosen", "expected"),
    [
        (Effects(volume=1.5, sound_mix=0.9), PROBE, False, [1.5]),
        (Effects(), PROBE, True, [0.5, 0.5]),
        (Effects(volume=2, sound_mix=0.25), PROBE, True, [1.5, 0.25]),
        (Effects(sound_mix=1), PROBE, True, [0, 1]),
        (Effects(), SILENT, True, [1]),
        (Effects(sound_mix=0), SILENT, True, [0]),
    ],
)
def test_what_is_heard_and_how_loud(
    effects: Effects, probe: Probe, chosen: bool, expected: list[float]
) -> None:
    assert gains(sound(effects, probe, chosen=chosen)) == expected


TEXTS = st.builds(
    Text,
    text=st.text(max_size=80),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    size=st.sampled_from(get_args(TextSize)),
    color=st.from_regex("#[0-9a-f]{6}", fullmatch=True),
    start_ms=st.integers(0, 600_000),
    end_ms=st.none() | st.integers(1, 600_000),
)
RECIPES = st.builds(
    Effects,
    trim=st.none() | st.builds(Trim, start_ms=st.integers(0, 7000), end_ms=st.just(9000)),
    speed=st.floats(0.5, 2),
    filter=st.sampled_from(get_args(Look)),
    fit=st.sampled_from(get_args(Fit)),
    mirror=st.booleans(),
    text=st.lists(TEXTS, max_size=10).map(tuple),
    volume=st.floats(0, 2),
    sound_mix=st.none() | st.floats(0, 1),
)


@given(RECIPES)
def test_recipes_survive_their_json(effects: Effects) -> None:
    assert Effects.from_json(effects.to_json()) == effects


@given(RECIPES, st.sampled_from([PROBE, SILENT]), st.booleans())
def test_no_text_changes_what_ffmpeg_is_told(effects: Effects, probe: Probe, chosen: bool) -> None:
    quiet = tuple(dataclasses.replace(text, text="", color="#000000") for text in effects.text)
    told = argv(effects, probe, chosen=chosen)
    assert told == argv(dataclasses.replace(effects, text=quiet), probe, chosen=chosen)
    graph = told[told.index("-filter_complex") + 1]
    assert not re.search(r"nan|inf|\d[eE][-+]?\d", graph.replace("setparams", ""))
